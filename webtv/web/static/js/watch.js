import { Refused, keepAsking, loadChannel, loadStation } from "./api.js";
import { glow } from "./ambient.js";
import { write } from "./dom.js";
import { Idle } from "./idle.js";
import { recallFill, recallSound, rememberChannel, rememberFill, rememberSound } from "./memory.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { here } from "./paths.js";
import { Player } from "./player.js";
import { digits, keys, touches } from "./remote.js";
import { announceToSystem, offerKeys, stayAwake } from "./session.js";
import { Timeline } from "./timeline.js";
import { Zapper } from "./zapper.js";

const STATION_EVERY_MS = 30_000;
const CHANNEL_EVERY_MS = 10_000;
const DRAW_EVERY_MS = 250;
const TUNE_AFTER_MS = 160; // a viewer who runs through the channels tunes in only the last
const VOLUME_STEP = 0.1;

const screen = document.querySelector(".screen");
const video = screen.querySelector("video");
const part = (name) => screen.querySelector(`[data-part="${name}"]`);
const player = new Player(video);
const overlay = new Overlay(screen);
const panel = new Panel(screen);
const idle = new Idle(screen, () => {
  const byKeyboard = document.activeElement?.matches?.(".overlay :focus-visible");
  return video.paused || panel.isOpen || byKeyboard || !screen.classList.contains("is-revealed");
});

let station = { title: "webtv" };
let channels = [];
let channel = null;
let timeline = new Timeline();
let stopAsking = () => {};
let tuning = 0;

const idInAddress = () => decodeURIComponent(here().split("/")[2] ?? "");
const indexOf = (id) => channels.findIndex((each) => each.id === id);

function neighbour(step) {
  if (channels.length < 2) return null;
  const here = channel ? indexOf(channel.id) : step > 0 ? -1 : 0; // on "Nothing here" there is no channel
  const index = (here + step + channels.length) % channels.length;
  return { channel: channels[index], index };
}

const zapper = new Zapper(screen, neighbour, (step) => go(neighbour(step).channel));

function go(next) {
  history.pushState(null, "", next.watch);
  show(next);
}

/** Puts the page on a channel; the address is already right. */
function show(next) {
  channel = next;
  timeline = new Timeline();
  timeline.learn(next);
  rememberChannel(next.id);
  video.style.setProperty("--ratio", String(next.width / next.height));
  document.title = `${next.title} · ${station.title}`;
  screen.classList.remove("is-away", "is-revealed", "is-blocked", "is-missing");
  overlay.showChannel(next, indexOf(next.id));
  panel.showChannel(next);
  zapper.cover(next, indexOf(next.id));
  write(part("announcer"), `Channel ${next.number}: ${next.title}`);
  idle.wake();
  draw();
  stopAsking();
  stopAsking = keepAsking(() => loadChannel(next.id), CHANNEL_EVERY_MS, learn, missed);
  clearTimeout(tuning);
  player.close();
  tuning = setTimeout(() => player.tune(next.hls), TUNE_AFTER_MS);
}

function learn(answer) {
  if (answer.id !== channel.id) return;
  timeline.learn(answer);
  channel = answer;
}

function missed(error) {
  if (error instanceof Refused && error.status === 404) screen.classList.add("is-missing");
}

function draw() {
  if (!channel) return;
  const atMs = player.wallTimeMs ?? Date.parse(channel.now?.start ?? "");
  const airing = timeline.at(atMs);
  overlay.showAiring(airing, timeline.after(atMs, 1)[0], atMs);
  overlay.showLive(player.behindLive);
  if (panel.isOpen) {
    panel.showProgramme(timeline, airing, atMs);
    panel.showPicture(player.stats(), channel.fps);
  }
  announceToSystem(airing?.title ?? channel.title, channel.title, station.title);
}

const keepAwake = stayAwake(() => player.state === "playing");

player.addEventListener("state", () => {
  const { state } = player;
  screen.classList.toggle("is-waiting", state === "waiting");
  screen.classList.toggle("is-away", state === "away");
  screen.classList.toggle("is-paused", state === "paused");
  screen.classList.toggle("is-unable", state === "unable");
  if (state === "playing") {
    screen.classList.add("is-revealed");
    screen.classList.remove("is-blocked", "is-missing");
    zapper.reveal();
  }
  write(part("away-status"), state === "away" ? "Back in a moment. The picture returns by itself." : "");
  overlay.showPlaying(state !== "paused");
  if (state === "paused") idle.wake();
  keepAwake();
});
player.addEventListener("blocked", () => screen.classList.add("is-blocked"));

function setMuted(muted) {
  video.muted = muted;
  if (!muted && video.volume === 0) video.volume = 0.5;
  screen.classList.remove("offers-sound");
  rememberSound(video);
}

function turnVolume(step) {
  if (video.muted && step < 0) return;
  video.volume = Math.min(1, Math.max(0, (video.muted ? 0 : video.volume) + step));
  setMuted(video.volume === 0);
}

function setFill(fill) {
  screen.classList.toggle("is-filled", fill);
  screen.querySelector('[data-action="fill"]').setAttribute("aria-pressed", String(fill));
  rememberFill(fill);
}

function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (screen.requestFullscreen) screen.requestFullscreen({ navigationUI: "hide" });
  else video.webkitEnterFullscreen?.(); // iPhone lets only the video itself fill the screen
}

const togglePlay = () => (video.paused ? player.play() : player.pause());
const step = (by) => channels.length > 1 && zapper.step(by);

function toNumber(number) {
  const chosen = channels.find((each) => each.number === number);
  write(part("typed"), "");
  if (chosen && chosen.id !== channel?.id) go(chosen);
}

const actions = {
  play: togglePlay,
  mute: () => setMuted(!video.muted),
  sound: () => setMuted(false),
  fullscreen: toggleFullscreen,
  fill: () => setFill(!screen.classList.contains("is-filled")),
  info: () => panel.toggle(),
  previous: () => step(-1),
  next: () => step(1),
  live: () => player.goLive(),
};

screen.addEventListener("click", (event) => {
  const action = event.target.closest("[data-action]")?.dataset.action;
  if (action) actions[action]();
  else if (panel.isOpen && !event.target.closest(".panel")) panel.toggle(false);
});

const dial = digits(
  () => String(Math.max(...channels.map((each) => each.number))).length,
  (typed) => write(part("typed"), typed),
  toNumber,
);
keys(
  {
    ArrowUp: actions.previous,
    PageUp: actions.previous,
    ArrowDown: actions.next,
    PageDown: actions.next,
    ArrowLeft: () => turnVolume(-VOLUME_STEP),
    ArrowRight: () => turnVolume(VOLUME_STEP),
    " ": togglePlay,
    k: togglePlay,
    m: actions.mute,
    f: toggleFullscreen,
    z: actions.fill,
    i: actions.info,
    Escape: () => panel.toggle(false),
  },
  dial,
);
touches(screen, {
  onDrag: (dy) => zapper.drag(dy),
  onRelease: (dy, flicked) => zapper.release(dy, flicked),
  onTap: () => {
    if (panel.isOpen) panel.toggle(false);
    else if (idle.asleep) idle.wake();
    else idle.sleep();
  },
  onDoubleTap: actions.fill,
});
screen.querySelector(".reel").addEventListener("dblclick", toggleFullscreen);
offerKeys({
  play: () => player.play(),
  pause: () => player.pause(),
  previoustrack: actions.previous,
  nexttrack: actions.next,
});

part("volume").addEventListener("input", (event) => {
  video.volume = Number(event.target.value) / 100;
  setMuted(video.volume === 0);
});
video.addEventListener("volumechange", () => {
  overlay.showSound(video);
  if (!video.muted) screen.classList.remove("offers-sound");
});
document.addEventListener("fullscreenchange", () => overlay.showFullscreen(Boolean(document.fullscreenElement)));
addEventListener("popstate", () => {
  const back = channels[indexOf(idInAddress())];
  if (back) show(back);
});

function restoreSound() {
  const sound = recallSound();
  video.volume = sound?.volume ?? 1;
  video.muted = sound?.muted ?? true;
  screen.classList.toggle("offers-sound", !sound);
  // The browser may still refuse sound before a gesture; the player then mutes, and the offer is made.
  video.addEventListener("playing", () => {
    if (video.muted && !recallSound()?.muted) screen.classList.add("offers-sound");
  });
  overlay.showSound(video);
}

function start(answer) {
  station = answer.station;
  channels = answer.channels;
  write(part("station"), station.title);
  screen.classList.toggle("is-alone", channels.length < 2);
  if (channel) return;
  const wanted = channels[indexOf(idInAddress())];
  if (wanted) show(wanted);
  else screen.classList.add("is-missing");
}

window.webtv = {
  video,
  player,
  get hls() {
    return player.hls;
  },
  stats: () => player.stats(),
};

restoreSound();
setFill(recallFill());
glow(screen, screen.querySelector(".ambient"), video);
setInterval(draw, DRAW_EVERY_MS);
keepAsking(loadStation, STATION_EVERY_MS, start, () => {
  if (!channel) screen.classList.add("is-away");
});
