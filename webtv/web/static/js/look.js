const GOLDEN_ANGLE = 137.508;

/** Neighbouring channels get far-apart hues, whatever the number of channels. */
export function tint(element, index) {
  element.style.setProperty("--hue", String((205 + Math.max(0, index) * GOLDEN_ANGLE) % 360));
}

export const KINDS = {
  fresh: "New",
  archive: "From the archive",
  bumper: "Between programmes",
  slate: "Stand by",
};

export function engineLine(engines) {
  return [engines.video, engines.musician && `music ${engines.musician}`].filter(Boolean).join(" · ");
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function minutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
