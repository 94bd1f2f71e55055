// Small multiples: a histogram for each rule and signal, with a handle for each limit.

import { empty, foreign, h, note, section } from "../dom.js";
import { sampleLabel } from "../data.js";
import { choices, recipeBar } from "../parts.js";
import { SignalFigure } from "../figure.js";
import { borderPanel } from "../border.js";

export function signals(app) {
  const { data } = app;
  if (!data.dimensions.length) return section("Signals", empty("No signal has been measured.", "corpusmill run RECIPE --input PATH --out RUN"));
  const bar = recipeBar(app);
  const filter = app.parameters.show ?? "";
  const rules = app.rules.filter((rule) => rule.dimension !== undefined && !rule.fixed);
  const shown = rules.filter((rule) => rule.name.includes(filter) || rule.value.includes(filter));
  const panel = h("div", { class: "border-panel", hidden: true });
  let waiting = 0;
  const figures = shown.map((rule) => new SignalFigure(app, rule, {
    moving(figure, side) {
      app.recount(figure.rule);
      bar.update();
      figure.count();
      if (waiting) return;
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        for (const other of figures) if (other.inView) other.recount();
        figure.element.after(panel);
        borderPanel(app, panel, figure.rule, side, false);
      });
    },
    settled(figure, side) {
      app.keepLimits();
      for (const other of figures) other.count();
      for (const other of figures) other.recount();
      bar.confirm();
      figure.element.after(panel);
      borderPanel(app, panel, figure.rule, side, true);
    },
    asked(figure, side) {
      app.recount(figure.rule);
      figure.element.after(panel);
      borderPanel(app, panel, figure.rule, side, true);
    },
  }));
  bar.update();
  if (app.moved.length) bar.confirm();
  const fixed = app.rules.filter((rule) => rule.fixed);
  const search = h("input", { type: "search", value: filter, placeholder: "signal or rule", "aria-label": "Show signals whose name contains", onchange: (event) => app.set({ show: event.target.value }) });
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) figures.find((figure) => figure.element === entry.target)?.seen(entry.isIntersecting);
  }, { rootMargin: "200px" });
  for (const figure of figures) observer.observe(figure.element);
  return section("Signals",
    choices(app, false),
    h("p", null, search),
    bar.element,
    h("p", { class: "legend" }, h("span", { class: "key kept" }), " kept by the whole recipe ", h("span", { class: "key dropped" }), " dropped ", h("span", { class: "soft" }, `· ${sampleLabel(data)} · drag a handle, or move it by the arrow keys; Enter shows the documents at its border`)),
    fixed.length ? note("Without a handle: ", fixed.map((rule, place) => [place ? ", " : "", foreign(rule.name, 60)]), " (decided by the text after edits, by language or by a draw; counted as stored).") : null,
    shown.length ? h("div", { class: "signal-grid" }, figures.map((figure) => figure.element)) : empty("No signal has such a name."));
}
