// Clusters of duplicates: how large, how alike, and what differs.

import { choice, empty, foreign, h, note, section, table, visible } from "../dom.js";
import { count, percent } from "../figures.js";
import { dot, draw, rectY } from "../plots.js";

export function duplicates(app) {
  const { data, parameters } = app;
  if (!data.duplicates.length) return section("Duplicates", empty("No clusters of duplicates have been looked for.", "corpusmill dedupe RUN --method minhash"));
  const found = data.duplicates.find((one) => one.name === parameters.search) ?? data.duplicates[0];
  const { counts } = found;
  return [section("Duplicates",
    data.duplicates.length > 1 ? choice("search", data.duplicates.map(({ name }) => [name, visible(name)]), found.name, (search) => app.set({ search, cluster: "" })) : null,
    h("p", null, h("strong", null, percent(counts.duplicates, counts.documents)), ` are duplicates: ${count(counts.duplicates)} of ${count(counts.documents)} documents, in ${count(counts.clusters)} clusters; the largest has ${count(counts.largest_cluster)}. Exact.`),
    h("div", { class: "halves" }, sizes(found), similarity(found))),
  pairs(app, found),
  section("The largest clusters", found.largest.map((cluster) => clusterOf(app, cluster, parameters.cluster))),
  hosts(found)];
}

function sizes(found) {
  const points = found.sizes.map(([size, clusters]) => ({ size, clusters }));
  return h("div", null, h("h3", null, "Sizes"), draw({
    width: 460, height: 220, marginBottom: 36,
    x: { type: "log", label: "documents in a cluster", grid: true, tickFormat: "~s" }, y: { type: "log", label: "clusters", grid: true, tickFormat: "~s" },
    marks: [dot(points, { x: "size", y: "clusters", r: 4, fill: "var(--kept)", title: ({ size, clusters }) => `${count(clusters)} clusters of ${count(size)}` })],
  }));
}

function similarity(found) {
  const bars = found.similarities.map(([place, documents]) => ({ x1: place / 50, x2: (place + 1) / 50, documents }));
  if (!bars.length) return h("div", null, h("h3", null, "Similarity"), note("Not measured by this search."));
  return h("div", null, h("h3", null, "Similarity to the one that stays"), draw({
    width: 460, height: 220, marginBottom: 36,
    x: { domain: [Math.max(0, Math.min(...bars.map(({ x1 }) => x1)) - 0.02), 1], label: "similarity" }, y: { label: "duplicates", grid: true },
    marks: [rectY(bars, { x1: "x1", x2: "x2", y1: 0, y2: "documents", fill: "var(--kept)", insetLeft: 0.5, insetRight: 0.5 })],
  }));
}

/** The pairs nearest to a similarity that a slider sets: is what is there still the same? */
function pairs(app, found) {
  if (!found.pairs.length) return null;
  const least = found.pairs[0].similarity;
  const most = found.pairs.at(-1).similarity;
  const place = h("div");
  const shown = h("output");
  const show = (value) => {
    shown.textContent = Number(value).toFixed(3);
    const nearest = [...found.pairs].sort((a, b) => Math.abs(a.similarity - value) - Math.abs(b.similarity - value)).slice(0, 3).sort((a, b) => a.similarity - b.similarity);
    place.replaceChildren(...nearest.map((pair) => h("article", { class: "pair" },
      h("p", null, h("mark", null, pair.similarity.toFixed(3)), " ", foreign(pair.urls[0] || pair.stays, 80), h("span", { class: "soft" }, " and "), foreign(pair.urls[1] || pair.goes, 80)), differences(pair))));
  };
  const slider = h("input", { type: "range", min: least, max: most, step: "any", value: app.parameters.similarity ?? least, "aria-label": "Similarity", oninput: (event) => show(event.target.value), onchange: (event) => app.note({ similarity: Number(event.target.value).toFixed(3) }) });
  show(slider.value || least);
  return section("Pairs at a similarity", h("p", { class: "choices" }, slider, " ", shown), place, note(`Nearest of ${count(found.pairs.length)} pairs, evenly drawn from all.`));
}

function differences({ lines, more }) {
  if (!lines.length) return note("The same text.");
  return h("div", { class: "differences" },
    lines.map(([sign, line]) => h("p", { class: sign === "-" ? "minus" : sign === "+" ? "plus" : "same", dir: "auto" }, h("span", { class: "sign", "aria-hidden": "true" }, sign || " "), visible(line))),
    more ? note(`… ${count(more)} lines more`) : null);
}

function clusterOf(app, cluster, open) {
  const [first, ...others] = cluster.members;
  return h("details", { open: first.id === open },
    h("summary", null, `${count(cluster.size)} documents: `, foreign(first.url || first.id, 90), cluster.elsewhere ? " (what stays is in an earlier run)" : ""),
    h("article", { class: "pair" }, h("p", null, h("strong", null, first.stays ? "stays " : ""), h("a", { href: app.href("why", { doc: first.id }) }, foreign(first.id, 90))), differences(first)),
    others.map((member) => h("article", { class: "pair" },
      h("p", null, member.similarity === null ? "goes " : [h("mark", null, member.similarity.toFixed(3)), " "], h("a", { href: app.href("why", { doc: member.id }) }, foreign(member.url || member.id, 90))), differences(member))),
    cluster.size > cluster.members.length ? note(`${count(cluster.size - cluster.members.length)} more members`) : null);
}

function hosts(found) {
  const rows = (found.counts.hosts ?? []).map(([host, documents, duplicate]) => [foreign(host, 60), count(documents), count(duplicate), percent(duplicate, documents)]);
  return rows.length ? section("Hosts with most duplicates", table("Exact", [{ name: "host" }, { name: "documents", numeric: true }, { name: "duplicates", numeric: true }, { name: "part", numeric: true }], rows)) : null;
}
