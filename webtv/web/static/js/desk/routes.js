/** The address after `#` says what is shown: `#/`, `#/channel/ID`, `#/channel/ID/theme`. */
export function route(hash = location.hash) {
  const [, place, id, part] = hash.replace(/^#/, "").split("/");
  if (place !== "channel" || !id) return { view: "overview", id: null };
  return { view: part === "theme" ? "theme" : "channel", id: decodeURIComponent(id) };
}

export const OVERVIEW = "#/";
export const toChannel = (id) => `#/channel/${encodeURIComponent(id)}`;
export const toTheme = (id) => `${toChannel(id)}/theme`;
