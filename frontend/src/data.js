// The payload as arrays: one entry a sampled document.

function bytes(text) {
  const raw = atob(text);
  const found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found;
}

const numbers = (text, kind) => new kind(bytes(text).buffer);

/** One byte a document from one bit a document. */
function unpacked(text, documents) {
  const packed = bytes(text);
  const found = new Uint8Array(documents);
  for (let i = 0; i < documents; i++) found[i] = (packed[i >> 3] >> (i & 7)) & 1;
  return found;
}

export function decode(payload) {
  const raw = payload.documents;
  const n = raw.sampled;
  const key = numbers(raw.key, Uint32Array);
  const paths = raw.paths.map((path) => {
    const [snapshot, shard, group] = path.split("/");
    const [language, bucket] = (group ?? "").split("_");
    return { path, source: `${snapshot}/${shard}`, language: language ?? "?", bucket: bucket ?? "?" };
  });
  const line = numbers(raw.line, Uint32Array);
  const ones = new Uint32Array(n).fill(1);
  const dimensions = payload.dimensions.map((one, place) => {
    const codes = bytes(one.codes);
    const totals = new Uint32Array(256);
    for (let i = 0; i < n; i++) totals[codes[i]]++;
    return { ...one, place, codes, totals, ranges: one.starts.length, bar: barsOf(one) };
  });
  const selections = payload.selections.map((one) => ({
    ...one,
    keep: unpacked(one.keep, n),
    rules: one.rules.map((rule) => ({ ...rule, fixed: rule.fixed === undefined ? null : unpacked(rule.fixed, n) })),
  }));
  const texts = new Map(raw.texts.map(([number, text, chars], place) => [number, { text, chars, place }]));
  const values = numbers(raw.textValues, Float64Array);
  return {
    ...payload,
    n,
    total: raw.total,
    key,
    paths,
    line,
    rank: numbers(raw.rank, Uint32Array),
    host: numbers(raw.host, Uint16Array),
    hosts: raw.hosts,
    urls: raw.urls,
    weights: { documents: ones, characters: numbers(raw.characters, Uint32Array), words: numbers(raw.words, Uint32Array) },
    dimensions,
    selections,
    texts,
    exact: n === raw.total,
    id: (i) => `${paths[key[i]].path}.json.gz/${line[i]}`,
    /** The measured value of a document that came with its text; else undefined. */
    value: (dimension, i) => (texts.has(i) ? values[texts.get(i).place * payload.dimensions.length + dimension] : undefined),
  };
}

/** Where a value stands on the axis of its histogram, in bars. */
export function position(axis, value) {
  if (axis.kind === "each value") return value - axis.low + 0.5;
  const scale = axis.kind === "logarithmic" ? Math.log1p : (x) => x;
  const clipped = Math.max(axis.low, Math.min(axis.high, value));
  const [low, high] = [scale(axis.low), scale(axis.high)];
  return high === low ? axis.bars / 2 : ((scale(clipped) - low) / (high - low)) * axis.bars;
}

/** The bar of each code. */
function barsOf(dimension) {
  const found = new Uint8Array(256);
  if (!dimension.axis) return found;
  dimension.starts.forEach((start, place) => {
    const at = Math.floor(position(dimension.axis, start) + 1e-9);
    found[place + 1] = Math.max(0, Math.min(dimension.axis.bars - 1, at));
  });
  return found;
}

/** "sample of 50,000 of 1,000,000 documents", or that it is exact. */
export function sampleLabel(data) {
  const grouped = (value) => value.toLocaleString("en-US");
  return data.exact ? `exact: all ${grouped(data.total)} documents` : `sample of ${grouped(data.n)} of ${grouped(data.total)} documents`;
}
