import { make, write } from "../dom.js";
import { KINDS, tint } from "../look.js";
import { Figures } from "./figures.js";
import { Picture } from "./picture.js";
import { toChannel } from "./routes.js";
import { Targets } from "./targets.js";
import { isProgramme, percent, span } from "./words.js";

/** One channel in the overview. `link` and `picture` are what live previews need. */
export class Card {
  #badge = make("span", { class: "badge" });
  #still;
  #name = make("a");
  #number = make("span", { class: "number", "aria-hidden": "true" });
  #now = make("p", { class: "now" });
  #problem = make("p", { class: "problem" });
  #figures = new Figures();
  #targets = new Targets();

  constructor(channel, previews) {
    this.channel = channel;
    this.#still = new Picture(this.#badge);
    this.picture = this.#still.element;
    this.link = this.element = make(
      "li",
      { class: "card" },
      this.picture,
      make("h3", {}, this.#number, this.#name),
      this.#now,
      this.#problem,
      this.#figures.element,
      this.#targets.element,
    );
    this.forget = () => previews.forget(this);
    previews.watch(this);
  }

  focus() {
    this.#name.focus();
  }

  update(channel, index) {
    this.channel = channel;
    tint(this.element, index);
    this.#name.href = toChannel(channel.id);
    write(this.#name, channel.title);
    write(this.#number, String(channel.number));
    write(this.#badge, badge(channel));
    this.element.classList.toggle("is-off", !channel.on_air);
    this.#still.show(channel.thumbnail);
    write(this.#now, onNow(channel));
    write(this.#problem, channel.problem ? "The file has a mistake; the last good one stays on air." : "");
    this.#figures.show(figures(channel));
    this.#targets.show(channel.targets);
  }
}

export function badge(channel) {
  if (!channel.on_air) return "Off air";
  return channel.slate_until ? "Slate" : "Live";
}

export function onNow({ now }) {
  if (!now) return "Nothing is on yet";
  return isProgramme(now) ? now.title : KINDS[now.kind];
}

export function figures(channel) {
  const video = [channel.engines?.video].flat()[0];
  return {
    Buffer: span(channel.buffered_s),
    "Fresh ahead": span(channel.fresh_s),
    "Fresh share": percent(channel.fresh_share),
    Engine: channel.now?.engines?.video ?? video ?? "none",
    Quality: channel.quality,
    Watched: channel.watched ? "yes" : "no",
  };
}
