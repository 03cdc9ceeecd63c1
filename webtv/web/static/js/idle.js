const FADE_AFTER_MS = 3000;

/**
 * Shows the overlay while the viewer does something and lets it fade after three idle seconds, unless `held()`
 * says that it must stay (paused, panel open, a control in focus by keyboard).
 */
export class Idle {
  #screen;
  #held;
  #timer = 0;

  constructor(screen, held) {
    this.#screen = screen;
    this.#held = held;
    screen.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.wake());
    screen.addEventListener("focusin", () => this.wake());
    addEventListener("keydown", () => this.wake());
    this.wake();
  }

  get asleep() {
    return this.#screen.classList.contains("is-idle");
  }

  wake() {
    this.#screen.classList.remove("is-idle");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tire(), FADE_AFTER_MS);
  }

  sleep() {
    clearTimeout(this.#timer);
    this.#screen.classList.add("is-idle");
  }

  #tire() {
    if (this.#held()) this.wake();
    else this.sleep();
  }
}
