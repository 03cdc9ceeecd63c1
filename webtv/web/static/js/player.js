import { Backoff, ask, sleep } from "./api.js";
import { FULL } from "./policy.js";

const WATCH_EVERY_MS = 500;
const WAITING_AFTER_MS = 900;
const AWAY_AFTER_MS = 3000;
/** A slow line is not an absent station: without a failed request we wait longer before starting over. */
const STUCK_AFTER_MS = 15000;
const SETTLE_MS = 6000;
const BEHIND_S = 12;

/**
 * Keeps one `<video>` on one live stream, for ever.
 *
 * Events: `state` whenever `state` changed (`tuning`, `playing`, `waiting`, `paused`, `away`, `unable`), and `blocked`
 * when the browser lets nothing play before a gesture. It judges by the picture's own clock, not by what the network
 * says: as long as there is picture left, nothing is shown of an outage. When the picture has run out it asks the
 * server, with backoff, and starts over at the live edge as soon as it answers.
 */
export class Player extends EventTarget {
  state = "idle";
  hls = null;
  stalls = 0;
  decodeErrors = 0;

  #video;
  #policy;
  #url = "";
  #wanted = true;
  #timer = 0;
  #tuned = new AbortController();
  #position = 0;
  #movedAt = 0;
  #everPlayed = false;
  #failing = false;
  #fatal = false;
  #reviving = false;
  #mendedAt = -Infinity;

  constructor(video, policy = FULL) {
    super();
    this.#video = video;
    this.#policy = policy;
    video.addEventListener("error", () => this.#mediaFailed());
    video.addEventListener("timeupdate", () => this.#watch());
    video.addEventListener("stalled", () => (this.#failing ||= !this.hls)); // the only word of an outage without hls.js
  }

  tune(url) {
    this.close();
    this.#url = url;
    this.#tuned = new AbortController();
    this.#everPlayed = false;
    this.#wanted = true;
    this.#become("tuning");
    this.#build();
    this.#timer = setInterval(() => this.#watch(), WATCH_EVERY_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#tuned.abort();
    this.#reviving = false;
    this.#drop();
    this.#become("idle");
  }

  pause() {
    this.#wanted = false;
    this.#video.pause();
  }

  async play() {
    this.#wanted = true;
    if (this.#behind()) this.goLive();
    try {
      await this.#video.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return; // AbortError: a newer tune() took over
      if (this.#video.muted) this.dispatchEvent(new Event("blocked"));
      else {
        this.#video.muted = true;
        await this.play();
      }
    }
  }

  goLive() {
    const edge = this.hls ? this.hls.liveSyncPosition : this.#nativeEdge();
    if (edge != null && edge > this.#video.currentTime) this.#video.currentTime = edge;
  }

  /** Wall time, in ms, of the picture that the viewer sees; null before there is one. */
  get wallTimeMs() {
    if (!this.#everPlayed) return null;
    const date = this.hls ? this.hls.playingDate : this.#nativeDate();
    return date ? date.getTime() : null;
  }

  get latencyS() {
    if (this.hls) return this.hls.latency;
    const edge = this.#nativeEdge();
    return edge == null ? 0 : edge - this.#video.currentTime;
  }

  get behindLive() {
    return this.#everPlayed && this.#behind();
  }

  stats() {
    const video = this.#video;
    const ranges = video.buffered;
    return {
      state: this.state,
      stalls: this.stalls,
      decodeErrors: this.decodeErrors,
      currentTime: video.currentTime,
      buffered: ranges.length ? ranges.end(ranges.length - 1) - video.currentTime : 0,
      videoWidth: video.videoWidth,
      videoHeight: video.videoHeight,
      droppedFrames: video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0,
      audioDecoded: (video.webkitAudioDecodedByteCount ?? 0) > 0,
      mediaSequence: this.hls?.latestLevelDetails?.startSN ?? null,
      latency: this.latencyS,
    };
  }

  #build() {
    this.#drop();
    this.#fatal = false;
    this.#failing = false;
    this.#movedAt = performance.now();
    const Hls = window.Hls;
    if (Hls?.isSupported()) this.#buildHls(Hls);
    else this.#video.src = this.#url; // Safari on older iPhones plays HLS by itself
    if (this.#wanted) this.play();
  }

  #buildHls(Hls) {
    const hls = new Hls(this.#policy);
    hls.on(Hls.Events.ERROR, (_name, error) => this.#hlsFailed(Hls, error));
    for (const answered of [Hls.Events.LEVEL_LOADED, Hls.Events.FRAG_LOADED]) {
      hls.on(answered, () => (this.#failing = false));
    }
    hls.attachMedia(this.#video);
    hls.loadSource(this.#url);
    this.hls = hls;
  }

  #drop() {
    this.hls?.destroy();
    this.hls = null;
    this.#video.removeAttribute("src");
    this.#video.load();
    this.#position = 0;
  }

  #hlsFailed(Hls, error) {
    if (error.type === Hls.ErrorTypes.NETWORK_ERROR) this.#failing = true;
    const broken = [Hls.ErrorDetails.BUFFER_APPEND_ERROR, Hls.ErrorDetails.FRAG_PARSING_ERROR];
    if (broken.includes(error.details)) this.decodeErrors += 1;
    if (!error.fatal) return;
    const noCodec = [Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR, Hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR];
    if (noCodec.includes(error.details)) {
      this.close();
      this.#become("unable");
      return;
    }
    const now = performance.now();
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && now - this.#mendedAt > SETTLE_MS) {
      this.#mendedAt = now;
      this.hls.recoverMediaError();
      if (this.#wanted) this.play();
    } else {
      this.#lose();
    }
  }

  #mediaFailed() {
    const error = this.#video.error;
    if (!error || !this.#video.src) return;
    if (error.code === MediaError.MEDIA_ERR_DECODE) this.decodeErrors += 1;
    if (!this.hls && this.state !== "idle") this.#lose(); // with hls.js the same error arrives as its own
  }

  #lose() {
    this.#fatal = true;
    this.#failing = true;
    this.#revive();
  }

  #watch() {
    if (this.state === "idle" || this.state === "unable") return;
    const video = this.#video;
    const now = performance.now();
    const moved = video.currentTime !== this.#position && video.readyState >= 2;
    this.#position = video.currentTime;
    if (video.paused) {
      this.#movedAt = now;
      if (this.#everPlayed && !this.#fatal) this.#become("paused");
      return;
    }
    if (moved && !video.seeking) {
      this.#movedAt = now;
      this.#everPlayed = true;
      if (!this.hls) this.#failing = false;
      this.#become("playing");
      return;
    }
    const stuckMs = now - this.#movedAt;
    const away = stuckMs > STUCK_AFTER_MS || (this.#failing && stuckMs > AWAY_AFTER_MS);
    if (away) {
      this.#become("away");
      this.#revive();
    } else if (stuckMs > WAITING_AFTER_MS && this.state === "playing") {
      if (!video.seeking) this.stalls += 1;
      this.#become("waiting");
    }
  }

  async #revive() {
    if (this.#reviving) return;
    this.#reviving = true;
    const { signal } = this.#tuned;
    const backoff = new Backoff();
    try {
      do {
        await sleep(backoff.next(), signal);
        if (this.#healed()) break;
        if (!(await this.#answers())) continue;
        signal.throwIfAborted();
        if (this.#healed()) break;
        backoff.reset();
        this.#build();
        await this.#settled(signal);
      } while (!this.#healed());
    } catch (error) {
      if (!signal.aborted) throw error;
      return; // another channel was tuned in meanwhile
    }
    this.#reviving = false;
  }

  #healed() {
    return !this.#fatal && (this.state === "playing" || this.#video.paused);
  }

  async #answers() {
    try {
      await ask(this.#url);
      return true;
    } catch {
      return false; // every reason is one reason here: nothing to play yet
    }
  }

  async #settled(signal) {
    const deadline = performance.now() + SETTLE_MS;
    while (performance.now() < deadline && !this.#fatal && this.state !== "playing") {
      await sleep(100, signal);
    }
  }

  #behind() {
    return this.latencyS > BEHIND_S;
  }

  #nativeEdge() {
    const ranges = this.#video.seekable;
    return ranges.length ? ranges.end(ranges.length - 1) - 6 : null;
  }

  #nativeDate() {
    const start = this.#video.getStartDate?.();
    if (!start || Number.isNaN(start.getTime())) return new Date(Date.now() - 6000);
    return new Date(start.getTime() + this.#video.currentTime * 1000);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
