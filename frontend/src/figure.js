// One signal: its histogram, the limits of its rule as handles, published defaults as ticks, live numbers.

import { copier, foreign, h, visible } from "./dom.js";
import { position } from "./data.js";
import { count, measured, percent } from "./figures.js";
import { allBars, keptAlone, keptBars, recipeLine, thresholds, changed } from "./model.js";
import { keeps } from "./parts.js";
import { draw, rectY } from "./plots.js";

const WIDTH = 300;
const HEIGHT = 96;

export class SignalFigure {
  constructor(app, rule, listener) {
    Object.assign(this, { app, rule, listener });
    this.dimension = app.data.dimensions[rule.dimension];
    this.inView = false;
    this.drawn = false;
    const { axis, unit, name, missing } = this.dimension;
    this.picture = h("div", { class: "picture" });
    this.frame = h("div", { class: "frame" }, this.picture, this.ticks(), axis ? [this.handle("low"), this.handle("high")] : null);
    this.numbers = h("p", { class: "live" });
    this.copy = h("p", { class: "remark" });
    const remarks = [axis?.kind === "logarithmic" ? "logarithmic" : null, missing ? `${count(missing)} missing` : null].filter(Boolean).join(" · ");
    this.element = h("figure", { class: "signal", "data-rule": rule.name },
      h("figcaption", null, h("span", { class: "name" }, foreign(rule.name, 60)), rule.extra ? null : h("span", { class: "soft" }, " ", rule.value === rule.name ? "" : foreign(rule.value, 80)), unit || remarks ? h("span", { class: "soft" }, ` ${[visible(unit), remarks].filter(Boolean).join(" · ")}`) : null),
      this.frame,
      axis ? h("div", { class: "ticks" }, h("span", null, measured(axis.low)), h("span", { class: "soft" }, `median ${measured(this.dimension.median)}`), h("span", null, measured(axis.high))) : null,
      this.numbers, this.copy);
    this.place();
    this.count();
  }

  /** Draws when it first comes into view: sixty pictures at once would be felt. */
  seen(inView) {
    this.inView = inView;
    if (!inView || !this.dimension.axis) return;
    if (!this.drawn) this.draw();
    this.recount();
  }

  draw() {
    this.drawn = true;
    const all = [...allBars(this.dimension)];
    const bars = all.map((total, place) => ({ x1: place, x2: place + 1, total }));
    const inset = all.length > 12 ? 0.5 : Math.min(40, WIDTH / all.length / 5);
    const options = { x1: "x1", x2: "x2", y1: 0, y2: "total", insetLeft: inset, insetRight: inset };
    const figure = draw({
      width: WIDTH, height: HEIGHT, margin: 0, marginLeft: 0,
      x: { axis: null, domain: [0, all.length] }, y: { axis: null, domain: [0, Math.max(1, ...all)] },
      marks: [rectY(bars, { ...options, fill: "var(--dropped)" }), rectY(bars, { ...options, fill: "var(--kept)" })],
      ariaLabel: `${visible(this.rule.name)}: ${count(this.app.data.n - this.dimension.missing)} documents`,
    });
    figure.setAttribute("preserveAspectRatio", "none");
    const groups = figure.querySelectorAll('g[aria-label="rect"]');
    this.rects = [...(groups[1]?.querySelectorAll("rect") ?? [])];
    this.y = figure.scale("y");
    this.picture.replaceChildren(figure);
  }

  /** The bars of what is kept. */
  recount() {
    if (!this.drawn) return;
    keptBars(this.dimension, this.app.failed).forEach((kept, place) => {
      const top = this.y.apply(kept);
      this.rects[place]?.setAttribute("y", top);
      this.rects[place]?.setAttribute("height", Math.max(0, HEIGHT - top));
    });
  }

  /** The numbers under the picture. */
  count() {
    const { app, rule } = this;
    const alone = keptAlone(app.data, rule);
    this.numbers.replaceChildren(
      h("span", null, keeps(app, rule)), h("br"),
      "rule keeps ", h("strong", { class: "rule-kept", "data-kept": alone }, percent(alone, app.data.n)),
      " · recipe keeps ", h("strong", { class: "recipe-kept", "data-kept": app.kept }, percent(app.kept, app.data.n)));
    this.copy.replaceChildren(...(changed(rule) ? [copier("copy as recipe line", () => recipeLine(app.data, rule))] : []));
  }

  /** Where a limit is drawn, in hundredths of the frame. */
  at(side) {
    const { dimension, rule } = this;
    const { axis, ranges, starts } = dimension;
    if (side === "low" ? rule.low <= 1 : rule.high >= ranges) {
      const limit = thresholds(this.app.data, rule)[side === "low" ? "least" : "most"];
      if (limit === null) return side === "low" ? 0 : 100;
    }
    const code = side === "low" ? rule.low : rule.high + 1; // the range that begins at the border
    if (code > ranges) return 100;
    const edge = axis.kind === "each value" ? position(axis, starts[code - 1]) - 0.5 : position(axis, starts[code - 1]);
    return (100 * Math.max(0, Math.min(axis.bars, edge))) / axis.bars;
  }

  place() {
    for (const side of ["low", "high"]) {
      const handle = this[side];
      if (!handle) continue;
      const { dimension, rule } = this;
      handle.style.setProperty("left", `${this.at(side)}%`);
      const border = side === "low" ? rule.low - 1 : rule.high;
      const limit = thresholds(this.app.data, rule)[side === "low" ? "least" : "most"];
      handle.setAttribute("aria-valuenow", String(border));
      handle.setAttribute("aria-valuemax", String(dimension.ranges));
      handle.setAttribute("aria-valuetext", limit === null ? "no limit" : `${side === "low" ? "at least" : "at most"} ${measured(limit)}`);
      handle.dataset.limit = limit ?? "";
      handle.classList.toggle("idle", limit === null);
    }
  }

  handle(side) {
    const handle = h("div", {
      class: `handle ${side}`, role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-orientation": "horizontal",
      "aria-label": `${visible(this.rule.name)}: ${side === "low" ? "least" : "most"} value kept`,
      onkeydown: (event) => this.key(event, side),
      onpointerdown: (event) => this.press(event, side),
    });
    this[side] = handle;
    return handle;
  }

  /** Moves a limit to a border between ranges; 0 lies below all values. */
  move(side, border) {
    const { rule, dimension } = this;
    const to = Math.max(0, Math.min(dimension.ranges, border));
    const [low, high] = side === "low" ? [to + 1, rule.high] : [rule.low, to];
    if (low === rule.low && high === rule.high) return false;
    [rule.low, rule.high] = [low, high];
    this.place();
    this.listener.moving(this, side);
    return true;
  }

  key(event, side) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.listener.asked(this, side);
      return;
    }
    const border = side === "low" ? this.rule.low - 1 : this.rule.high;
    const wide = Math.max(1, Math.round(this.dimension.ranges / 10));
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -wide, PageUp: wide, Home: -border, End: this.dimension.ranges - border };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.move(side, border + steps[event.key])) this.listener.settled(this, side);
  }

  press(event, side) {
    event.preventDefault();
    const handle = this[side];
    handle.focus();
    this.listener.asked(this, side);
    handle.setPointerCapture(event.pointerId);
    const box = this.frame.getBoundingClientRect();
    const drag = (moved) => this.move(side, this.borderAt(((moved.clientX - box.left) / box.width) * this.dimension.axis.bars));
    const end = () => {
      handle.removeEventListener("pointermove", drag);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", end);
      this.listener.settled(this, side);
    };
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  }

  /** The border nearest to a place on the axis. */
  borderAt(place) {
    const { axis, starts, ranges } = this.dimension;
    if (place <= 0) return 0;
    if (place >= axis.bars) return ranges;
    let best = 0;
    let least = place;
    starts.forEach((start, code) => {
      const away = Math.abs(position(axis, start) - (axis.kind === "each value" ? 0.5 : 0) - place);
      if (code && away < least) [best, least] = [code, away];
    });
    return axis.bars - place < least ? ranges : best;
  }

  /** What published recipes set, each a mark on the axis. */
  ticks() {
    const { axis, published } = this.dimension;
    if (!axis) return null;
    return published.map(({ recipe, side, limit }) => {
      if (limit < axis.low || limit > axis.high) return null;
      const at = (100 * position(axis, limit)) / axis.bars;
      return h("span", { class: "published", title: `${recipe}: ${side} ${limit}`, css: { left: `${at}%` } });
    });
  }
}
