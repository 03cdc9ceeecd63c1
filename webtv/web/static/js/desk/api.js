import { at, parse } from "../paths.js";

const TIMEOUT_MS = 15_000;

/** The station said no. `message` is its own sentence, `status` the HTTP status, `body` what it answered. */
export class Denied extends Error {
  constructor(status, body) {
    super(body.error ?? `The station answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

async function call(method, path, body, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const request = { method, cache: "no-store", signal: signal ? AbortSignal.any([signal, limit]) : limit };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const response = await fetch(at(`/desk/api/${path}`), request);
  const answer = await response.text().then(parse).catch(() => ({})); // a proxy's own page, say
  if (!response.ok) throw new Denied(response.status, answer);
  return answer;
}

const channel = (id) => `channels/${encodeURIComponent(id)}`;

export const EVENTS = at("/desk/api/events");
export const loadState = () => call("GET", "state");
export const openSession = (token) => call("POST", "session", { token });
export const closeSession = () => call("DELETE", "session", {});
/** With a `slot`, nothing but the airing in it is touched: the station refuses when that is over. */
export const actOnChannel = (id, action, slot) => call("POST", `${channel(id)}/${action}`, { slot });
export const actOnClip = (id, clip, action) => call("POST", `${channel(id)}/clips/${encodeURIComponent(clip)}/${action}`, {});
export const loadFile = (id) => call("GET", `${channel(id)}/file`);
export const checkFile = (id, text, signal) => call("POST", `${channel(id)}/check`, { text }, signal);
export const saveFile = (id, text, hash) => call("PUT", `${channel(id)}/file`, { text, hash });
