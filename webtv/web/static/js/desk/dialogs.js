import { write } from "../dom.js";

const part = (dialog, name) => dialog.querySelector(`[data-part="${name}"]`);

/** Asks in the page; resolves to whether the answer was yes. Escape is no. Focus goes back where it was. */
export function confirm({ title, text, yes }) {
  const dialog = document.getElementById("ask");
  if (dialog.open) return Promise.resolve(false);
  write(part(dialog, "title"), title);
  write(part(dialog, "text"), text);
  write(part(dialog, "yes"), yes);
  return new Promise((resolve) => {
    const finish = () => {
      part(dialog, "yes").onclick = part(dialog, "no").onclick = null;
      resolve(dialog.returnValue === "yes");
    };
    dialog.returnValue = "";
    dialog.addEventListener("close", finish, { once: true });
    part(dialog, "yes").onclick = () => dialog.close("yes");
    part(dialog, "no").onclick = () => dialog.close("no");
    dialog.showModal();
    part(dialog, "no").focus(); // what cannot be undone is not one Enter away
  });
}

export function showHelp() {
  const dialog = document.getElementById("help");
  if (!dialog.open) dialog.showModal();
}

export const anyOpen = () => document.querySelector("dialog[open]") !== null;
