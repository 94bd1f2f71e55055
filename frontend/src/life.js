// The life of a page as the server tells it: stages, verdicts, duplicates, over the full run.

import { foreign, h, note, table, visible } from "./dom.js";
import { count, measured } from "./figures.js";

export function life(found) {
  return found.map((one) => [
    h("h4", null, "Over the full run"),
    h("p", null, `record ${visible(one.page.record_id ?? "?")} of ${visible(one.input)}, number ${count(one.page.ordinal)}, byte ${count(one.page.offset)}: ${visible(one.page.fate)} at ${visible(one.page.stage)}`, one.page.reason ? `: ${visible(one.page.reason)}` : ""),
    one.verdicts.length ? table("Verdicts", [{ name: "selection" }, { name: "verdict" }, { name: "failing rules" }], one.verdicts.map((verdict) => [
      foreign(verdict.name, 50), verdict.keep ? "kept" : "dropped", verdict.failed.map((rule) => `${visible(rule.rule)}: ${measured(rule.value)} against ${measured(rule.threshold)}`).join("; ") || "–"])) : note("No selection has judged it."),
    one.duplicates.map((duplicate) => h("p", null, `${visible(duplicate.name)}: ${duplicate.stays ? "stays for the others" : "is a duplicate"}, in a cluster of ${count(duplicate.members)}`)),
    one.text === undefined ? null : [h("p", { class: "soft" }, `text: ${count(one.chars)} characters`), h("div", { class: "text", dir: "auto" }, visible(one.text))],
  ]);
}
