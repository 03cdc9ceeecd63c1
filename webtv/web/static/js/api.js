import { at, parse } from "./paths.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;

export class Refused extends Error {
  constructor(status, path) {
    super(`${path} answered ${status}`);
    this.status = status;
  }
}

/** Waits from one second up to five, growing; call `reset` when the server answers. */
export class Backoff {
  #wait = FIRST_WAIT_MS;

  next() {
    const wait = this.#wait;
    this.#wait = Math.min(wait * 1.6, LONGEST_WAIT_MS);
    return wait;
  }

  reset() {
    this.#wait = FIRST_WAIT_MS;
  }
}

export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}

export async function ask(path, timeoutMs = 5000) {
  const response = await fetch(path, { signal: AbortSignal.timeout(timeoutMs), cache: "no-cache" });
  if (!response.ok) throw new Refused(response.status, path);
  return response;
}

const json = async (path) => parse(await (await ask(at(path))).text());

export const loadStation = () => json("/api/v1/channels");
export const loadChannel = (id) => json(`/api/v1/channels/${encodeURIComponent(id)}`);

/**
 * Asks for ever: again `waitMs(answer)` after each answer, with `Backoff` while there is none, and at once when the
 * page is shown or the network returns. Returns a function that ends it.
 */
export function keepAsking(load, waitMs, onAnswer, onFailure = () => {}) {
  const backoff = new Backoff();
  let timer = 0;
  let ended = false;
  let asking = false;

  async function once() {
    if (ended || asking) return;
    asking = true;
    clearTimeout(timer);
    let wait;
    try {
      const answer = await load();
      wait = waitMs(answer);
      backoff.reset();
      if (!ended) onAnswer(answer);
    } catch (error) {
      wait = backoff.next();
      if (!ended) onFailure(error);
    } finally {
      asking = false;
      if (!ended) timer = setTimeout(once, wait);
    }
  }

  const shown = () => document.visibilityState === "visible" && once();
  addEventListener("online", once);
  document.addEventListener("visibilitychange", shown);
  once();
  return () => {
    ended = true;
    clearTimeout(timer);
    removeEventListener("online", once);
    document.removeEventListener("visibilitychange", shown);
  };
}
