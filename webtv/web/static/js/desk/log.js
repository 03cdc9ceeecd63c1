import { make, write } from "../dom.js";
import { when } from "./words.js";

const LEVELS = ["debug", "info", "warning", "error", "critical"];
const SHOWN = 200;
const NEAR_END_PX = 40;

/** The newest lines of the log, filtered by level; stands still while paused. */
export class LogTail {
  #desk;
  #list;
  #scroll;
  #level;
  #pause;
  #missed;
  #paused = false;
  #waiting = 0;

  constructor(root, desk) {
    this.#desk = desk;
    this.#list = root.querySelector('[data-list="log"]');
    this.#scroll = root.querySelector(".log-scroll");
    this.#level = root.querySelector("select");
    this.#pause = root.querySelector('[data-part="pause"]');
    this.#missed = root.querySelector('[data-part="missed"]');
    this.#level.addEventListener("change", () => this.#all());
    this.#pause.addEventListener("click", () => this.toggle());
    desk.addEventListener("log", ({ detail }) => this.#take(detail));
  }

  toggle() {
    this.#paused = !this.#paused;
    this.#pause.setAttribute("aria-pressed", String(this.#paused));
    if (!this.#paused) this.#all();
  }

  #take(line) {
    if (this.#paused) {
      if (line && this.#wanted(line)) this.#waiting += 1;
      write(this.#missed, this.#waiting ? `${this.#waiting} new` : "");
    } else if (line === null) {
      this.#all();
    } else if (this.#wanted(line)) {
      this.#add([line]);
    }
  }

  #wanted({ level }) {
    return LEVELS.indexOf(level) >= LEVELS.indexOf(this.#level.value);
  }

  #all() {
    this.#waiting = 0;
    write(this.#missed, "");
    this.#list.replaceChildren();
    this.#add(this.#desk.log.filter((line) => this.#wanted(line)).slice(-SHOWN));
  }

  #add(lines) {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#list.append(...lines.map(entry));
    while (this.#list.children.length > SHOWN) this.#list.firstElementChild.remove();
    if (atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }
}

function entry({ level, event, when: at, fields }) {
  const about = Object.entries(fields ?? {}).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return make(
    "li",
    { class: `log-line is-${LEVELS.includes(level) ? level : "info"}` },
    make("time", { text: when(at) }),
    make("span", { class: "level", text: level }),
    make("span", { class: "event" }, make("b", { text: event }), make("span", { class: "fields", text: about.join(" ") })),
  );
}
