import { make, write } from "../dom.js";
import { Rows } from "./rows.js";

const GOOD = "on air";

class Target {
  #state = make("span");
  #name = make("b");
  #error = make("span", { class: "target-error" });

  constructor() {
    this.element = make("li", { class: "target" }, make("i", { "aria-hidden": "true" }), this.#name, this.#state, this.#error);
  }

  update({ name, state, last_error: error }) {
    this.element.classList.toggle("is-good", state === GOOD);
    this.element.classList.toggle("is-bad", state === "down" || state === "refused");
    write(this.#name, name);
    write(this.#state, state);
    write(this.#error, state === GOOD || !error ? "" : error);
  }
}

/** The state of each push of a channel, in words beside the colour. */
export class Targets {
  element = make("ul", { class: "targets", "aria-label": "Targets" });
  #rows = new Rows(this.element, (target) => target.name, () => new Target());

  show(targets) {
    this.#rows.show(targets);
    this.element.hidden = targets.length === 0;
  }
}
