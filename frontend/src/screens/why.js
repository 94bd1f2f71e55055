// One document: its text, each rule with value, limit and verdict, and the list that it was found in.

import { choice, empty, fill, foreign, h, note, section, table, visible } from "../dom.js";
import { sampleLabel } from "../data.js";
import { count, measured } from "../figures.js";
import { choices, failing, keeps } from "../parts.js";
import { server } from "../server.js";
import { limiting } from "../model.js";
import { life } from "../life.js";

const A_PAGE = 50;
const MOST_RULES = 8; // shown with those that it passes

export function why(app) {
  const { data, parameters } = app;
  if (!data.n) return section("Why dropped", empty("No document was measured.", "corpusmill run RECIPE --input PATH --out RUN"));
  const found = matching(app);
  const page = Math.max(0, Math.min(Number(parameters.page) || 0, Math.ceil(found.length / A_PAGE) - 1));
  const shown = found.slice(page * A_PAGE, (page + 1) * A_PAGE);
  const current = parameters.doc ?? (shown.length ? data.id(shown[0]) : null);
  const search = h("input", { type: "search", value: parameters.q ?? "", placeholder: "address, id or words", "aria-label": "Search documents", onchange: (event) => app.set({ q: event.target.value, page: "", doc: "" }) });
  if (parameters.focus === "search") requestAnimationFrame(() => search.focus());
  const rules = app.rules.filter((rule) => limiting(data, rule));
  const list = h("ol", { class: "documents list", start: page * A_PAGE + 1 }, shown.map((i) => {
    const id = data.id(i);
    return h("li", { class: app.failed[i] ? "dropped" : "kept" },
      h("a", { href: here(app, { doc: id }), "data-item": id, "aria-current": id === current ? "true" : null }, foreign(data.urls[i] || id, 70)),
      h("span", { class: "soft" }, ` ${failing(app, i).map((rule) => visible(rule.name).slice(0, 40)).join(", ")}`));
  }));
  const pager = found.length > A_PAGE ? h("p", { class: "pager" },
    page > 0 ? h("a", { href: here(app, { page: page - 1, doc: "" }) }, "previous") : null,
    ` ${count(page * A_PAGE + 1)}–${count(page * A_PAGE + shown.length)} of ${count(found.length)} `,
    (page + 1) * A_PAGE < found.length ? h("a", { href: here(app, { page: page + 1, doc: "" }) }, "next") : null) : null;
  const detail = h("div", { class: "detail" });
  showDocument(app, current, detail);
  const exact = data.served && parameters.q ? h("div") : null; // the full run in place of the sample
  if (exact) searchServer(app, exact);
  const results = exact ?? [found.length ? list : empty("No document of the sample is like that."), pager];
  return section("Why dropped",
    choices(app, false),
    h("p", { class: "choices" }, search,
      choice("show", [["", "all"], ["kept", "kept"], ["dropped", "dropped"]], parameters.fate ?? "", (fate) => app.set({ fate, page: "", doc: "" })),
      choice("failing", [["", "any rule"], ...rules.map((rule) => [rule.name, visible(rule.name).slice(0, 50)])], parameters.rule ?? "", (rule) => app.set({ rule, and: "", page: "", doc: "" })),
      parameters.and ? [" and ", foreign(parameters.and, 50)] : null),
    exact ? null : note(`${count(found.length)} documents match (${sampleLabel(data)}). Words are looked for in the ${count(data.texts.size)} texts of this file. j and k: next and previous.`),
    h("div", { class: "master" }, h("div", { class: "results" }, results), detail));
}

const here = (app, parameters) => app.href("why", { ...app.parameters, focus: "", ...parameters });

/** Numbers of the documents that the parameters mean, by hash; those with a text first. */
function matching(app) {
  const { data, parameters } = app;
  const words = (parameters.q ?? "").toLowerCase();
  const rule = app.rule(parameters.rule);
  const and = app.rule(parameters.and);
  const found = [];
  for (let i = 0; i < data.n; i++) {
    if (parameters.fate === "kept" && app.failed[i]) continue;
    if (parameters.fate === "dropped" && !app.failed[i]) continue;
    if (rule || and) {
      const fails = failing(app, i);
      if ((rule && !fails.includes(rule)) || (and && !fails.includes(and))) continue;
    }
    if (parameters.language && data.paths[data.key[i]].language !== parameters.language) continue;
    if (words && !data.urls[i].toLowerCase().includes(words) && !data.id(i).toLowerCase().includes(words) && !data.texts.get(i)?.text.toLowerCase().includes(words)) continue;
    found.push(i);
  }
  const rank = (i) => data.rank[i] + (data.texts.has(i) ? 0 : data.n);
  return found.sort((a, b) => rank(a) - rank(b));
}

function showDocument(app, id, place) {
  const { data } = app;
  if (id === null) return;
  let number = -1;
  for (let i = 0; i < data.n; i++) if (data.id(i) === id) number = i;
  const raw = h("div");
  if (number < 0) {
    fill(place, h("h3", null, foreign(id, 120)), raw, data.served ? null : note("Not in the sample of this file. Run ", h("code", null, `corpusmill why RUN ${visible(id)}`), "."));
  } else {
    const text = data.texts.get(number);
    const box = h("div", { class: "text", dir: "auto" }, text ? visible(text.text) : "");
    const all = h("label", { class: "choice" }, h("input", { type: "checkbox", onchange: (event) => {
      box.textContent = visible(text.text, event.target.checked);
      box.classList.toggle("mono", event.target.checked);
    } }), " invisible characters");
    fill(place,
      h("h3", null, foreign(data.urls[number] || id, 160)),
      h("p", null, h("strong", { class: app.failed[number] ? "dropped-word" : "kept-word" }, app.failed[number] ? "dropped" : "kept"), ` · ${visible(id)} · ${count(data.weights.characters[number])} characters`),
      rulesTable(app, number),
      text ? [h("p", { class: "soft" }, all, text.chars > text.text.length ? ` the first ${count(text.text.length)} of ${count(text.chars)} characters` : ` all ${count(text.chars)} characters`), box]
        : note("Its text is not in this file. Run ", h("code", null, `corpusmill why RUN ${visible(id)}`), "."),
      partners(app, id),
      signalsTable(app, number),
      raw);
  }
  if (data.served) {
    server.page(id).then((found) => fill(raw, life(found)), (error) => fill(raw, note(visible(error.message).slice(0, 300))));
  }
}

function rulesTable(app, i) {
  const { data } = app;
  const rules = app.rules.filter((rule) => limiting(data, rule));
  if (!rules.length) return note("No rule looks at it.");
  const fails = new Set(failing(app, i));
  const row = (rule) => [foreign(rule.name, 50), valueText(data, rule, i), keeps(app, rule), h("span", { class: fails.has(rule) ? "dropped-word" : "kept-word" }, fails.has(rule) ? "fails" : "passes")];
  const columns = [{ name: "rule" }, { name: "value", numeric: true }, { name: "keeps" }, { name: "verdict" }];
  const passed = rules.filter((rule) => !fails.has(rule));
  if (rules.length <= MOST_RULES) return table("Every rule, as the limits stand", columns, rules.map(row));
  return [fails.size ? table("Rules that it fails, as the limits stand", columns, [...fails].map(row)) : note("It passes every rule."),
    h("details", null, h("summary", null, `${count(passed.length)} rules that it passes`), table("Rules that it passes", columns, passed.map(row)))];
}

function valueText(data, rule, i) {
  if (rule.dimension === undefined) return "–";
  const dimension = data.dimensions[rule.dimension];
  const exact = data.value(rule.dimension, i);
  if (exact !== undefined) return measured(exact);
  const code = dimension.codes[i];
  if (code === 0) return "missing";
  const next = dimension.starts[code];
  return next === undefined ? `from ${measured(dimension.starts[code - 1])}` : `${measured(dimension.starts[code - 1])} to ${measured(next)}`;
}

function signalsTable(app, i) {
  const rows = app.data.dimensions.map((dimension) => [foreign(dimension.name, 60), valueText(app.data, { dimension: dimension.place }, i), visible(dimension.unit)]);
  return h("details", null, h("summary", null, `all ${count(rows.length)} signals`), table("Signals", [{ name: "signal" }, { name: "value", numeric: true }, { name: "unit" }], rows));
}

function partners(app, id) {
  const found = app.data.duplicates.flatMap((one) => one.largest.filter(({ members }) => members.some((member) => member.id === id)).map((cluster) => ({ name: one.name, cluster })));
  return found.map(({ name, cluster }) => h("p", null, `in a cluster of ${count(cluster.size)} by ${visible(name)}: `, h("a", { href: app.href("duplicates", { search: name, cluster: cluster.members[0].id }) }, "its members")));
}

async function searchServer(app, place) {
  const { parameters } = app;
  const page = Number(parameters.exactPage) || 0;
  try {
    const found = await server.search({ q: parameters.q, selection: app.selection?.name, fate: parameters.fate, rule: parameters.rule, page });
    fill(place, h("h3", null, `Over the full run: ${count(found.total)} documents`),
      h("ol", { class: "documents", start: page * found.page_rows + 1 }, found.rows.map((row) => h("li", { class: row.keep === false ? "dropped" : "kept" },
        h("a", { href: here(app, { doc: row.id }), "data-item": row.id, "aria-current": row.id === parameters.doc ? "true" : null }, foreign(row.url || row.id, 90)), h("p", { class: "snippet", dir: "auto" }, visible(row.snippet))))),
      h("p", { class: "pager" }, page ? h("a", { href: here(app, { exactPage: page - 1 }) }, "previous") : null, " ", (page + 1) * found.page_rows < found.total ? h("a", { href: here(app, { exactPage: page + 1 }) }, "next") : null));
  } catch (error) {
    fill(place, note(visible(error.message).slice(0, 300)));
  }
}
