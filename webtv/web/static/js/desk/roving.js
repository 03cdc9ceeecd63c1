const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Makes a grid one stop of the Tab key: the arrows go from row to row and from cell to cell, Home and End to the first
 * and last row. Rows have `role="row"`; whatever can have the focus in them carries `data-stop`.
 * Call `settle()` when rows came or went.
 */
export class Roving {
  #grid;

  constructor(grid) {
    this.#grid = grid;
    grid.addEventListener("keydown", (event) => this.#move(event));
    grid.addEventListener("focusin", (event) => this.#choose(event.target.closest("[data-stop]")));
  }

  settle() {
    const chosen = this.#grid.querySelector('[data-stop][tabindex="0"]');
    this.#choose(chosen && this.#shown(chosen) ? chosen : this.#table()[0]?.[0]);
  }

  focus() {
    this.#grid.querySelector('[data-stop][tabindex="0"]')?.focus();
  }

  #shown(stop) {
    return !stop.hidden;
  }

  #table() {
    const rows = [...this.#grid.querySelectorAll('[role="row"]')];
    return rows.map((row) => [...row.querySelectorAll("[data-stop]")].filter((stop) => this.#shown(stop)));
  }

  #choose(chosen) {
    if (!chosen) return;
    for (const stop of this.#grid.querySelectorAll("[data-stop]")) stop.tabIndex = stop === chosen ? 0 : -1;
  }

  #move(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const table = this.#table();
    const here = event.target.closest("[data-stop]");
    const row = table.findIndex((stops) => stops.includes(here));
    if (row < 0) return;
    const column = table[row].indexOf(here);
    const to = { Home: [0, column], End: [table.length - 1, column] }[event.key];
    const step = STEPS[event.key];
    if (!to && !step) return;
    event.preventDefault();
    event.stopPropagation();
    const [nextRow, nextColumn] = to ?? [row + step[0], column + step[1]];
    const stops = table[Math.min(Math.max(nextRow, 0), table.length - 1)];
    stops[Math.min(Math.max(nextColumn, 0), stops.length - 1)]?.focus();
  }
}
