const DIGITS_WITHIN_MS = 1100;
const FLICK_PX_PER_MS = 0.45;
const DRAG_STARTS_PX = 10;
const DOUBLE_TAP_MS = 280;

/** Collects digits as a television set does; `onDigits(text)` while typing, `onNumber(n)` when done. */
export function digits(mostDigits, onDigits, onNumber) {
  let typed = "";
  let timer = 0;
  const finish = () => {
    const number = Number(typed);
    typed = "";
    onNumber(number);
  };
  return (digit) => {
    clearTimeout(timer);
    typed += digit;
    onDigits(typed);
    if (typed.length >= mostDigits()) finish();
    else timer = setTimeout(finish, DIGITS_WITHIN_MS);
  };
}

const SCROLLING = /^(Arrow(Up|Down)|Page(Up|Down)|Home|End)$/;

/** True for keys that belong to the element in focus: a slider's arrows, a button's Enter, scrolling in a sheet. */
function belongsToFocus(event) {
  const { target, key } = event;
  if (target.matches("input, textarea, select")) return key !== "Escape" && !/^[a-z]$/i.test(key);
  if (target.closest("[data-scrolls]") && SCROLLING.test(key)) return true;
  return target.matches("button, a, summary") && (key === "Enter" || key === " ");
}

/** `actions` maps `KeyboardEvent.key` (letters in lower case) to a function; `digit(text)` gets the numbers. */
export function keys(actions, digit) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || belongsToFocus(event)) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (/^[0-9]$/.test(name)) digit(name);
    else if (actions[name]) {
      event.preventDefault();
      actions[name](event);
    }
  });
}

/**
 * Vertical swipes and taps on `surface` by touch or pen. `onDrag(dy)` follows the finger, `onRelease(dy, flicked)`
 * ends it; `onTap` and `onDoubleTap` get taps beside controls.
 */
export function touches(surface, { onDrag, onRelease, onTap, onDoubleTap }) {
  let start = null;
  let lastTap = 0;
  const isControl = (target) => target.closest("button, a, input, [data-scrolls]");

  surface.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || !event.isPrimary || isControl(event.target)) return;
    start = { x: event.clientX, y: event.clientY, at: event.timeStamp, dragging: false };
    surface.setPointerCapture(event.pointerId);
  });
  surface.addEventListener("pointermove", (event) => {
    if (!start || event.pointerType === "mouse") return;
    const dy = event.clientY - start.y;
    const dx = event.clientX - start.x;
    if (!start.dragging && Math.abs(dy) > DRAG_STARTS_PX && Math.abs(dy) > Math.abs(dx)) start.dragging = true;
    if (start.dragging) onDrag(dy);
  });
  const end = (event) => {
    if (!start || event.pointerType === "mouse") return;
    const { dragging, y, at } = start;
    start = null;
    const dy = event.clientY - y;
    if (dragging) {
      const speed = Math.abs(dy) / Math.max(1, event.timeStamp - at);
      onRelease(event.type === "pointercancel" ? 0 : dy, speed > FLICK_PX_PER_MS);
    } else if (event.type === "pointerup") {
      const double = event.timeStamp - lastTap < DOUBLE_TAP_MS;
      lastTap = double ? 0 : event.timeStamp;
      (double ? onDoubleTap : onTap)();
    }
  };
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", end);
}
