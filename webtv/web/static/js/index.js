import { keepAsking, loadStation } from "./api.js";
import { Card } from "./card.js";
import { write } from "./dom.js";
import { recallChannel } from "./memory.js";
import { Previews } from "./previews.js";
import { digits, keys } from "./remote.js";

const STATION_EVERY_MS = 8000;
const DRAW_EVERY_MS = 1000;

const part = (name) => document.querySelector(`[data-part="${name}"]`);
const previews = new Previews();
const cards = new Map();

function order() {
  return [...part("channels").children].map((item) => item.firstElementChild);
}

function show({ station, channels }) {
  document.title = station.title;
  write(part("station"), station.title);
  const onAir = channels.filter((channel) => channel.on_air).length;
  write(part("count"), onAir === 1 ? "1 channel on air" : `${onAir} channels on air`);
  part("count").hidden = onAir === 0;
  part("empty").hidden = channels.length > 0;
  part("hints").hidden = channels.length === 0;
  setAbsent(false);
  arrange(channels);
  previews.refresh();
  draw();
}

function arrange(channels) {
  const list = part("channels");
  const known = new Set(channels.map((channel) => channel.id));
  for (const [id, card] of cards) {
    if (known.has(id)) continue;
    previews.forget(card);
    card.element.remove();
    cards.delete(id);
  }
  channels.forEach((channel, index) => {
    if (!cards.has(channel.id)) {
      const card = new Card(channel);
      cards.set(channel.id, card);
      previews.watch(card);
    }
    const card = cards.get(channel.id);
    card.update(channel, index);
    // Moving an element restarts its video: only those out of place are moved.
    if (list.children[index] !== card.element) list.insertBefore(card.element, list.children[index] ?? null);
  });
}

function setAbsent(absent) {
  part("absent").hidden = !absent;
  document.body.classList.toggle("station-absent", absent);
}

function draw() {
  for (const card of cards.values()) card.draw(previews.seenMs(card));
}

/** Moves the focus to the nearest card in a direction, by what the eye sees and not by the order in the page. */
function move(dx, dy) {
  const links = order();
  const here = links.find((link) => link === document.activeElement);
  if (!here) {
    const last = cards.get(recallChannel())?.link;
    (last ?? links[0])?.focus();
    return;
  }
  const middle = (link) => {
    const { left, top, width, height } = link.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  };
  const from = middle(here);
  let nearest = null;
  let shortest = Infinity;
  for (const link of links) {
    const to = middle(link);
    const along = (to.x - from.x) * dx + (to.y - from.y) * dy;
    const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
    if (along > 8 && along + aside * 3 < shortest) {
      shortest = along + aside * 3;
      nearest = link;
    }
  }
  nearest?.focus();
}

function byNumber(number) {
  return [...cards.values()].find((card) => card.channel.number === number)?.link;
}

const dial = digits(
  () => String(Math.max(...[...cards.values()].map((card) => card.channel.number))).length,
  (typed) => {
    write(part("typed"), typed);
    byNumber(Number(typed))?.focus();
  },
  (number) => {
    write(part("typed"), "");
    byNumber(number)?.click();
  },
);
keys(
  {
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, -1),
    ArrowDown: () => move(0, 1),
  },
  dial,
);

window.webtv = {
  get hls() {
    return previews.players()[0]?.hls ?? null;
  },
  get video() {
    return document.querySelector("video");
  },
  players: () => previews.players(),
  stats: () => previews.players().map((player) => player.stats()),
};

keepAsking(loadStation, STATION_EVERY_MS, show, () => setAbsent(true));
setInterval(draw, DRAW_EVERY_MS);
