import { make, write } from "../dom.js";
import { Card } from "./card.js";
import { Picture } from "./picture.js";
import { Rows } from "./rows.js";
import { moment, span } from "./words.js";

const STEPS = {
  video: "filming",
  interpolator: "smoothing the movement",
  musician: "playing the music",
  screener: "looking at the pictures",
  conform: "encoding",
  inspect: "checking",
  writer: "writing",
};

class Order {
  #title = make("b");
  #step = make("span");
  #bar = make("progress", { max: 1, value: 0 });

  constructor() {
    this.element = make("li", { class: "order" }, make("p", {}, this.#title, this.#step), this.#bar);
  }

  update({ channel, title, step, engine, done }, channelTitle) {
    write(this.#title, title || "A new clip");
    const doing = STEPS[step] ?? step ?? "waiting";
    write(this.#step, [channelTitle(channel), doing, engine, `${Math.round(done * 100)} %`].filter(Boolean).join(" · "));
    this.#bar.value = done;
    this.#bar.setAttribute("aria-label", `${title || "A new clip"}: ${doing}`);
  }
}

class Engine {
  #name = make("b");
  #state = make("span", { class: "state" });
  #reason = make("p", { class: "reason" });

  constructor() {
    this.element = make("li", { class: "engine" }, make("p", {}, this.#name, this.#state), this.#reason);
  }

  update({ step, engine, device, up, reason, next_try_s: wait }) {
    this.element.classList.toggle("is-good", up);
    this.element.classList.toggle("is-bad", !up);
    write(this.#name, [`${step}: ${engine}`, device].filter(Boolean).join(" on "));
    write(this.#state, up ? "works" : wait ? `rests, tried again in ${span(wait)}` : "rests");
    write(this.#reason, up ? "" : (reason ?? ""));
  }
}

class Refused {
  #picture = new Picture();
  #reason = make("b");
  #detail = make("p", { class: "reason" });
  #about = make("p", { class: "about" });

  constructor() {
    this.element = make("li", { class: "refused" }, this.#picture.element, make("div", {}, this.#reason, this.#detail, this.#about));
  }

  update({ id, channel, reason, detail, when: at, picture }, channelTitle) {
    this.#picture.show(picture);
    write(this.#reason, reason);
    write(this.#detail, detail);
    write(this.#about, [channelTitle(channel), moment(at), id].filter(Boolean).join(" · "));
  }
}

/** All channels, and what the station is at. */
export class Overview {
  #desk;
  #cards;
  #lists;

  constructor(root, desk, previews) {
    this.#desk = desk;
    const list = (name) => root.querySelector(`[data-list="${name}"]`);
    this.#cards = new Rows(list("channels"), (channel) => channel.id, (channel) => new Card(channel, previews));
    const titled = (Kind) => () => {
      const row = new Kind();
      return { element: row.element, update: (item) => row.update(item, (id) => this.#desk.channel(id)?.title ?? id) };
    };
    this.#lists = {
      orders: [list("orders"), new Rows(list("orders"), (order) => order.order_id, titled(Order))],
      engines: [list("engines"), new Rows(list("engines"), (e) => `${e.step}/${e.engine}/${e.device}`, titled(Engine))],
      quarantine: [list("quarantine"), new Rows(list("quarantine"), (clip) => clip.id, titled(Refused))],
    };
  }

  update(state) {
    this.#cards.show(state.channels);
    const engines = [...state.engines].sort((a, b) => Number(a.up) - Number(b.up)); // those that rest first
    for (const [name, items] of Object.entries({ ...state, engines })) {
      if (!(name in this.#lists)) continue;
      const [list, rows] = this.#lists[name];
      rows.show(items);
      list.hidden = items.length === 0;
      list.tabIndex = list.scrollHeight > list.clientHeight ? 0 : -1; // what scrolls must scroll by keyboard too
      list.nextElementSibling.hidden = items.length > 0;
    }
  }

  focusCard(index) {
    [...this.#cards.values()][index]?.focus();
  }
}
