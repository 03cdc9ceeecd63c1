import { explain } from "./actions.js";
import { openSession } from "./api.js";
import { write } from "../dom.js";

/** The form for the token, shown when the station asks for it. */
export class Login {
  #root;
  #input;
  #error;

  constructor(root, onOpen) {
    this.#root = root;
    this.#input = root.querySelector("input");
    this.#error = root.querySelector('[data-part="login-error"]');
    root.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await openSession(this.#input.value);
        this.#input.value = "";
        write(this.#error, "");
        this.#input.removeAttribute("aria-invalid");
        onOpen();
      } catch (error) {
        write(this.#error, explain(error));
        this.#input.setAttribute("aria-invalid", "true");
        this.#input.select();
      }
    });
  }

  /** `refusal`: the station's answer. A token helps against 401 only; else its words are all there is to say. */
  show(refusal) {
    const helps = refusal.status === 401;
    this.#root.querySelector("form").hidden = !helps;
    write(this.#root.querySelector('[data-part="refusal"]'), helps ? "" : refusal.message);
    if (helps) this.#input.focus();
  }
}
