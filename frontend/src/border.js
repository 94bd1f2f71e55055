// Both sides of a limit: five documents just kept and five just dropped, and what the recipe would keep elsewhere.

import { fill, h, note, visible } from "./dom.js";
import { count, measured } from "./figures.js";
import { atBorder, yieldCurve } from "./model.js";
import { documentItem } from "./parts.js";
import { draw, line, ruleX } from "./plots.js";
import { server } from "./server.js";

export function borderPanel(app, panel, rule, side, whole) {
  const { data } = app;
  const dimension = data.dimensions[rule.dimension];
  const border = side === "low" ? rule.low - 1 : rule.high;
  const limit = side === "low" ? dimension.least[border] : dimension.most[border];
  const { below, above } = atBorder(data, dimension, border);
  panel.hidden = false;
  const list = (title, items) => h("div", null, h("h4", null, title),
    items.length ? h("ol", { class: "documents" }, items.map((i) => documentItem(app, i, data.value(dimension.place, i)))) : note("no document with its text in this file"));
  const [kept, dropped] = side === "low" ? [above, below] : [below, above];
  const at = limit === null ? (side === "low" ? "above all values" : "below all values") : measured(limit);
  const exact = h("div", { class: "exact-border" });
  fill(panel,
    h("h3", null, visible(rule.name).slice(0, 80), ` · ${side === "low" ? "least" : "most"}: ${at}`),
    h("div", { class: "halves" }, list("just kept by this limit", kept), list("just dropped by it", dropped)),
    note(`The nearest of the ${count(data.texts.size)} documents whose text is in this file.`),
    exact,
    whole ? curve(app, rule, side, limit) : null);
  if (whole && data.served && limit !== null) fromServer(app, rule, side, limit, exact);
}

/** What the whole recipe keeps, for every place of this limit. */
function curve(app, rule, side, limit) {
  const weights = app.data.weights.words;
  const points = yieldCurve(app.data, app.rules, rule, side, weights);
  if (points.length < 2) return null;
  const whole = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const axis = app.data.dimensions[rule.dimension].axis;
  const inside = points.filter(({ threshold }) => threshold >= axis.low && threshold <= axis.high);
  const parts = (inside.length > 1 ? inside : points).map((one) => ({ x: one.threshold, documents: (100 * one.documents) / app.data.n, words: (100 * one.weight) / whole }));
  return h("div", null,
    h("h4", null, "What the recipe keeps, wherever this limit stood"),
    draw({
      width: 640, height: 180, marginLeft: 44, marginBottom: 34,
      x: { label: side === "low" ? "least value" : "most value", type: axis.kind === "logarithmic" ? "symlog" : "linear" },
      y: { label: "kept, %", grid: true, zero: false },
      marks: [
        line(parts, { x: "x", y: "documents", stroke: "var(--kept)", strokeWidth: 2 }),
        line(parts, { x: "x", y: "words", stroke: "var(--dropped)", strokeWidth: 2, strokeDasharray: "4 3" }),
        limit === null ? null : ruleX([limit], { stroke: "var(--ink)" }),
      ],
    }),
    h("p", { class: "legend" }, h("span", { class: "key kept" }), " documents ", h("span", { class: "key dropped" }), " words (dashed)"));
}

async function fromServer(app, rule, side, limit, place) {
  try {
    const found = await server.border({ value: app.data.dimensions[rule.dimension].name, limit, side: side === "low" ? "min" : "max" });
    const list = (title, rows) => h("div", null, h("h4", null, title), h("ol", { class: "documents" }, rows.map((row) =>
      h("li", null, h("a", { href: app.href("why", { doc: row.id }) }, visible(row.url || row.id).slice(0, 90)), " ", h("mark", null, measured(row.value)), h("p", { class: "snippet", dir: "auto" }, visible(row.text).slice(0, 220))))));
    fill(place, h("h4", null, "Nearest over the full run"), h("div", { class: "halves" }, list("just kept by this limit", found.kept), list("just dropped by it", found.dropped)));
  } catch (error) {
    fill(place, note(visible(error.message).slice(0, 300)));
  }
}
