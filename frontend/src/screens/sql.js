// SELECT over the tables of the run; only with the explorer's server.

import { fill, foreign, h, note, section, table, visible } from "../dom.js";
import { count } from "../figures.js";
import { server } from "../server.js";

const EXAMPLE = "select language, count(*) as documents, sum(length) as characters\nfrom documents group by language order by documents desc";

export function sql(app) {
  const place = h("div", { role: "status" });
  const field = h("textarea", { rows: 6, spellcheck: "false", "aria-label": "SQL", onkeydown: (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  } }, app.parameters.query ?? EXAMPLE);
  async function run() {
    app.note({ query: field.value });
    fill(place, note("running…"));
    try {
      const found = await server.sql(field.value);
      fill(place, table(found.more ? `The first ${count(found.rows.length)} rows` : `${count(found.rows.length)} rows`, found.columns.map((name) => ({ name: visible(name) })), found.rows.map((row) => row.map((cell) => foreign(cell, 300)))));
    } catch (error) {
      fill(place, h("p", { class: "empty", role: "alert" }, visible(error.message).slice(0, 1000)));
    }
  }
  return section("SQL",
    note("Tables: ", app.data.views.map((name, place_) => [place_ ? ", " : "", h("code", null, visible(name))]), ". SELECT only; nothing can be written. Ctrl+Enter runs."),
    field, h("p", null, h("button", { type: "button", onclick: run }, "run")), place);
}
