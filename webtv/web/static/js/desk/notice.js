import { make, write } from "../dom.js";

const SHOWN_MS = 8000;
const WITH_UNDO_MS = 25_000;

/** Says what came of an action, aloud too. The two regions are in the page from the start, or nothing would be read. */
export class Notice {
  #box;
  #said;
  #failed;
  #undo;
  #timer = 0;
  #onUndo = null;

  constructor(box) {
    this.#box = box;
    this.#said = box.querySelector('[data-part="said"]');
    this.#failed = box.querySelector('[data-part="failed"]');
    this.#undo = box.querySelector('[data-part="undo"]');
    this.#undo.addEventListener("click", () => this.#takeBack());
    box.querySelector('[data-part="dismiss"]').addEventListener("click", () => this.#hide());
    for (const type of ["focusin", "pointerenter"]) box.addEventListener(type, () => clearTimeout(this.#timer));
    for (const type of ["focusout", "pointerleave"]) box.addEventListener(type, () => this.#hideLater());
  }

  /** `undo` is `{label, run}` or nothing. */
  say(text, undo = null) {
    this.#show(text, "", undo);
  }

  fail(text) {
    this.#show("", text, null);
  }

  /** For undoing by a key. */
  takeBack() {
    if (this.#onUndo) this.#takeBack();
  }

  #show(said, failed, undo) {
    const speak = (region, text) => region.replaceChildren(...(text ? [make("span", { text })] : []));
    speak(this.#said, said); // a new element: the same sentence twice is read twice
    speak(this.#failed, failed);
    this.#onUndo = undo;
    write(this.#undo, undo?.label ?? "Undo");
    this.#undo.hidden = !undo;
    this.#box.classList.toggle("is-failure", Boolean(failed));
    this.#box.classList.add("is-shown");
    this.#hideLater();
  }

  #hideLater() {
    clearTimeout(this.#timer);
    if (this.#box.classList.contains("is-failure")) return; // until it was dismissed: nobody shall miss it
    this.#timer = setTimeout(() => this.#hide(), this.#onUndo ? WITH_UNDO_MS : SHOWN_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    if (this.#box.contains(document.activeElement)) document.querySelector("main").focus();
    this.#box.classList.remove("is-shown");
    this.#onUndo = null;
  }

  async #takeBack() {
    const undo = this.#onUndo;
    this.#onUndo = null;
    if (this.#undo === document.activeElement) document.querySelector("main").focus();
    this.#undo.hidden = true;
    await undo.run();
  }
}
