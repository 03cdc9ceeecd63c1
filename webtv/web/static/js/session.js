/** What the system shows and holds for us: lock-screen card with its keys, and a screen that stays awake. */

import { at } from "./paths.js";

const ARTWORK = [
  { src: at("/static/icon-512.png"), sizes: "512x512", type: "image/png" },
  { src: at("/static/favicon.svg"), sizes: "any", type: "image/svg+xml" },
];

export function offerKeys(actions) {
  if (!("mediaSession" in navigator)) return;
  for (const [name, action] of Object.entries(actions)) {
    try {
      navigator.mediaSession.setActionHandler(name, action);
    } catch {
      continue; // this browser does not know that key
    }
  }
}

export function announceToSystem(title, channel, station) {
  if (!("mediaSession" in navigator)) return;
  const shown = navigator.mediaSession.metadata;
  if (shown?.title === title && shown.artist === channel) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist: channel, album: station, artwork: ARTWORK });
}

/** Keeps the screen awake while `wanted()`; call the returned function whenever that may have changed. */
export function stayAwake(wanted) {
  let lock = null;
  let asking = false;
  async function adjust() {
    if (!("wakeLock" in navigator) || asking) return;
    const want = wanted() && document.visibilityState === "visible";
    if (want === Boolean(lock)) return;
    asking = true;
    try {
      if (want) {
        lock = await navigator.wakeLock.request("screen");
        lock.addEventListener("release", () => (lock = null));
      } else {
        await lock.release();
      }
    } catch {
      lock = null; // refused, for example on low battery: the screen may sleep then
    } finally {
      asking = false;
    }
  }
  document.addEventListener("visibilitychange", adjust);
  return adjust;
}
