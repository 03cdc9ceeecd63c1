import { calm } from "./dom.js";

const EVERY_MS = 120;
const BLEND = 0.25;

/** Draws the picture where it stands, and mirrored into the room that it leaves, so that no edge is seen. */
function paint(context, video, { x, y, width, height }) {
  const draw = (left, top, scaleX, scaleY) => {
    context.setTransform(scaleX, 0, 0, scaleY, left, top);
    context.drawImage(video, 0, 0, width, height);
  };
  const reach = (room, size) => Math.max(1, room / size);
  const below = context.canvas.height - y - height;
  const beside = context.canvas.width - x - width;
  draw(x, y, 1, 1);
  draw(x, y, 1, -reach(y, height));
  draw(x, y + height + height * reach(below, height), 1, -reach(below, height));
  draw(x, y, -reach(x, width), 1);
  draw(x + width + width * reach(beside, width), y, -reach(beside, width), 1);
  context.resetTransform();
}

/**
 * Keeps `canvas`, which the stylesheet blurs over the whole screen, on a tiny and slowly following copy of the picture,
 * and tells the stylesheet on which sides there is room (`has-room-y`, `has-room-x`).
 */
export function glow(screen, canvas, video) {
  const context = canvas.getContext("2d", { alpha: false });
  setInterval(() => {
    if (document.hidden || video.readyState < 2) return;
    const picture = { width: video.offsetWidth, height: video.offsetHeight };
    const roomY = screen.clientHeight - picture.height > 4;
    const roomX = screen.clientWidth - picture.width > 4;
    screen.classList.toggle("has-room-y", roomY);
    screen.classList.toggle("has-room-x", roomX && !roomY);
    if (video.paused || !(roomX || roomY)) return;
    const scaleX = canvas.width / canvas.offsetWidth;
    const scaleY = canvas.height / canvas.offsetHeight;
    const box = {
      x: (video.offsetLeft - canvas.offsetLeft) * scaleX,
      y: (video.offsetTop - canvas.offsetTop) * scaleY,
      width: picture.width * scaleX,
      height: picture.height * scaleY,
    };
    context.globalAlpha = calm.matches ? BLEND / 4 : BLEND;
    paint(context, video, box);
  }, EVERY_MS);
}
