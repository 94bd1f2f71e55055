// Which rules drop the same documents, and what would come back without each: which of them is useless?

import { choice, empty, foreign, h, note, section, share, table, visible } from "../dom.js";
import { count, measured, percent } from "../figures.js";
import { choices } from "../parts.js";
import { dot, draw, line } from "../plots.js";

export function overlap(app) {
  const { selection, data } = app;
  if (!selection) return section("Overlap of rules", empty("No selection has been made.", "corpusmill select RUN --recipe redpajama2-gopher --name NAME"));
  const { rules, documents } = selection;
  if (!rules.length) return section("Overlap of rules", choices(app, false), empty("The selection has no rules: it keeps all."));
  const marginal = rules.map((rule) => [
    foreign(rule.name, 60), count(rule.drops), h("span", null, share(rule.drops / documents, "dropped"), " ", percent(rule.drops, documents)),
    count(rule.alone), percent(rule.charactersAlone, selection.characters), rule.alone ? (rule.alone === rule.drops ? "none is shared" : percent(rule.drops - rule.alone, rule.drops)) : h("span", { class: rule.drops ? "alarm" : "soft" }, rule.drops ? "nothing of its own" : "drops nothing"),
  ]);
  return [section("What each rule costs",
    choices(app, false),
    table(`Exact, over all ${count(documents)} documents`, [
      { name: "rule" }, { name: "drops", numeric: true }, { name: "of documents", numeric: true }, { name: "come back without it", numeric: true }, { name: "of characters", numeric: true }, { name: "shared with others", numeric: true }], marginal),
    note("Nothing of its own: without this one rule the same documents would be kept. Several such rules may stand in for each other.")),
  section("Overlap of rules", matrix(app, selection), note("Documents that fail both; on the diagonal, all that fail the rule. The darker, the greater the part of the rule of that row. A cell opens documents of the sample.")),
  data.pareto.length ? pareto(app) : null];
}

/** A rule's name, which may be broken after each underscore. */
const breakable = (name) => h("bdi", null, visible(name).slice(0, 40).split(/(?<=_)/).flatMap((part) => [part, h("wbr")]));

function matrix(app, selection) {
  const places = selection.rules.flatMap((rule, place) => (rule.drops ? [place] : []));
  const rules = places.map((place) => selection.rules[place]);
  const found = places.map((i) => places.map((j) => selection.overlap[i][j]));
  if (!rules.length) return note("No rule drops anything.");
  const columns = [{ name: "fails" }, ...rules.map((rule) => ({ name: breakable(rule.name), numeric: true }))];
  const rows = rules.map((rule, i) => [foreign(rule.name, 40), ...rules.map((other, j) =>
    h("a", {
      class: "cell", href: app.href("why", { fate: "dropped", rule: rule.name, and: i === j ? "" : other.name }),
      title: `${visible(rule.name)}${i === j ? "" : ` and ${visible(other.name)}`}: ${count(found[i][j])}`,
      css: { "--part": `${found[i][i] ? Math.round((70 * found[i][j]) / found[i][i]) : 0}%` },
    }, count(found[i][j])))]);
  return h("div", { class: "matrix" }, table(`Documents that fail both, of ${count(selection.documents)}: exact`, columns, rows));
}

/** Tokens (words) against a score: what a threshold on it buys. */
function pareto(app) {
  const { pareto: curves } = app.data;
  const name = app.parameters.score ?? curves[0].name;
  const found = curves.find((one) => one.name === name) ?? curves[0];
  const points = found.weights.map((weight, place) => ({ weight, mean: found.means[place], score: found.scores[place] }));
  return section("Words against a score",
    choice("score", curves.map((one) => [one.name, visible(one.name)]), found.name, (score) => app.set({ score })),
    draw({
      width: 640, height: 260, marginLeft: 60, marginBottom: 40,
      x: { label: "words kept, as the least score falls", grid: true, tickFormat: (value) => measured(value) },
      y: { label: "mean score of a word kept", grid: true },
      marks: [
        line(points, { x: "weight", y: "mean", stroke: "var(--kept)", strokeWidth: 2 }),
        dot(points, { x: "weight", y: "mean", r: 3, fill: "var(--kept)", title: (one) => `score ≥ ${measured(one.score)}: ${count(one.weight)} words, mean ${measured(one.mean)}` }),
      ],
    }),
    note("Each point is a threshold on the score; no point is better in both than another. In the sample."));
}
