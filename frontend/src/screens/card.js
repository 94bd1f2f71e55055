// The data card, to read and to take along.

import { copier, h, note, section, visible } from "../dom.js";

export function card(app) {
  return section("Data card",
    note("The same from the command line: ", h("code", null, "corpusmill card RUN"), "."),
    h("p", null, copier("copy", () => app.data.card)),
    h("pre", { class: "card", tabindex: 0 }, visible(app.data.card)));
}
