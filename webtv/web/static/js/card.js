import { make, write } from "./dom.js";
import { KINDS, tint } from "./look.js";
import { Timeline } from "./timeline.js";

/** One channel in the overview. `picture` is where a live preview may be put. */
export class Card {
  #timeline = new Timeline();
  #number = make("span", { class: "number" });
  #bigNumber = make("span", { class: "big-number", "aria-hidden": "true" });
  #title = make("h2");
  #now = make("p", { class: "now" });
  #theme = make("p", { class: "theme" });
  #live = make("span", { class: "live-text", text: "Live" });
  #bar = make("i");

  constructor(channel) {
    this.channel = channel;
    this.picture = make(
      "div",
      { class: "picture poster" },
      this.#bigNumber,
      make("span", { class: "live" }, make("i"), this.#live),
      make("div", { class: "track", "aria-hidden": "true" }, this.#bar),
    );
    const caption = make("div", { class: "caption" }, this.#number, this.#title, this.#now, this.#theme);
    this.link = make("a", { class: "card", href: channel.watch }, this.picture, caption);
    this.element = make("li", {}, this.link);
  }

  update(channel, index) {
    this.channel = channel;
    this.#timeline.learn(channel);
    tint(this.link, index);
    this.link.classList.toggle("is-off", !channel.on_air);
    this.link.href = channel.watch;
    write(this.#live, channel.on_air ? "Live" : "Off air");
    write(this.#number, String(channel.number));
    write(this.#bigNumber, String(channel.number));
    write(this.#title, channel.title);
    write(this.#theme, channel.theme);
  }

  /** `seenMs`: wall time of the preview's picture, null without a preview. */
  draw(seenMs) {
    const { now } = this.channel;
    const atMs = seenMs ?? (now ? Date.parse(now.start) : 0);
    const airing = this.#timeline.at(atMs);
    const made = airing?.kind === "fresh" || airing?.kind === "archive";
    write(this.#now, airing ? (made ? airing.title : KINDS[airing.kind]) : "");
    const done = airing && seenMs ? (seenMs - airing.startMs) / (airing.endMs - airing.startMs) : 0;
    this.#bar.style.transform = `scaleX(${done})`;
  }
}
