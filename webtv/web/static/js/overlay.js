import { setIcon, write } from "./dom.js";
import { KINDS, engineLine, minutes, tint } from "./look.js";

/** The lines over the picture: which channel, what is on, how far it is, what comes next. */
export class Overlay {
  #part;
  #share = 0;

  constructor(screen) {
    this.#part = (name) => screen.querySelector(`[data-part="${name}"]`);
    this.screen = screen;
  }

  showChannel(channel, index) {
    tint(this.screen, index);
    write(this.#part("number"), String(channel.number));
    write(this.#part("channel"), channel.title);
  }

  /** `airing` as the timeline gives it, or null while unknown; `atMs` is the wall time of the picture on screen. */
  showAiring(airing, next, atMs) {
    this.screen.classList.toggle("is-unknown", !airing);
    const made = airing?.kind === "fresh" || airing?.kind === "archive";
    write(this.#part("kind"), airing ? KINDS[airing.kind] : "");
    this.#part("kind").dataset.kind = airing?.kind ?? "";
    write(this.#part("title"), airing?.title ?? "");
    write(this.#part("prompt"), (made && airing.prompts[0]) || "");
    write(this.#part("engine"), (made && engineLine(airing.engines)) || "");
    write(this.#part("next"), next ? next.title : "");
    this.#part("next-line").hidden = !next;
    const seen = airing ? Math.min(airing.seconds, Math.max(0, (atMs - airing.startMs) / 1000)) : 0;
    this.#moveBar(airing ? seen / airing.seconds : 0);
    write(this.#part("elapsed"), airing ? `${minutes(seen)} / ${minutes(airing.seconds)}` : "");
  }

  #moveBar(share) {
    const bar = this.#part("bar");
    // A new programme begins at once, the bar does not wind back.
    bar.style.transitionDuration = share < this.#share ? "0s" : "";
    bar.style.transform = `scaleX(${share})`;
    this.#share = share;
  }

  showLive(behind) {
    const button = this.#part("live");
    button.disabled = !behind;
    button.setAttribute("aria-label", behind ? "Behind live: go to live" : "Live");
    write(button.querySelector(".live-text"), behind ? "Go live" : "Live");
  }

  showPlaying(playing) {
    this.#toggle("play", playing ? "pause" : "play", playing ? "Pause" : "Play");
  }

  showSound(video) {
    const silent = video.muted || video.volume === 0;
    this.#toggle("mute", silent ? "muted" : "sound", silent ? "Turn the sound on" : "Mute");
    const slider = this.#part("volume");
    const volume = video.muted ? 0 : video.volume;
    if (document.activeElement !== slider || video.muted) slider.value = String(Math.round(volume * 100));
    slider.style.setProperty("--level", `${slider.value}%`);
  }

  showFullscreen(full) {
    this.#toggle("fullscreen", full ? "window" : "fullscreen", full ? "Leave full screen" : "Full screen");
  }

  #toggle(action, symbol, label) {
    const button = this.screen.querySelector(`[data-action="${action}"]`);
    setIcon(button.querySelector(".icon"), symbol);
    button.setAttribute("aria-label", label);
    button.title = label;
  }
}
