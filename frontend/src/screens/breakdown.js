// Languages, buckets, sources and hosts, before and after the selection; what loses most is pointed out.

import { choice, empty, foreign, h, note, section, share, table } from "../dom.js";
import { count, percent } from "../figures.js";
import { choices } from "../parts.js";

const ALARM = 0.5;
const LEAST = 20;

export function breakdown(app) {
  const { selection } = app;
  if (!selection) return section("Breakdown", empty("No selection has been made.", "corpusmill select RUN --recipe redpajama2-gopher --name NAME"));
  const by = (name) => grouped(selection, name);
  const hosts = selection.hosts.map(([host, ...counts]) => ({ name: host, counts }));
  return [section("Breakdown", choices(app, false), choice("sort by", [["documents", "documents"], ["kept", "part kept"], ["name", "name"]], app.parameters.sort ?? "documents", (sort) => app.set({ sort })),
    note(`Exact, before and after the selection. Marked: groups of at least ${LEAST} documents that lose more than ${100 * ALARM} %.`), app.moved.length ? note("“Handles now” is what the limits as they stand keep of the sample.") : null),
  part(app, "Languages", "language", by((path) => path.language), (i) => app.data.paths[app.data.key[i]].language),
  part(app, "Buckets of perplexity", "bucket", by((path) => path.bucket), (i) => app.data.paths[app.data.key[i]].bucket),
  part(app, "Sources", "source", by((path) => path.source), (i) => app.data.paths[app.data.key[i]].source),
  hosts.length ? part(app, `Hosts with most documents (${count(hosts.length)})`, "host", hosts, (i) => app.data.hosts[app.data.host[i]], 60) : null];
}

function grouped(selection, name) {
  const found = new Map();
  for (const [path, counts] of Object.entries(selection.groups)) {
    const [snapshot, shard, group] = path.split("/");
    const [language, bucket] = (group ?? "").split("_");
    const key = name({ source: `${snapshot}/${shard}`, language, bucket });
    const sums = found.get(key) ?? [0, 0, 0, 0];
    found.set(key, sums.map((sum, place) => sum + counts[place]));
  }
  return [...found].map(([key, counts]) => ({ name: key, counts }));
}

function part(app, title, kind, groups, nameOf, most = 100) {
  const { sort = "documents" } = app.parameters;
  const order = { documents: (a, b) => b.counts[0] - a.counts[0], kept: (a, b) => a.counts[1] / a.counts[0] - b.counts[1] / b.counts[0], name: () => 0 }[sort] ?? (() => 0);
  const sorted = groups.filter(({ counts }) => counts[0]).sort((a, b) => order(a, b) || (a.name < b.name ? -1 : 1));
  const whole = sorted.reduce((sum, { counts }) => [sum[0] + counts[0], sum[1] + counts[1]], [0, 0]);
  const now = app.moved.length ? handlesNow(app, nameOf) : null;
  const columns = [{ name: kind }, { name: "documents", numeric: true }, { name: "before", numeric: true }, { name: "after", numeric: true }, { name: "kept", numeric: true }, { name: "characters", numeric: true }, { name: "kept", numeric: true }];
  if (now) columns.push({ name: "handles now", numeric: true });
  const rows = sorted.slice(0, most).map(({ name, counts: [documents, kept, characters, charactersKept] }) => {
    const loses = documents >= LEAST && documents - kept > ALARM * documents;
    return [kind === "language" ? h("a", { href: app.href("why", { language: name }) }, foreign(name, 40)) : foreign(name, 50),
      count(documents), percent(documents, whole[0]), percent(kept, whole[1]),
      h("span", { class: loses ? "alarm" : null }, share(kept / documents), " ", percent(kept, documents)), count(characters), percent(charactersKept, characters),
      ...(now ? [percent(...(now.get(name) ?? [0, 0]))] : [])];
  });
  return section(title, table(`${title}, before and after`, columns, rows));
}

function handlesNow(app, nameOf) {
  const found = new Map();
  for (let i = 0; i < app.data.n; i++) {
    const name = nameOf(i);
    const sums = found.get(name) ?? [0, 0];
    sums[0] += app.failed[i] ? 0 : 1;
    sums[1] += 1;
    found.set(name, sums);
  }
  return found;
}
