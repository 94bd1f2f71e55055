// Elements without markup: text enters through textContent alone, so that no document can be anything but text.

const SVG = new Set(["svg", "g", "path", "rect", "line", "circle"]);

/** An element; `attributes`: class, on…: listeners, css: custom properties, everything else as attribute. */
export function h(name, attributes, ...children) {
  const element = SVG.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "css") for (const [property, setting] of Object.entries(value)) element.style.setProperty(property, setting);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Everything in `element` anew. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return element;
}

// Controls, and characters that reorder the text after them: a page could use them to garble what stands beside it.
const GARBLING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const INVISIBLE = /[\t\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200d\u202f\u205f\u2060-\u2064\u3000\u3164\ufe00-\ufe0f]/gu;

const point = (character) => `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** `text` with what garbles as code points; with `all`, whatever one cannot see, too. */
export function visible(text, all = false) {
  const plain = String(text).replace(GARBLING, point);
  return all ? plain.replace(INVISIBLE, point).replace(/\n/g, "⏎\n") : plain;
}

/** Foreign text in a line of its own direction, cut after `limit` characters. */
export function foreign(text, limit = 120) {
  const whole = text === null || text === undefined || text === "" ? "–" : visible(text);
  return h("bdi", { class: "foreign", title: whole.length > limit ? whole.slice(0, 1000) : null }, whole.length > limit ? `${whole.slice(0, limit)}…` : whole);
}

/** A table in a box that scrolls sideways. Cells are nodes or texts; columns are {name, numeric, sort}. */
export function table(caption, columns, rows, onsort) {
  const head = columns.map((column) =>
    h("th", { scope: "col", class: column.numeric ? "number" : null, "aria-sort": column.sorted ?? null },
      column.sort && onsort ? h("button", { type: "button", class: "sort", onclick: () => onsort(column.sort) }, column.name) : column.name));
  const body = rows.map((row) => h("tr", null, row.map((cell, place) => (place === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: columns[place].numeric ? "number" : null }, cell)))));
  return h("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": caption },
    h("table", null, h("caption", null, caption), h("thead", null, h("tr", null, head)), h("tbody", null, body)));
}

export function section(title, ...content) {
  return h("section", null, h("h2", null, title), content);
}

/** What is not there, and what to type to have it. */
export function empty(what, command) {
  return h("p", { class: "empty" }, what, command ? [" Run ", h("code", null, command), "."] : null);
}

export const note = (...content) => h("p", { class: "note" }, content);

/** A bar as long as a part of the whole; the number stands beside it. */
export function share(part, kind = "kept") {
  return h("span", { class: "bar", "aria-hidden": "true" }, h("span", { class: kind, css: { width: `${Math.max(0, Math.min(100, 100 * (part || 0)))}%` } }));
}

/** A list of choices; `changed` gets the value of the one that is taken. */
export function choice(label, options, value, changed) {
  const list = h("select", { onchange: (event) => changed(event.target.value) },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  return h("label", { class: "choice" }, `${label} `, list);
}

/** A button that puts `text()` on the clipboard, and shows it where the browser does not let it. */
export function copier(label, text) {
  const shown = h("output", { class: "copied" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      shown.textContent = "copied";
    } catch {
      shown.textContent = text();
    }
  };
  return h("span", { class: "copier" }, h("button", { type: "button", onclick: copy }, label), " ", shown);
}
