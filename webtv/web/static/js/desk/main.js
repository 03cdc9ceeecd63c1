import { make, write } from "../dom.js";
import { Previews } from "../previews.js";
import { Actions } from "./actions.js";
import { closeSession } from "./api.js";
import { ChannelView } from "./channel.js";
import { Desk } from "./desk.js";
import { showHelp } from "./dialogs.js";
import { Editor } from "./editor.js";
import { lettersOn, setLetters, shortcuts } from "./keys.js";
import { LogTail } from "./log.js";
import { Login } from "./login.js";
import { Notice } from "./notice.js";
import { Overview } from "./overview.js";
import { OVERVIEW, route, toChannel, toTheme } from "./routes.js";
import { Rows } from "./rows.js";
import { readable, span } from "./words.js";

const part = (name) => document.querySelector(`[data-part="${name}"]`);
const view = (name) => document.querySelector(`[data-view="${name}"]`);

const desk = new Desk();
const notice = new Notice(part("notice"));
const actions = new Actions(desk, notice);
const previews = new Previews();
const overview = new Overview(view("overview"), desk, previews);
const channel = new ChannelView(view("channel"), desk, actions, previews);
const editor = new Editor(part("editor"), notice);
const login = new Login(view("login"), () => desk.unlocked());
const log = new LogTail(part("log"), desk);
const problems = new Rows(part("problems-list"), (problem) => problem.path, () => {
  const path = make("b");
  const mend = make("a", { text: "Mend it here" });
  const text = make("pre");
  const update = (problem) => {
    write(path, problem.path);
    write(text, readable(problem.text));
    mend.hidden = problem.channel === null;
    mend.href = toTheme(problem.channel ?? "");
    mend.setAttribute("aria-label", `Mend it here: ${problem.path}`);
  };
  return { element: make("li", {}, make("p", { class: "file" }, path, mend), text), update };
});

let here = route();
let title = "webtv";

function showView() {
  const locked = desk.connection === "locked";
  const shown = locked ? "login" : here.view === "theme" ? "channel" : here.view;
  for (const name of ["login", "overview", "channel"]) view(name).hidden = name !== shown;
  view("channel").classList.toggle("shows-theme", here.view === "theme");
  part("rundowns").hidden = here.view === "theme";
  part("editor").hidden = here.view !== "theme";
  for (const [name, on] of [["to-rundown", here.view === "channel"], ["to-theme", here.view === "theme"]]) {
    if (on) part(name).setAttribute("aria-current", "page");
    else part(name).removeAttribute("aria-current");
  }
  if (here.view !== "overview") channel.open(here.id, { asFile: here.view === "theme" });
  const where = here.view === "overview" ? "Desk" : (channel.channel?.title ?? here.id);
  document.title = `${here.view === "theme" ? `Theme of ${where}` : where} · ${title}`;
  previews.refresh();
}

function showState() {
  const { station, channels } = desk.state;
  title = station.title ?? title;
  const onAir = channels.filter((each) => each.on_air).length;
  write(part("station"), [
    `${onAir} of ${channels.length} on air`,
    `up ${span(station.uptime_s)}`,
    `${station.free_gb} GB free`,
    `version ${station.version}`,
  ].join(" · "));
  part("problems").hidden = station.problems.length === 0;
  problems.show(station.problems);
  overview.update(desk.state);
  part("no-channels").hidden = channels.length > 0;
  showView();
  if (here.view === "theme" && editor.id !== here.id) editor.open(here.id);
}

async function go() {
  const next = route();
  if (editor.isChanged && next.id !== editor.id && !(await editor.mayLeave())) {
    history.replaceState(null, "", toTheme(editor.id));
    here = route();
    showView();
    return;
  }
  here = next;
  showView();
  scrollTo(0, 0);
  if (here.view === "theme") {
    await editor.open(here.id);
    editor.focus();
  } else {
    part(here.view === "overview" ? "desk-title" : "title").focus();
  }
}

desk.addEventListener("state", showState);
desk.addEventListener("connection", () => {
  document.body.dataset.connection = desk.connection;
  write(part("connection"), { live: "Live", connecting: "Connecting", lost: "Away, trying again", locked: "Locked" }[desk.connection]);
  showView();
  if (desk.connection === "locked") login.show(desk.refusal);
});
addEventListener("hashchange", go);

const onChannel = (action) => () => here.view !== "overview" && channel.press(action);
const toHash = (hash) => () => {
  location.hash = hash();
};
const numbers = Object.fromEntries(
  [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [String(number), () => {
    const chosen = desk.state?.channels.find((each) => each.number === number);
    if (chosen) location.hash = toChannel(chosen.id);
  }]),
);
shortcuts(
  {
    ...numbers,
    "?": showHelp,
    o: toHash(() => OVERVIEW),
    r: () => here.id && (location.hash = toChannel(here.id)),
    t: () => here.id && (location.hash = toTheme(here.id)),
    s: onChannel("skip"),
    p: onChannel("pull"),
    b: () => onChannel(channel.isOnSlate ? "resume" : "slate")(),
    m: onChannel("make"),
    u: () => notice.takeBack(),
    l: () => here.view === "overview" && log.toggle(),
  },
  { "ctrl+s": () => here.view === "theme" && (editor.save(), true) },
);

part("help-button").addEventListener("click", showHelp);
part("letters").checked = lettersOn();
part("letters").addEventListener("change", (event) => setLetters(event.target.checked));
part("help-close").addEventListener("click", () => document.getElementById("help").close());
part("sign-out").addEventListener("click", async () => {
  await closeSession().catch((error) => notice.fail(error.message));
  location.reload();
});

window.webtv = { desk, stats: () => previews.players().map((player) => player.stats()) };
showView();
desk.run();
