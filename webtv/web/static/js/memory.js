/** What the viewer's browser remembers. Private windows may refuse to store: then nothing is remembered. */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    return false;
  }
  return true;
}

/** `{volume: 0…1, muted: bool}` or null when the viewer never chose. */
export const recallSound = () => read("webtv.sound");
export const rememberSound = (video) => store("webtv.sound", { volume: video.volume, muted: video.muted });

export const recallChannel = () => read("webtv.channel");
export const rememberChannel = (id) => store("webtv.channel", id);

export const recallFill = () => read("webtv.fill") === true;
export const rememberFill = (fill) => store("webtv.fill", fill);
