import { make, write } from "../dom.js";
import { explain } from "./actions.js";
import { checkFile, loadFile, saveFile } from "./api.js";
import { confirm } from "./dialogs.js";

const CHECK_AFTER_MS = 400;

/** The channel's YAML file: checked while it is written, saved when it is right. */
export class Editor {
  #root;
  #notice;
  #text;
  #gutter;
  #id = null;
  #hash = "";
  #saved = "";
  #problems = [];
  #timer = 0;
  #asking = null;

  constructor(root, notice) {
    this.#root = root;
    this.#notice = notice;
    this.#text = root.querySelector("textarea");
    this.#gutter = this.#part("gutter");
    this.#text.addEventListener("input", () => this.#changed());
    this.#text.addEventListener("scroll", () => this.#followScroll());
    this.#part("save").addEventListener("click", () => this.save());
    this.#part("revert").addEventListener("click", () => this.#revert());
    this.#part("load").addEventListener("click", () => this.#loadTheirs());
    this.#part("overwrite").addEventListener("click", () => this.#overwrite());
    addEventListener("beforeunload", (event) => this.isChanged && event.preventDefault());
  }

  /** The channel whose file is here, or null. */
  get id() {
    return this.#id;
  }

  get isChanged() {
    return this.#id !== null && this.#text.value !== this.#saved;
  }

  /** Loads the file of a channel; text that was not saved yet stays. */
  async open(id) {
    if (id === this.#id && this.isChanged) return;
    this.#id = id;
    this.#root.setAttribute("aria-busy", "true");
    await this.#load();
    this.#root.removeAttribute("aria-busy");
  }

  focus() {
    this.#text.focus();
  }

  /** Whether the page may go to another channel's file. */
  async mayLeave() {
    if (!this.isChanged) return true;
    const left = await confirm({
      title: "Leave without saving?",
      text: "What you changed in the theme is lost.",
      yes: "Leave",
    });
    if (left) this.#id = null;
    return left;
  }

  async save() {
    if (!this.isChanged) return this.#notice.say("There is nothing to save.");
    await this.#check();
    if (this.#problems.length > 0) {
      this.#go(this.#problems[0]);
      return this.#notice.fail(`Not saved. ${place(this.#problems[0])} ${this.#problems[0].text}`);
    }
    return this.#write(this.#hash);
  }

  async #load() {
    const id = this.#id;
    try {
      const { text, hash, path } = await loadFile(id);
      if (id !== this.#id) return;
      this.#text.value = this.#saved = text;
      this.#saved = this.#text.value; // a textarea has its own line ends
      this.#hash = hash;
      this.#text.setSelectionRange(0, 0); // a browser leaves the cursor at the end
      this.#text.scrollTo(0, 0);
      write(this.#part("path"), path);
    } catch (error) {
      this.#text.value = this.#saved = "";
      this.#notice.fail(explain(error));
    }
    this.#part("conflict").hidden = true;
    this.#drawGutter();
    this.#showChanged();
    await this.#check();
  }

  async #write(hash) {
    const text = this.#text.value;
    try {
      const answer = await saveFile(this.#id, text, hash);
      this.#saved = text;
      this.#hash = answer.hash ?? this.#hash;
      this.#part("conflict").hidden = true;
      this.#showChanged();
      this.#notice.say("Saved. The station takes it up within a second.");
      if (!answer.hash) await this.#load();
      else await this.#check();
    } catch (error) {
      if (error.status === 409) this.#part("conflict").hidden = false;
      if (error.status === 422) this.#show({ problems: error.body.problems ?? [] });
      this.#notice.fail(`Not saved. ${explain(error)}`);
    }
  }

  #changed() {
    this.#drawGutter();
    this.#showChanged();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), CHECK_AFTER_MS);
  }

  async #check() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const text = this.#text.value;
    try {
      const answer = await checkFile(this.#id, text, asking.signal);
      if (!asking.signal.aborted) this.#show(answer);
    } catch (error) {
      if (asking.signal.aborted) return;
      write(this.#part("verdict"), `Not checked. ${explain(error)}`);
    }
  }

  #show({ problems = [], changes = [], shots = [], note = "" }) {
    this.#problems = problems;
    this.#part("problems").replaceChildren(...problems.map((problem) => this.#problem(problem)));
    list(this.#part("changes"), problems.length ? [] : changes);
    list(this.#part("shots"), problems.length ? [] : shots);
    write(this.#part("note"), note);
    this.#part("effects").hidden = problems.length > 0;
    this.#text.setAttribute("aria-invalid", String(problems.length > 0));
    this.#root.classList.toggle("has-problems", problems.length > 0);
    write(this.#part("verdict"), verdict(problems, this.isChanged));
    this.#drawGutter();
  }

  #problem(problem) {
    const button = make("button", { type: "button", class: "to-line" });
    button.append(make("b", { text: place(problem) }), make("span", { text: problem.text }));
    button.addEventListener("click", () => this.#go(problem));
    return make("li", {}, button);
  }

  /** Puts the cursor where the problem is. */
  #go({ line, column }) {
    if (!line) return this.focus();
    const lines = this.#text.value.split("\n");
    const row = Math.min(line, lines.length) - 1;
    const start = lines.slice(0, row).reduce((sum, each) => sum + each.length + 1, 0);
    const at = start + Math.min(Math.max(0, (column || 1) - 1), lines[row].length);
    this.focus();
    this.#text.setSelectionRange(at, start + lines[row].length);
    const height = this.#text.scrollHeight / lines.length;
    this.#text.scrollTop = Math.max(0, row * height - this.#text.clientHeight / 2);
  }

  #drawGutter() {
    const count = this.#text.value.split("\n").length;
    const bad = new Set(this.#problems.map(({ line }) => line));
    while (this.#gutter.children.length > count) this.#gutter.lastElementChild.remove();
    while (this.#gutter.children.length < count) this.#gutter.append(make("span"));
    [...this.#gutter.children].forEach((number, index) => {
      write(number, String(index + 1));
      number.classList.toggle("is-bad", bad.has(index + 1));
    });
    this.#followScroll();
  }

  #followScroll() {
    this.#gutter.style.transform = `translateY(${-this.#text.scrollTop}px)`;
  }

  #showChanged() {
    this.#root.classList.toggle("is-changed", this.isChanged);
    write(this.#part("unsaved"), this.isChanged ? "Not saved yet" : "");
  }

  #revert() {
    if (!this.isChanged) return this.#notice.say("Nothing was changed.");
    const mine = this.#text.value;
    const set = (text) => {
      this.#text.value = text;
      this.#changed();
    };
    set(this.#saved);
    return this.#notice.say("Back to the saved file.", { label: "Take my text again", run: () => set(mine) });
  }

  async #loadTheirs() {
    const sure = await confirm({
      title: "Load the file as it is now?",
      text: "What you changed here is lost.",
      yes: "Load the file",
    });
    if (!sure) return;
    await this.#load();
    this.focus();
  }

  async #overwrite() {
    const { hash } = await loadFile(this.#id).catch((error) => (this.#notice.fail(explain(error)), {}));
    if (hash) await this.#write(hash);
  }

  #part(name) {
    return this.#root.querySelector(`[data-part="${name}"]`);
  }
}

function list(element, texts) {
  element.replaceChildren(...texts.map((text) => make("li", { text })));
  element.hidden = texts.length === 0;
  element.nextElementSibling.hidden = texts.length > 0;
}

const place = ({ line, column }) => (line ? `Line ${line}${column ? `, column ${column}` : ""}:` : "The file:");

function verdict(problems, changed) {
  if (problems.length === 1) return "One mistake. Nothing can be saved before it is mended.";
  if (problems.length > 1) return `${problems.length} mistakes. Nothing can be saved before they are mended.`;
  return changed ? "No mistake. It can be saved." : "This is what is on air now.";
}
