import { Backoff, sleep } from "../api.js";
import { parse } from "../paths.js";
import { Denied, EVENTS, loadState } from "./api.js";

const SILENT_MS = 45_000; // the figures of a channel on air change all the time: such silence is a dead line
const LOG_KEPT = 500;

/**
 * What the page knows of the station, and the one connection that keeps it so.
 *
 * Events: `state` (see `state`), `log` (its `detail` is the new line; null when the lines begin anew) and
 * `connection` whenever that became another of `connecting`, `live`, `lost`, `locked` (see `refusal`).
 */
export class Desk extends EventTarget {
  state = null;
  log = [];
  connection = "connecting";
  refusal = null;
  #unlock = () => {};
  #pending = false;
  #listed = new Map(); // channels as the line has them

  channel(id) {
    return this.state?.channels.find((channel) => channel.id === id) ?? null;
  }

  /** Whether a channel, which may be off air, has a file with a mistake that can be mended here. */
  hasMistake(id) {
    return this.state?.station.problems.some(({ channel }) => channel === id) ?? false;
  }

  /** For ever: asks for the state, then listens until the line ends. */
  async run() {
    const backoff = new Backoff();
    for (;;) {
      try {
        this.#learn(await loadState());
        backoff.reset();
        await this.#listen();
      } catch (error) {
        if (error instanceof Denied && (error.status === 401 || error.status === 403)) {
          this.refusal = error;
          this.#become("locked");
          await new Promise((resolve) => (this.#unlock = resolve));
          continue;
        }
      }
      this.#become("lost");
      await sleep(backoff.next());
    }
  }

  /** A session was opened: ask again. */
  unlocked() {
    this.#unlock();
  }

  /** Takes the state now, for an action's result that shall not wait for the next event. */
  async refresh() {
    try {
      this.#learn(await loadState());
    } catch {
      return; // the listening loop says what is the matter
    }
  }

  /** All of the state, after which the line says what differs from it. */
  #begin(state) {
    this.#listed = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.#learn(state);
  }

  /**
   * Takes what differs of a channel, or all of one that is new. It differs from what the line said before, which
   * may be older than what is shown: `refresh` may have seen more.
   */
  #patch(fields) {
    const { channels } = this.state;
    const channel = { ...this.#listed.get(fields.id), ...fields };
    this.#listed.set(channel.id, channel);
    const index = channels.findIndex(({ id }) => id === channel.id);
    if (index < 0) channels.push(channel);
    else channels[index] = channel;
    this.#changed();
  }

  /** Once for all events that come together. */
  #changed() {
    if (this.#pending) return;
    this.#pending = true;
    setTimeout(() => {
      this.#pending = false;
      this.dispatchEvent(new Event("state"));
    });
  }

  #learn(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #listen() {
    return new Promise((resolve) => {
      const source = new EventSource(EVENTS);
      let timer = 0;
      const end = () => {
        clearTimeout(timer);
        source.close();
        resolve();
      };
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(end, SILENT_MS);
      };
      source.onopen = () => {
        alive();
        this.log = []; // the station begins with the lines that it still has
        this.dispatchEvent(new CustomEvent("log", { detail: null }));
        this.#become("live");
      };
      source.onerror = end;
      source.addEventListener("state", (event) => {
        alive();
        this.#begin(parse(event.data));
      });
      source.addEventListener("channel", (event) => {
        alive();
        this.#patch(parse(event.data));
      });
      source.addEventListener("channels", (event) => {
        alive();
        const order = parse(event.data);
        this.#listed = new Map(order.map((id) => [id, this.#listed.get(id)]));
        this.state.channels = [...this.#listed.values()];
        this.#changed();
      });
      source.addEventListener("station", (event) => {
        alive();
        Object.assign(this.state, parse(event.data));
        this.#changed();
      });
      source.addEventListener("log", (event) => {
        alive();
        this.#note(JSON.parse(event.data));
      });
      alive();
    });
  }

  #note(line) {
    this.log.push(line);
    if (this.log.length > LOG_KEPT) this.log.shift();
    this.dispatchEvent(new CustomEvent("log", { detail: line }));
  }

  #become(connection) {
    if (connection === this.connection) return;
    this.connection = connection;
    this.dispatchEvent(new Event("connection"));
  }
}
