import { make } from "../dom.js";

/** A clip's picture, or the poster behind it as long as there is none. Decoration: the text beside it says the same. */
export class Picture {
  #image = make("img", { alt: "", width: 320, height: 180, loading: "lazy", decoding: "async" });

  constructor(...children) {
    this.element = make("div", { class: "picture poster" }, this.#image, ...children);
    this.#image.addEventListener("load", () => this.#image.classList.add("is-there"));
    this.#image.addEventListener("error", () => this.#image.classList.remove("is-there"));
  }

  show(address) {
    if (this.#image.getAttribute("src") === (address || null)) return;
    if (address) this.#image.src = address;
    else {
      this.#image.removeAttribute("src");
      this.#image.classList.remove("is-there");
    }
  }
}
