const KEPT = 40;

/** What the page knows of one channel's rundown, gathered from every answer of the API. */
export class Timeline {
  #airings = new Map();

  /** Newer answers win: an airing that is not locked yet may still be replaced. */
  learn({ previous = [], now, next = [] }) {
    for (const airing of [...previous, ...(now ? [now] : []), ...next]) {
      const startMs = Date.parse(airing.start);
      this.#airings.set(airing.slot, { ...airing, startMs, endMs: startMs + airing.seconds * 1000 });
    }
    const slots = [...this.#airings.keys()].sort((a, b) => a - b);
    for (const slot of slots.slice(0, -KEPT)) this.#airings.delete(slot);
  }

  #inOrder() {
    return [...this.#airings.values()].sort((a, b) => a.startMs - b.startMs);
  }

  at(ms) {
    return this.#inOrder().find((airing) => airing.startMs <= ms && ms < airing.endMs) ?? null;
  }

  after(ms, count) {
    return this.#inOrder().filter((airing) => airing.startMs > ms).slice(0, count);
  }

  /** Newest first. */
  before(ms, count) {
    return this.#inOrder().filter((airing) => airing.endMs <= ms).reverse().slice(0, count);
  }
}
