import { calm, write } from "./dom.js";
import { tint } from "./look.js";

const SLIDE_MS = 340;
const EASE = "cubic-bezier(.22,.8,.24,1)";
const SWITCH_AT = 0.22;

/** The card that stands for a channel while its picture is not there yet. */
class Curtain {
  #number;
  #title;

  constructor(element) {
    this.element = element;
    this.#number = element.querySelector(".curtain-number");
    this.#title = element.querySelector(".curtain-title");
  }

  dress(channel, index) {
    tint(this.element, index);
    write(this.#number, String(channel?.number ?? ""));
    write(this.#title, channel?.title ?? "");
  }
}

/**
 * Moves the picture away and the next channel in, by key or under the finger.
 *
 * `neighbour(step)` gives `{channel, index}` one step up or down; `onSwitch(step)` is called when the new curtain
 * covers the screen. Call `reveal()` when the new picture moves.
 */
export class Zapper {
  #screen;
  #reel;
  #cover;
  #before;
  #after;
  #neighbour;
  #onSwitch;
  #sliding = null;
  #offset = 0;

  constructor(screen, neighbour, onSwitch) {
    const curtain = (name) => new Curtain(screen.querySelector(`.curtain-${name}`));
    this.#screen = screen;
    this.#reel = screen.querySelector(".reel");
    this.#cover = curtain("cover");
    this.#before = curtain("before");
    this.#after = curtain("after");
    this.#neighbour = neighbour;
    this.#onSwitch = onSwitch;
  }

  cover(channel, index) {
    this.#cover.dress(channel, index);
    this.#cover.element.classList.remove("is-open");
  }

  reveal() {
    this.#cover.element.classList.add("is-open");
  }

  drag(dy) {
    if (!this.#neighbour(1)) return;
    this.#settle();
    this.#dressNeighbours();
    this.#offset = dy;
    this.#screen.classList.add("is-zapping");
    this.#reel.style.transform = `translateY(${dy}px)`;
  }

  release(dy, flicked) {
    const enough = flicked || Math.abs(dy) > this.#reel.clientHeight * SWITCH_AT;
    this.#run(enough && dy !== 0 ? -Math.sign(dy) : 0);
  }

  step(step) {
    this.#settle();
    this.#dressNeighbours();
    this.#run(step);
  }

  #dressNeighbours() {
    for (const [curtain, step] of [[this.#before, -1], [this.#after, 1]]) {
      const { channel, index } = this.#neighbour(step) ?? {};
      if (channel) curtain.dress(channel, index);
    }
  }

  #run(step) {
    this.#settle();
    const next = step ? this.#neighbour(step) : null;
    const from = `translateY(${this.#offset}px)`;
    const to = `translateY(${next ? -step * 100 : 0}%)`;
    this.#offset = 0;
    this.#reel.style.transform = "";
    this.#screen.classList.add("is-zapping");
    const slide = this.#reel.animate([{ transform: from }, { transform: to }], {
      duration: calm.matches ? 0 : SLIDE_MS,
      easing: EASE,
    });
    this.#sliding = { slide, next, step };
    slide.onfinish = () => this.#settle();
  }

  /** Ends the slide under way, if any, as if it had run to its end. */
  #settle() {
    if (!this.#sliding) return;
    const { slide, next, step } = this.#sliding;
    this.#sliding = null;
    slide.onfinish = null;
    slide.cancel();
    this.#screen.classList.remove("is-zapping");
    if (!next) return;
    this.cover(next.channel, next.index);
    this.#onSwitch(step);
  }
}
