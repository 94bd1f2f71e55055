// From records read to documents selected: each band is as wide as what went that way, and opens samples of it.

import { empty, foreign, h, note, section, share, table, visible } from "../dom.js";
import { count, percent } from "../figures.js";
import { choices } from "../parts.js";

export function yields(app) {
  const { data } = app;
  if (!data.stages.length) return section("Yield", empty("No stage has been counted.", "corpusmill run RECIPE --input PATH --out RUN"));
  const start = data.read || data.stages[0].in;
  const open = app.parameters.band ?? null;
  const rows = data.stages.map((stage) => stageRow(app, stage, start, open));
  const { selection } = app;
  return section("Yield",
    choices(app),
    h("div", { class: "funnel-bands" }, rows, selection ? selectionRow(app, selection, start) : null),
    note("Width: records, of all that were read. A band opens examples of what left there; its numbers are exact."),
    open ? examples(app, open) : null);
}

function band(kind, part, whole, label, open, href) {
  const wide = whole ? (100 * part) / whole : 0;
  return h("a", { class: `band ${kind}`, href, "aria-current": open ? "true" : null, title: `${visible(label)}: ${count(part)}`, "aria-label": `${visible(label)}: ${count(part)}`, css: { width: `max(${wide}%, 4px)` } });
}

function stageRow(app, stage, start, open) {
  const lost = [["dropped", stage.dropped], ["quarantined", stage.quarantined]].flatMap(([fate, reasons]) =>
    Object.entries(reasons ?? {}).map(([reason, records]) => ({ fate, reason, records })));
  lost.sort((a, b) => b.records - a.records || (a.reason < b.reason ? -1 : 1));
  const name = ({ reason }) => `${stage.stage}/${reason}`;
  return h("div", { class: "stage" },
    h("h3", null, visible(stage.stage), h("span", { class: "soft" }, ` ${count(stage.in)} in, ${count(stage.kept)} go on (${percent(stage.kept, start)} of all)`)),
    h("div", { class: "bands" },
      h("span", { class: "band kept", css: { width: `${(100 * stage.kept) / start}%` } }),
      lost.map((one) => band(one.fate, one.records, start, one.reason, open === name(one), app.href("yield", { band: name(one) })))),
    h("ul", { class: "reasons" }, lost.map((one) =>
      h("li", null, h("a", { href: app.href("yield", { band: name(one) }) }, h("span", { class: `key ${one.fate}` }), foreign(one.reason, 60)), ` ${count(one.records)}`))));
}

function selectionRow(app, selection, start) {
  const records = selection.documents;
  const characters = app.weight === "characters";
  const [whole, kept] = characters ? [selection.characters, selection.charactersKept] : [records, selection.kept];
  const scale = characters ? (100 * records) / start / whole : 100 / start;
  const rules = selection.rules.filter((rule) => rule.drops);
  return h("div", { class: "stage" },
    h("h3", null, `select ${visible(selection.name).slice(0, 60)}`, h("span", { class: "soft" }, ` ${count(whole)} ${characters ? "characters" : "documents"} in, ${count(kept)} kept (${percent(kept, whole)})`)),
    h("div", { class: "bands" },
      h("a", { class: "band kept", href: app.href("why", { fate: "kept" }), "aria-label": `kept: ${count(kept)}`, title: `kept: ${count(kept)}`, css: { width: `${kept * scale}%` } }),
      h("a", { class: "band dropped", href: app.href("why", { fate: "dropped" }), "aria-label": `dropped: ${count(whole - kept)}`, title: `dropped: ${count(whole - kept)}`, css: { width: `max(${(whole - kept) * scale}%, 4px)` } })),
    h("ul", { class: "reasons" }, rules.sort((a, b) => b.drops - a.drops).map((rule) =>
      h("li", null, h("a", { href: app.href("why", { fate: "dropped", rule: rule.name }) }, h("span", { class: "key dropped" }), foreign(rule.name, 60)), ` ${count(rule.drops)} `, share(rule.drops / records, "dropped")))));
}

function examples(app, open) {
  const [stage, ...rest] = open.split("/");
  const reason = rest.join("/");
  const found = app.data.examples.filter((one) => one.stage === stage && one.reason === reason);
  const whole = app.data.losses.find((one) => one.stage === stage && one.reason === reason)?.records ?? 0;
  const title = `Lost at ${visible(stage)}: ${visible(reason)}`;
  if (!found.length) return section(title, empty("The table of fates, pages/, is not here.", "corpusmill run RECIPE --input PATH --out RUN"));
  const rows = found.map((one) => [foreign(one.url, 110), foreign(one.source, 60), count(one.ordinal), one.offset >= 0 ? count(one.offset) : "–"]);
  return section(title,
    table(`First ${count(found.length)} of ${count(whole)} records of this reason`, [{ name: "address" }, { name: "input" }, { name: "number", numeric: true }, { name: "offset, bytes", numeric: true }], rows),
    note("One of them in full: ", h("code", null, "corpusmill why RUN ADDRESS"), "."));
}
