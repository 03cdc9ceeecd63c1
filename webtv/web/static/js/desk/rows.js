/**
 * Makes the children of `list` those of `items`, in their order. What `make(item)` gave for a key stays in the page as
 * long as the key does, so focus, scrolling and pictures survive an update; `{element, update(item, index)}` is asked of it.
 */
export class Rows {
  #list;
  #key;
  #make;
  #rows = new Map();

  constructor(list, key, make) {
    this.#list = list;
    this.#key = key;
    this.#make = make;
  }

  get(key) {
    return this.#rows.get(key);
  }

  values() {
    return this.#rows.values();
  }

  show(items) {
    const keys = new Set(items.map(this.#key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.forget?.();
      row.element.remove();
      this.#rows.delete(key);
    }
    items.forEach((item, index) => {
      const key = this.#key(item);
      if (!this.#rows.has(key)) this.#rows.set(key, this.#make(item));
      const row = this.#rows.get(key);
      row.update(item, index);
      const there = this.#list.children[index];
      if (there !== row.element) this.#list.insertBefore(row.element, there ?? null);
    });
  }
}
