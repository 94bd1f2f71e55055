// Rules with limits that move, and what they keep of the sample.

/** Rules of a selection, and one rule more for every signal that no rule of it looks at; `limits` as in the address. */
export function rulesOf(data, selection, limits = {}) {
  const rules = (selection?.rules ?? []).map((rule) => ({ ...rule, extra: false }));
  const used = new Set(rules.map((rule) => rule.dimension));
  for (const dimension of data.dimensions) {
    if (used.has(dimension.place) || dimension.name.includes(" \u00b7 ")) continue; // the text of another recipe's edit
    rules.push({ name: dimension.name, value: dimension.name, extra: true, fixed: null, dimension: dimension.place, low: 1, high: dimension.ranges, passMissing: false, min: null, max: null, above: null, below: null });
  }
  for (const rule of rules) {
    rule.present = { low: rule.low, high: rule.high };
    const moved = limits[rule.name];
    if (moved && rule.dimension !== undefined) [rule.low, rule.high] = parsed(data.dimensions[rule.dimension], moved);
  }
  return rules;
}

/** Whether a rule is other than it was stored. */
export const changed = (rule) => rule.dimension !== undefined && (rule.low !== rule.present.low || rule.high !== rule.present.high);

/** Whether a rule looks at its value at all: one without limits keeps missing ones too, unless it was stored so. */
export function limiting(data, rule) {
  if (rule.fixed) return true;
  if (!rule.extra) return true;
  return rule.low > 1 || rule.high < data.dimensions[rule.dimension].ranges;
}

/** For each code, 1 where the rule drops it. */
export function dropTable(rule) {
  const table = new Uint8Array(256).fill(1);
  table.fill(0, rule.low, Math.max(rule.low, rule.high + 1));
  table[0] = rule.passMissing ? 0 : 1;
  return table;
}

/** Into `failed`: by how many rules each document is dropped. Returns how many it kept. */
export function recount(data, rules, failed) {
  failed.fill(0);
  const n = failed.length;
  for (const rule of rules) {
    if (!limiting(data, rule)) continue;
    if (rule.fixed) {
      const { fixed } = rule;
      for (let i = 0; i < n; i++) failed[i] += fixed[i];
    } else {
      const table = dropTable(rule);
      const { codes } = data.dimensions[rule.dimension];
      for (let i = 0; i < n; i++) failed[i] += table[codes[i]];
    }
  }
  let kept = 0;
  for (let i = 0; i < n; i++) kept += failed[i] === 0 ? 1 : 0;
  return kept;
}

/** The same where `others` says by how many other rules each document is dropped: one rule is looked at, not all. */
export function recountOne(data, rule, others, failed) {
  const table = limiting(data, rule) ? dropTable(rule) : new Uint8Array(256);
  const { codes } = data.dimensions[rule.dimension];
  let kept = 0;
  for (let i = 0; i < failed.length; i++) {
    failed[i] = others[i] + table[codes[i]];
    kept += failed[i] === 0 ? 1 : 0;
  }
  return kept;
}

/** How much of a weight is kept, and how much there is. */
export function weigh(weights, failed) {
  let kept = 0;
  let whole = 0;
  for (let i = 0; i < failed.length; i++) {
    whole += weights[i];
    if (failed[i] === 0) kept += weights[i];
  }
  return { kept, whole };
}

/** How many documents the rule alone keeps. */
export function keptAlone(data, rule) {
  if (rule.fixed) return rule.fixed.reduce((sum, bit) => sum + (bit ? 0 : 1), 0);
  if (!limiting(data, rule)) return data.n;
  const { totals } = data.dimensions[rule.dimension];
  const table = dropTable(rule);
  let kept = 0;
  for (let code = 0; code < 256; code++) if (!table[code]) kept += totals[code];
  return kept;
}

/** Kept documents of each bar. */
export function keptBars(dimension, failed) {
  const found = new Uint32Array(dimension.axis.bars);
  const { codes, bar } = dimension;
  for (let i = 0; i < failed.length; i++) if (failed[i] === 0 && codes[i]) found[bar[codes[i]]]++;
  return found;
}

/** All documents of each bar. */
export function allBars(dimension) {
  const found = new Uint32Array(dimension.axis.bars);
  for (let code = 1; code < 256; code++) if (dimension.totals[code]) found[dimension.bar[code]] += dimension.totals[code];
  return found;
}

/** What the recipe keeps for every place of one limit of a rule: [threshold, documents, weight], from the lowest. */
export function yieldCurve(data, rules, rule, side, weights) {
  const failed = new Uint8Array(data.n);
  recount(data, rules.filter((other) => other !== rule), failed);
  const dimension = data.dimensions[rule.dimension];
  const documents = new Float64Array(257);
  const weight = new Float64Array(257);
  for (let i = 0; i < data.n; i++) {
    if (failed[i]) continue;
    documents[dimension.codes[i]]++;
    weight[dimension.codes[i]] += weights[i];
  }
  const missing = rule.passMissing ? [documents[0], weight[0]] : [0, 0];
  const points = [];
  for (let border = 0; border <= dimension.ranges; border++) {
    const threshold = side === "low" ? dimension.least[border] : dimension.most[border];
    if (threshold === null) continue;
    const [first, last] = side === "low" ? [border + 1, rule.high] : [rule.low, border];
    let [kept, heavy] = missing;
    for (let code = first; code <= last; code++) {
      kept += documents[code];
      heavy += weight[code];
    }
    points.push({ threshold, documents: kept, weight: heavy, border });
  }
  return points;
}

/** The limits of a rule as numbers; null: none on that side. */
export function thresholds(data, rule) {
  const dimension = data.dimensions[rule.dimension];
  const stored = (side, ...names) => (rule[side] === rule.present[side] ? names.map((name) => rule[name]).find((value) => value !== null && value !== undefined) : undefined);
  const least = rule.low > 1 ? dimension.least[rule.low - 1] ?? Infinity : null;
  const most = rule.high < dimension.ranges ? dimension.most[rule.high] ?? -Infinity : null;
  return { least: stored("low", "min", "above") ?? least, most: stored("high", "max", "below") ?? most };
}

/** "50..10000", "..0.1": how a moved rule stands in the address. */
export function written(data, rule) {
  const dimension = data.dimensions[rule.dimension];
  const least = rule.low > 1 ? dimension.least[rule.low - 1] ?? "none" : "";
  const most = rule.high < dimension.ranges ? dimension.most[rule.high] ?? "none" : "";
  return `${least}..${most}`;
}

/** The codes that `text` means: the nearest borders. */
function parsed(dimension, text) {
  const [least, most] = text.split("..");
  const nearest = (borders, value) => {
    if (value === "none") return borders.indexOf(null);
    let best = 0;
    borders.forEach((border, place) => {
      if (border === null) return;
      if (borders[best] === null || Math.abs(border - value) < Math.abs(borders[best] - value)) best = place;
    });
    return best;
  };
  return [least === "" ? 1 : nearest(dimension.least, least) + 1, most === "" || most === undefined ? dimension.ranges : nearest(dimension.most, most)];
}

/** What to give to `corpusmill select` for one moved rule. */
export function recipeLine(data, rule) {
  const { least, most } = { least: null, most: null, ...limitsMoved(data, rule) };
  if (!rule.extra) {
    const side = (name, value) => `--set rule.${rule.name}.${name}=${value}`;
    return [least !== null ? side(rule.above !== null && rule.above !== undefined ? "above" : "min", least) : null, most !== null ? side(rule.below !== null && rule.below !== undefined ? "below" : "max", most) : null].filter(Boolean).join(" ");
  }
  const lines = ["[[rule]]", `name = ${JSON.stringify(rule.name)}`, `value = ${JSON.stringify(rule.value)}`];
  if (least !== null) lines.push(`min = ${least}`);
  if (most !== null) lines.push(`max = ${most}`);
  return lines.join("\n");
}

/** Limits that were moved, as numbers that the recipe's own words (min or above, max or below) keep the same by. */
function limitsMoved(data, rule) {
  const dimension = data.dimensions[rule.dimension];
  const found = {};
  const { low, high, present } = rule;
  const strict = (name) => rule[name] !== null && rule[name] !== undefined;
  if (rule.extra ? low > 1 : low !== present.low) {
    const value = strict("above") ? dimension.most[low - 1] : dimension.least[low - 1];
    found.least = value ?? (low > 1 ? "inf" : "-inf");
  }
  if (rule.extra ? high < dimension.ranges : high !== present.high) {
    const value = strict("below") ? dimension.least[high] : dimension.most[high];
    found.most = value ?? (high < 1 ? "-inf" : "inf");
  }
  return found;
}

/** Numbers of the documents with a text nearest to a border: those below it and those above, the nearest first. */
export function atBorder(data, dimension, border, most = 5) {
  const below = [];
  const above = [];
  for (const i of data.texts.keys()) {
    const code = dimension.codes[i];
    if (code) (code <= border ? below : above).push(i);
  }
  const value = (i) => data.value(dimension.place, i);
  below.sort((a, b) => value(b) - value(a) || data.rank[a] - data.rank[b]);
  above.sort((a, b) => value(a) - value(b) || data.rank[a] - data.rank[b]);
  return { below: below.slice(0, most), above: above.slice(0, most) };
}
