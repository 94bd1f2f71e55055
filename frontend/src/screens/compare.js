// Two selections of the run side by side, or a selection and the limits as the handles stand.

import { choice, empty, foreign, h, note, section, share, table, visible } from "../dom.js";
import { sampleLabel } from "../data.js";
import { count, percent } from "../figures.js";
import { documentItem } from "../parts.js";

const NOW = "\u2192now"; // no selection is called so

export function compare(app) {
  const { data, parameters } = app;
  if (!data.selections.length) return section("Compare", empty("No selection has been made.", "corpusmill select RUN --recipe redpajama2-gopher --name NAME"));
  const options = [...data.selections.map(({ name }) => [name, visible(name).slice(0, 60)]), [NOW, "the handles as they stand"]];
  const first = parameters.a ?? data.selections[0].name;
  const second = parameters.b ?? data.selections[1]?.name ?? NOW;
  const keepOf = (name) => (name === NOW ? app.failed.map((failed) => (failed ? 0 : 1)) : data.selections.find((one) => one.name === name)?.keep);
  const [a, b] = [keepOf(first), keepOf(second)];
  const head = h("p", { class: "choices" }, choice("A", options, first, (value) => app.set({ a: value })), choice("B", options, second, (value) => app.set({ b: value })));
  if (!a || !b) return section("Compare", head, empty("No such selection.", "corpusmill select RUN --recipe RECIPE --name NAME"));
  const groups = { both: [], "only A": [], "only B": [], neither: [] };
  for (let i = 0; i < data.n; i++) groups[a[i] ? (b[i] ? "both" : "only A") : b[i] ? "only B" : "neither"].push(i);
  const weigh = (numbers, weight) => numbers.reduce((sum, i) => sum + data.weights[weight][i], 0);
  const whole = { characters: weigh([...a.keys()], "characters"), words: weigh([...a.keys()], "words") };
  const rows = Object.entries(groups).map(([name, found]) => [name, count(found.length), h("span", null, share(found.length / data.n), " ", percent(found.length, data.n)), percent(weigh(found, "words"), whole.words), percent(weigh(found, "characters"), whole.characters)]);
  const same = second === NOW && first === app.selection?.name && !app.moved.length;
  return [section("Compare", head,
    same ? note("The handles stand as stored. Move one on ", h("a", { href: app.href("signals") }, "Signals"), ", or make a second selection: ", h("code", null, "corpusmill select RUN --recipe RECIPE --name NAME"), ".") : null,
    table(`Kept by (${sampleLabel(data)})`, [{ name: "kept by" }, { name: "documents", numeric: true }, { name: "of documents", numeric: true }, { name: "of words", numeric: true }, { name: "of characters", numeric: true }], rows)),
  mix(app, "Languages", a, b, (i) => data.paths[data.key[i]].language),
  mix(app, "Hosts", a, b, (i) => data.hosts[data.host[i]] ?? "other hosts"),
  ["only A", "only B"].map((name) => section(`Documents of ${name}`, groups[name].length
    ? h("ol", { class: "documents" }, first5(data, groups[name]).map((i) => documentItem(app, i)))
    : note("None.")))];
}

const first5 = (data, numbers) => [...numbers].sort((a, b) => (data.texts.has(b) - data.texts.has(a)) || data.rank[a] - data.rank[b]).slice(0, 5);

/** Parts of what A and B keep, the greatest differences first. */
function mix(app, title, a, b, nameOf) {
  const found = new Map();
  const whole = [0, 0];
  for (let i = 0; i < app.data.n; i++) {
    const sums = found.get(nameOf(i)) ?? [0, 0];
    for (const [side, keep] of [a, b].entries()) {
      sums[side] += keep[i];
      whole[side] += keep[i];
    }
    found.set(nameOf(i), sums);
  }
  const part = ([, sums], side) => (whole[side] ? sums[side] / whole[side] : 0);
  const sorted = [...found].sort((x, y) => Math.abs(part(y, 0) - part(y, 1)) - Math.abs(part(x, 0) - part(x, 1)) || y[1][0] - x[1][0] || (x[0] < y[0] ? -1 : 1)).slice(0, 20);
  const rows = sorted.map((one) => [foreign(one[0], 50), count(one[1][0]), percent(one[1][0], whole[0]), count(one[1][1]), percent(one[1][1], whole[1]), `${100 * (part(one, 1) - part(one, 0)) >= 0 ? "+" : "−"}${Math.abs(100 * (part(one, 1) - part(one, 0))).toFixed(2)} points`]);
  return section(title, table("The greatest differences first", [{ name: title.toLowerCase().slice(0, -1) }, { name: "A", numeric: true }, { name: "of A", numeric: true }, { name: "B", numeric: true }, { name: "of B", numeric: true }, { name: "B against A", numeric: true }], rows));
}
