// What all screens share: the data, the selection with its limits as they stand, and moving between screens.

import { address, read } from "./state.js";
import { changed, recount, recountOne, rulesOf, written } from "./model.js";

export class App {
  constructor(data, render) {
    this.data = data;
    this.failed = new Uint8Array(data.n);
    this.render = render;
    this.take();
  }

  /** The state of the address. */
  take() {
    const { screen, anchor, parameters, limits } = read();
    this.screen = screen;
    this.anchor = anchor;
    this.parameters = parameters;
    this.limits = limits;
    const { selections } = this.data;
    this.selection = selections.find((one) => one.name === parameters.selection) ?? selections[0] ?? null;
    this.rules = rulesOf(this.data, this.selection, limits);
    this.recount();
  }

  /** Counts by all rules; while `rule` alone is moved, what the others drop is not counted again. */
  recount(rule = null) {
    const start = performance.now();
    if (rule) {
      this.hold(rule);
      this.kept = recountOne(this.data, rule, this.held.others, this.failed);
    } else {
      this.held = null;
      this.kept = recount(this.data, this.rules, this.failed);
    }
    performance.measure("recount", { start, end: performance.now() }); // benchmarks read it
    return this.kept;
  }

  /** What all rules but `rule` drop, for the moves that follow. */
  hold(rule) {
    if (this.held?.rule === rule) return;
    const others = new Uint8Array(this.data.n);
    recount(this.data, this.rules.filter((other) => other !== rule), others);
    this.held = { rule, others };
  }

  get weight() {
    return this.data.weights[this.parameters.weight] ? this.parameters.weight : "documents";
  }

  get moved() {
    return this.rules.filter(changed);
  }

  rule(name) {
    return this.rules.find((rule) => rule.name === name) ?? null;
  }

  href(screen, parameters = {}) {
    const stays = { selection: this.parameters.selection, weight: this.parameters.weight };
    return address(screen, { ...stays, ...parameters }, this.limits);
  }

  go(screen, parameters = {}) {
    location.hash = this.href(screen, parameters);
  }

  /** Parameters of this screen, others as they are. */
  set(parameters) {
    location.hash = address(this.screen, { ...this.parameters, ...parameters }, this.limits);
  }

  /** The same without a new screen: while something is dragged or typed. */
  note(parameters) {
    this.parameters = { ...this.parameters, ...parameters };
    history.replaceState(null, "", address(this.screen, this.parameters, this.limits));
  }

  /** The limits as they stand, into the address. */
  keepLimits() {
    this.limits = Object.fromEntries(this.moved.map((rule) => [rule.name, written(this.data, rule)]));
    this.note({});
  }

  resetLimits() {
    this.limits = {};
    location.hash = address(this.screen, this.parameters, {});
    this.take();
    this.render();
  }
}
