import { make, write } from "../dom.js";
import { tint } from "../look.js";
import { at } from "../paths.js";
import { badge, figures, onNow } from "./card.js";
import { Figures } from "./figures.js";
import { Picture } from "./picture.js";
import { toChannel, toTheme } from "./routes.js";
import { Rundown } from "./rundown.js";
import { Targets } from "./targets.js";
import { chains, readable } from "./words.js";

/** One channel: what is on, what may be done about it, and its rundown. `link` and `picture` are for live previews. */
export class ChannelView {
  channel = null;
  link;
  picture;
  #root;
  #desk;
  #previews;
  #badge = make("span", { class: "badge" });
  #still = new Picture(this.#badge);
  #figures = new Figures();
  #chains = new Figures();
  #targets = new Targets();
  #rundowns;
  #file = null;

  constructor(root, desk, actions, previews) {
    this.#root = root;
    this.#desk = desk;
    this.#previews = previews;
    this.link = this.picture = this.#still.element;
    this.#part("picture").replaceWith(this.picture);
    this.#part("facts").append(this.#figures.element, this.#targets.element);
    this.#part("chains").append(this.#chains.element);
    const press = (action, clip) => actions.onClip(action, this.channel, clip);
    const grid = (name) => new Rundown(root.querySelector(`[data-rundown="${name}"]`), press);
    this.#rundowns = { now: grid("now"), next: grid("next"), previous: grid("previous"), banned: grid("banned") };
    for (const button of root.querySelectorAll("[data-action]")) {
      button.addEventListener("click", () => actions.onChannel(button.dataset.action, this.channel));
    }
  }

  get isOnSlate() {
    return this.channel !== null && badge(this.channel) === "Slate";
  }

  /** Presses the button of an action, if it is there to be pressed. */
  press(action) {
    const button = this.#root.querySelector(`[data-action="${action}"]`);
    if (button && !button.hidden) button.click();
  }

  /** With `asFile` one that is off air for a mistake can be opened, too: all there is of it is its file. */
  open(id, { asFile }) {
    const channel = this.#desk.channel(id);
    const isFile = channel === null && asFile && (this.#file === id || this.#desk.hasMistake(id));
    this.#file = isFile ? id : null; // until it is on air, also when it is mended
    const another = this.channel?.id !== channel?.id;
    if (another && this.channel) this.#previews.forget(this);
    this.channel = channel;
    this.#part("none").hidden = channel !== null || isFile || this.#desk.state === null;
    this.#part("some").hidden = channel === null && !isFile;
    this.#root.classList.toggle("is-file", isFile);
    if (isFile) write(this.#part("title"), id);
    if (!channel) return;
    this.update();
    if (another) this.#previews.watch(this);
  }

  update() {
    const { channel } = this;
    const index = this.#desk.state.channels.indexOf(channel);
    tint(this.#root, index);
    write(this.#part("title"), channel.title);
    write(this.#badge, badge(channel));
    write(this.#part("on-now"), onNow(channel));
    this.#root.classList.toggle("is-off", !channel.on_air);
    this.#still.show(channel.thumbnail);
    this.#part("to-rundown").href = toChannel(channel.id);
    this.#part("to-theme").href = toTheme(channel.id);
    this.#part("watch").href = channel.watch ?? at(`/watch/${encodeURIComponent(channel.id)}`);
    write(this.#part("problem"), readable(channel.problem ?? ""));
    this.#figures.show(figures(channel));
    this.#chains.show(Object.fromEntries(chains(channel.engines).map(({ step, chain }) => [step, chain])));
    this.#targets.show(channel.targets);
    this.#showSlate(this.isOnSlate);
    this.#rundowns.now.show(channel.now ? [channel.now] : []);
    this.#rundowns.next.show(channel.next);
    this.#rundowns.previous.show(channel.previous);
    this.#rundowns.banned.show(channel.banned.map((clip) => ({ ...clip, title: clip.title || clip.clip_id, banned: true })));
  }

  #showSlate(onSlate) {
    const [slate, resume] = ["slate", "resume"].map((name) => this.#root.querySelector(`[data-action="${name}"]`));
    const focused = [slate, resume].includes(document.activeElement);
    slate.hidden = onSlate;
    resume.hidden = !onSlate;
    if (focused) (onSlate ? resume : slate).focus();
  }

  #part(name) {
    return this.#root.querySelector(`[data-part="${name}"]`);
  }
}
