/** How the desk says figures and names. */

export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** A mistake without the marks below its line, which point nowhere where lines wrap; its line and column are told. */
export const readable = (problem) => problem.replace(/^ *\| *\^+ *\n?/gm, "");

export const percent = (share) => `${Math.round(share * 100)} %`;

export const quoted = (title) => `“${title}”`;

export function when(time) {
  return new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

/** With the date, unless it was today. */
export function moment(time) {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return today ? when(time) : `${date.toLocaleDateString([], { dateStyle: "medium" })}, ${when(time)}`;
}

/** `{video: ["ltx", "procedural"], …}` or `{video: "ltx", …}` as one line: the engine of each step, then those behind it. */
export function chains(engines = {}) {
  return Object.entries(engines).map(([step, chain]) => ({ step, chain: [chain].flat().join(" → ") }));
}

/** Whether a clip is one that can be pinned or banned: cards belong to the house. */
export const isProgramme = (airing) => airing.kind === "fresh" || airing.kind === "archive";
