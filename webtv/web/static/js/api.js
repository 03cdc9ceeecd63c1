import { at, parse } from "./paths.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;
const LEAST_POLL_MS = 5000;
const JITTER = 0.3; // pages that were opened together, or lost the station together, drift apart

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

/** Rejects with the signal's reason when that is aborted. Leaves nothing on the signal, which may live long. */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

export async function ask(path, timeoutMs = 5000) {
  const response = await fetch(path, { signal: AbortSignal.timeout(timeoutMs), cache: "no-cache" });
  if (!response.ok) throw new Refused(response.status, path);
  return response;
}

const json = async (path) => parse(await (await ask(at(path))).text());

/** The station, with its channels in the order of their numbers. */
export async function loadStation() {
  const { channels, ...rest } = await json("/api/v1/channels");
  return { ...rest, channels: [...channels].sort((a, b) => a.number - b.number) };
}
export const loadChannel = (id) => json(`/api/v1/channels/${encodeURIComponent(id)}`);

/**
 * Asks for ever: again about `everyMs` after each answer, and after five seconds while there is none; sooner when the
 * page is shown or the network returns, but never twice within five seconds. Returns a function that ends it.
 */
export function keepAsking(load, everyMs, onAnswer, onFailure = () => {}) {
  let timer = 0;
  let askedAt = -Infinity;
  let ended = false;
  let asking = false;

  function askIn(ms) {
    clearTimeout(timer);
    timer = setTimeout(once, ms);
  }

  async function once() {
    asking = true;
    askedAt = Date.now();
    let wait = LEAST_POLL_MS;
    try {
      const answer = await load();
      wait = Math.max(everyMs, LEAST_POLL_MS);
      if (!ended) onAnswer(answer);
    } catch (error) {
      if (!ended) onFailure(error);
    } finally {
      asking = false;
      if (!ended) askIn(wait * (1 + JITTER * Math.random()));
    }
  }

  function soon() {
    if (!ended && !asking) askIn(Math.max(0, askedAt + LEAST_POLL_MS - Date.now()));
  }

  const shown = () => document.visibilityState === "visible" && soon();
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", shown);
  once();
  return () => {
    ended = true;
    clearTimeout(timer);
    removeEventListener("online", soon);
    document.removeEventListener("visibilitychange", shown);
  };
}
