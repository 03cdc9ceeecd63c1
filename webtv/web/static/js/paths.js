/** Where the station is: a proxy may show it below a path of its own, such as `/tv/`. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** Names under which the station gives paths of its own, from its root. */
const PATHS = new Set(["hls", "watch", "clip", "preview", "picture", "thumbnail"]);

/** A path of the station's, from its root, as the browser has to ask for it. */
export const at = (path) => ROOT + path.slice(1);

/** The part of the page's address that is the station's, from its root. */
export const here = () => location.pathname.slice(ROOT.length - 1);

/** What the station answered, with its paths as the browser has to ask for them. */
export const parse = (text) =>
  JSON.parse(text, (name, value) =>
    PATHS.has(name) && typeof value === "string" && value.startsWith("/") ? at(value) : value,
  );
