import { calm, make } from "./dom.js";
import { Player } from "./player.js";
import { PREVIEW } from "./policy.js";

const MOST = 6;
const CLOSE_AFTER_HIDDEN_MS = 10_000;

/**
 * Live, silent pictures in the cards that are in view: at most six, the most visible ones first. Where the station gives
 * a channel a `preview`, which it does at the desk, they come from there and count as no viewer.
 */
export class Previews {
  #visible = new Map();
  #running = new Map();
  #observer;
  #hiddenTimer = 0;

  constructor() {
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { threshold: [0, 0.25, 0.6, 1] });
    calm.addEventListener("change", () => this.#arrange());
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#hiddenTimer);
      if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#arrange(), CLOSE_AFTER_HIDDEN_MS);
      else this.#arrange();
    });
  }

  watch(card) {
    card.link.previewOf = card;
    this.#observer.observe(card.link);
  }

  forget(card) {
    this.#observer.unobserve(card.link);
    this.#visible.delete(card);
    this.#arrange();
  }

  /** Wall time of the picture in this card, or null. */
  seenMs(card) {
    return this.#running.get(card)?.player.wallTimeMs ?? null;
  }

  players() {
    return [...this.#running.values()].map(({ player }) => player);
  }

  /** Cards whose channel went on or off air meanwhile get or lose their picture. */
  refresh() {
    this.#arrange();
  }

  #seen(entries) {
    for (const { target, intersectionRatio } of entries) {
      if (intersectionRatio >= 0.25) this.#visible.set(target.previewOf, intersectionRatio);
      else this.#visible.delete(target.previewOf);
    }
    this.#arrange();
  }

  #arrange() {
    const sparing = calm.matches || navigator.connection?.saveData || document.hidden;
    const candidates = sparing ? [] : [...this.#visible].filter(([card]) => card.channel.on_air);
    // A running picture keeps its place among equals, or scrolling would restart them all the time.
    const rank = ([card, ratio]) => ratio + (this.#running.has(card) ? 0.5 : 0);
    const chosen = new Set(candidates.sort((a, b) => rank(b) - rank(a)).slice(0, MOST).map(([card]) => card));
    for (const card of [...this.#running.keys()]) if (!chosen.has(card)) this.#stop(card);
    for (const card of chosen) if (!this.#running.has(card)) this.#start(card);
  }

  #start(card) {
    const quiet = { playsinline: true, disablepictureinpicture: true, tabindex: "-1", "aria-hidden": "true" };
    const video = make("video", quiet);
    video.muted = true;
    card.picture.prepend(video);
    const player = new Player(video, PREVIEW);
    player.addEventListener("state", () => {
      card.link.classList.toggle("is-moving", player.state === "playing" || player.state === "waiting");
    });
    this.#running.set(card, { player, video });
    player.tune(card.channel.preview ?? card.channel.hls);
  }

  #stop(card) {
    const { player, video } = this.#running.get(card);
    this.#running.delete(card);
    player.close();
    video.remove();
  }
}
