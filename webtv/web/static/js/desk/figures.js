import { make, write } from "../dom.js";

/** A list of terms and figures. `show({Buffer: "5 min", …})` keeps the elements of the terms that it has. */
export class Figures {
  element = make("dl", { class: "figures" });
  #values = new Map();

  show(figures) {
    for (const [term, value] of Object.entries(figures)) {
      if (!this.#values.has(term)) {
        const shown = make("dd");
        this.element.append(make("div", {}, make("dt", { text: term }), shown));
        this.#values.set(term, shown);
      }
      write(this.#values.get(term), value);
    }
  }
}
