// What was broken, what was lost, and what the run itself warns of.

import { empty, foreign, h, note, section, table, visible } from "../dom.js";
import { count } from "../figures.js";

export function health(app) {
  const { data } = app;
  const faults = data.faults.map((one) => [foreign(one.reason, 60), foreign(one.stage, 24), foreign(one.file, 80), one.offset >= 0 ? count(one.offset) : "–", count(one.records), foreign(one.message, 240)]);
  const losses = data.losses.map((one) => [foreign(one.reason, 60), foreign(one.stage, 24), one.fate, h("a", { href: app.href("yield", { band: `${one.stage}/${one.reason}` }) }, count(one.records))]);
  return [
    section("Faults", faults.length
      ? [table("Quarantined records by reason and file", [{ name: "reason" }, { name: "stage" }, { name: "file" }, { name: "first offset, bytes", numeric: true }, { name: "records", numeric: true }, { name: "message of the first" }], faults), note("The first bytes of each are in ", h("code", null, "quarantine/"), ".")]
      : h("p", null, "None: no record was broken.")),
    section("Warnings", data.warnings.length ? h("ul", { class: "warning" }, data.warnings.map((line) => h("li", null, visible(line)))) : h("p", null, "None.")),
    section("Losses by reason", losses.length ? table("Records that became no document: exact", [{ name: "reason" }, { name: "stage" }, { name: "fate" }, { name: "records", numeric: true }], losses) : empty("No record was lost.")),
  ];
}
