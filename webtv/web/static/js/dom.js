import { at } from "./paths.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties (`class`, `text`, `on…` and attributes) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** A symbol of the sprite `icons.svg`; decoration only, the button around it carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  svg.firstElementChild.setAttribute("href", at(`/static/icons.svg#${name}`));
}

/** Sets the text only when it differs, so that live regions do not speak twice. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");
