import { anyOpen } from "./dialogs.js";

const STORED = "webtv.desk.keys";

/** Single letters can be switched off, for people whose voice or hand types more than they mean (WCAG 2.1.4). */
export function lettersOn() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

export function setLetters(on) {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {
    return; // a private window forgets it
  }
}

/** `letters` maps a key to what it does; `always` holds those that work while typing too, such as Ctrl+S as "ctrl+s". */
export function shortcuts(letters, always) {
  addEventListener("keydown", (event) => {
    if (event.isComposing || anyOpen()) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const held = event.ctrlKey || event.metaKey;
    const run = held ? always[`ctrl+${name}`] : always[name];
    const typing = event.target.matches("input, textarea, select");
    const letter = !held && !event.altKey && !typing && lettersOn() ? letters[name] : undefined;
    if (!(run ?? letter)) return;
    if ((run ?? letter)(event) !== false) event.preventDefault();
  });
}
