// Pieces that several screens have.

import { sampleLabel } from "./data.js";
import { choice, copier, foreign, h, share, visible } from "./dom.js";
import { count, measured, percent } from "./figures.js";
import { limiting, recipeLine, thresholds, weigh } from "./model.js";
import { server } from "./server.js";

const WEIGHTS = [["documents", "documents"], ["characters", "characters"], ["words", "words"]];

/** The choice of selection and weight. */
export function choices(app, weight = true) {
  const { selections } = app.data;
  return h("p", { class: "choices" },
    selections.length > 1 ? choice("selection", selections.map(({ name }) => [name, visible(name).slice(0, 60)]), app.selection.name, (selection) => app.set({ selection })) : null,
    weight ? choice("count", WEIGHTS, app.weight, (value) => app.set({ weight: value })) : null);
}

/** What the whole recipe keeps as its limits stand; `update` after each move, `confirm` when the handle is let go. */
export function recipeBar(app) {
  const kept = h("strong", { id: "recipe-kept" });
  const figures = h("span", { class: "figures" });
  const exact = h("span", { class: "exact", role: "status" });
  const moved = h("span", { class: "moved" });
  const bar = share(0);
  const element = h("div", { class: "recipe-bar" }, h("span", null, "the recipe keeps ", kept), bar, figures, h("span", { class: "label" }, sampleLabel(app.data)), exact, moved);
  const { data } = app;
  let asked = 0;
  function update() {
    const documents = app.kept;
    kept.textContent = percent(documents, data.n);
    bar.firstChild.style.setProperty("width", `${data.n ? (100 * documents) / data.n : 0}%`);
    const words = weigh(data.weights.words, app.failed);
    const characters = weigh(data.weights.characters, app.failed);
    figures.textContent = `${count(documents)} documents · ${percent(words.kept, words.whole)} of words · ${percent(characters.kept, characters.whole)} of characters${tokensText(data, characters)}`;
    exact.textContent = "";
    const lines = app.moved.map((rule) => recipeLine(data, rule));
    moved.replaceChildren(...(lines.length ? [
      `${lines.length} moved `,
      copier("copy as recipe lines", () => app.moved.map((rule) => recipeLine(data, rule)).join("\n")),
      " ",
      h("button", { type: "button", onclick: () => app.resetLimits() }, "reset"),
    ] : []));
  }
  async function confirm() {
    if (!data.served || !app.selection) return;
    const own = ++asked;
    exact.textContent = "counting over the full run…";
    try {
      const found = await server.count(request(app));
      if (own === asked) exact.textContent = `exact: ${count(found.kept)} of ${count(found.documents)} documents (${percent(found.kept, found.documents)}), ${percent(found.charactersKept, found.characters)} of characters`;
    } catch (error) {
      if (own === asked) exact.textContent = visible(error.message).slice(0, 300);
    }
  }
  return { element, update, confirm };
}

/** Tokens are counted for selections only: what is kept now is put in proportion to the characters. */
function tokensText(data, characters) {
  const tokenised = data.tokens.filter((row) => row.tokens);
  if (!tokenised.length || !data.selections.length) return "";
  const selection = data.selections.find((one) => one.name === tokenised[0].selection);
  const rows = tokenised.filter((row) => row.selection === tokenised[0].selection && row.tokenizer === tokenised[0].tokenizer);
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  if (!selection?.charactersKept || !characters.whole) return "";
  const whole = (selection.characters * characters.kept) / characters.whole;
  return ` · about ${count((tokens * whole) / selection.charactersKept)} tokens of ${visible(rows[0].tokenizer).slice(0, 40)}, by characters`;
}

/** Every limit as it stands, for the server. */
export function request(app) {
  const { data } = app;
  return {
    selection: app.selection.name,
    rules: app.rules.filter((rule) => !rule.fixed && limiting(data, rule)).map((rule) => {
      const dimension = data.dimensions[rule.dimension];
      const stands = rule.low === rule.present.low && rule.high === rule.present.high;
      if (stands) return { name: rule.name, value: dimension.name, min: rule.min, max: rule.max, above: rule.above, below: rule.below, pass_missing: rule.passMissing };
      // A limit that was not moved is sent as it is stored, as are strict ones: the sample's borders say less.
      const least = rule.low === rule.present.low ? { min: rule.min, above: rule.above } : { min: rule.low > 1 ? dimension.least[rule.low - 1] ?? Number.MAX_VALUE : null };
      const most = rule.high === rule.present.high ? { max: rule.max, below: rule.below } : { max: rule.high < dimension.ranges ? dimension.most[rule.high] ?? -Number.MAX_VALUE : null };
      return { name: rule.name, value: dimension.name, ...least, ...most, pass_missing: rule.passMissing };
    }),
    fixed: app.rules.filter((rule) => rule.fixed).map((rule) => rule.name),
  };
}

/** "50 ≤ value ≤ 10,000" */
export function keeps(app, rule) {
  if (rule.dimension === undefined) return rule.value ? "by its own limits" : "decided otherwise";
  const { least, most } = thresholds(app.data, rule);
  const strict = (name, side) => rule[name] !== null && rule[name] !== undefined && rule[side] === rule.present[side];
  if (least === null && most === null) return "any value";
  return `${least === null ? "" : `${measured(least)} ${strict("above", "low") && strict("min", "low") === false ? "<" : "≤"} `}value${most === null ? "" : ` ${strict("below", "high") && strict("max", "high") === false ? "<" : "≤"} ${measured(most)}`}`;
}

/** Rules that drop a document, as the limits stand. */
export function failing(app, i) {
  return app.rules.filter((rule) => {
    if (!limiting(app.data, rule)) return false;
    if (rule.fixed) return rule.fixed[i] === 1;
    const code = app.data.dimensions[rule.dimension].codes[i];
    return code === 0 ? !rule.passMissing : code < rule.low || code > rule.high;
  });
}

/** A document in a list: a link to its page, with a value and the beginning of its text. */
export function documentItem(app, i, value = undefined) {
  const { data } = app;
  const text = data.texts.get(i)?.text;
  return h("li", { class: app.failed[i] ? "dropped" : "kept" },
    h("a", { href: app.href("why", { doc: data.id(i) }) }, foreign(data.urls[i] || data.id(i), 90)),
    value === undefined ? null : [" ", h("mark", null, measured(value))],
    text === undefined ? null : h("p", { class: "snippet", dir: "auto" }, visible(text.slice(0, 220))));
}
