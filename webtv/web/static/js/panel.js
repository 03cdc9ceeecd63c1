import { icon, make, write } from "./dom.js";
import { KINDS, clock } from "./look.js";

const NEXT_SHOWN = 4;
const PREVIOUS_SHOWN = 10;

function row(airing) {
  const named = make(
    "span",
    { class: "row-text" },
    make("span", { class: "row-title", text: airing.title }),
    make("span", { class: "row-kind", text: KINDS[airing.kind] }),
  );
  const time = make("time", { datetime: airing.start, text: clock(airing.startMs) });
  return { time, named };
}

function upcoming(airing) {
  const { time, named } = row(airing);
  return make("li", { class: "row" }, time, named);
}

function aired(airing) {
  const { time, named } = row(airing);
  if (!airing.clip) return make("li", { class: "row" }, time, named);
  const link = { class: "row", href: airing.clip, target: "_blank", rel: "noopener" };
  return make("li", {}, make("a", link, time, named, icon("link")));
}

/** The sheet with everything about the channel: prompts, engines, what comes, and what was on, with its clips. */
export class Panel {
  #sheet;
  #part;
  #shown = "";
  #openedBy = null;

  constructor(screen) {
    this.screen = screen;
    this.#sheet = screen.querySelector(".panel");
    this.#part = (name) => this.#sheet.querySelector(`[data-panel="${name}"]`);
  }

  get isOpen() {
    return !this.#sheet.inert;
  }

  toggle(open = !this.isOpen) {
    if (open === this.isOpen) return;
    this.#sheet.inert = !open;
    this.screen.classList.toggle("has-panel", open);
    this.screen.querySelector('[data-action="info"]').setAttribute("aria-expanded", String(open));
    if (open) {
      this.#openedBy = document.activeElement;
      this.#sheet.querySelector(".panel-close").focus({ preventScroll: true });
    } else {
      this.#openedBy?.focus({ preventScroll: true });
    }
  }

  showChannel(channel) {
    write(this.#part("channel"), channel.title);
    write(this.#part("theme"), channel.theme ?? "");
    this.#sheet.scrollTop = 0;
  }

  /** Redraws only when the programme moved on: a list under the reader's finger must not jump. */
  showProgramme(timeline, airing, atMs) {
    const next = timeline.after(atMs, NEXT_SHOWN);
    const previous = timeline.before(atMs, PREVIOUS_SHOWN);
    const programme = JSON.stringify([airing, ...next, ...previous].map((each) => [each?.slot, each?.clip_id]));
    if (programme === this.#shown) return;
    this.#shown = programme;
    this.#showNow(airing);
    this.#list("next", next.map(upcoming));
    this.#list("previous", previous.map(aired));
  }

  showPicture(stats, fps) {
    if (!stats.videoWidth) return;
    const latency = `${Math.max(0, stats.latency).toFixed(0)} s behind the studio`;
    const ahead = `${Math.max(0, stats.buffered).toFixed(0)} s in hand`;
    write(this.#part("picture"), `${stats.videoWidth} × ${stats.videoHeight} at ${fps} · ${latency} · ${ahead}`);
  }

  #showNow(airing) {
    this.#part("now").hidden = !airing;
    if (!airing) return;
    write(this.#part("kind"), KINDS[airing.kind]);
    write(this.#part("title"), airing.title);
    this.#part("prompts").replaceChildren(...airing.prompts.map((prompt) => make("li", { text: prompt })));
    const engines = Object.entries(airing.engines).flatMap(([step, engine]) => [
      make("dt", { text: step }),
      make("dd", { text: engine }),
    ]);
    this.#part("engines").replaceChildren(...engines);
    const permalink = this.#part("clip");
    permalink.hidden = !airing.clip;
    if (airing.clip) permalink.href = airing.clip;
  }

  #list(name, rows) {
    this.#part(name).replaceChildren(...rows);
    this.#part(`${name}-section`).hidden = rows.length === 0;
  }
}
