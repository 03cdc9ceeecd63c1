import { icon, make, write } from "../dom.js";
import { KINDS } from "../look.js";
import { Picture } from "./picture.js";
import { Roving } from "./roving.js";
import { Rows } from "./rows.js";
import { isProgramme, quoted, span, when } from "./words.js";

/** A button of a clip. */
class Tool {
  #words = make("span", { class: "tool-words" });

  constructor(symbol, onPress) {
    this.element = make("button", { type: "button", class: "tool", "data-stop": true, tabindex: "-1" }, symbol, this.#words);
    this.element.addEventListener("click", onPress);
  }

  show(words, clip, { pressed = null, hidden = false }) {
    write(this.#words, words);
    this.element.setAttribute("aria-label", `${words}: ${clip}`); // what is read begins with what is seen
    if (pressed !== null) this.element.setAttribute("aria-pressed", String(pressed));
    this.element.hidden = hidden;
  }
}

class Entry {
  #airing;
  #picture = new Picture();
  #time = make("time");
  #title = make("b");
  #about = make("span", { class: "about" });
  #marks = make("span", { class: "marks" });
  #prompt = make("span", { class: "prompt" });
  #pin;
  #ban;
  #keep;
  #tools;

  constructor(press) {
    const run = (choose) => () => press(choose(this.#airing), this.#airing);
    this.#pin = new Tool(icon("pin"), run(() => "pin"));
    this.#ban = new Tool(icon("ban"), run((airing) => (airing.banned ? "unban" : "ban")));
    this.#keep = new Tool(icon("leaf"), run((airing) => (airing.evergreen ? "ordinary" : "evergreen")));
    const text = make("span", { class: "entry-text" }, this.#title, this.#about, this.#marks, this.#prompt);
    const cell = make("div", { role: "gridcell", class: "entry-cell", "data-stop": true, tabindex: "-1" });
    cell.append(this.#time, this.#picture.element, text);
    this.#tools = make("div", { role: "gridcell", class: "tools" }, this.#pin.element, this.#keep.element, this.#ban.element);
    this.element = make("div", { role: "row", class: "entry" }, cell, this.#tools);
  }

  update(airing) {
    this.#airing = airing;
    const { kind, title, engines, start, seconds, prompts = [], pinned, evergreen, banned, picture } = airing;
    const programme = !kind || isProgramme(airing);
    write(this.#time, start ? when(start) : "");
    if (start) this.#time.dateTime = start;
    this.#picture.show(picture);
    write(this.#title, programme || !kind ? title : KINDS[kind]);
    write(this.#about, [programme ? KINDS[kind] ?? "" : "", seconds && span(seconds), engines?.video].filter(Boolean).join(" · "));
    write(this.#marks, [pinned && "airs next", evergreen && "evergreen", banned && "banned"].filter(Boolean).join(", "));
    write(this.#prompt, prompts[0] ?? "");
    this.element.classList.toggle("is-banned", Boolean(banned));
    const name = quoted(title);
    this.#pin.show("Air next", name, { hidden: !programme || banned });
    this.#keep.show("Evergreen", name, { pressed: Boolean(evergreen), hidden: !programme || banned });
    this.#ban.show(banned ? "Allow" : "Ban", name, { hidden: !programme });
  }
}

/**
 * Some airings of one channel under their heading, as a grid that is one stop of the Tab key. Banned clips are listed
 * alike, without a start and a kind.
 */
export class Rundown {
  #grid;
  #rows;
  #roving;

  constructor(grid, press) {
    this.#grid = grid;
    this.#rows = new Rows(grid, (airing) => `${airing.slot} ${airing.clip_id}`, () => new Entry(press));
    this.#roving = new Roving(grid);
  }

  show(airings) {
    const hadFocus = this.#grid.contains(document.activeElement);
    this.#rows.show(airings);
    this.#grid.hidden = this.#grid.previousElementSibling.hidden = airings.length === 0;
    this.#roving.settle();
    if (hadFocus && !this.#grid.contains(document.activeElement)) this.#roving.focus(); // its row has moved on
  }
}
