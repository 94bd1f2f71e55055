// The extraction check: pages by two extractors side by side, what one has alone marked, and what of a page is left out.

import { fill, foreign, h, note, table, visible } from "./dom.js";
import { count } from "./figures.js";
import { address, read } from "./state.js";
import { themeButton } from "./theme.js";

const VIEWS = [["texts", "both texts"], ["blocks", "blocks of the page"]];

/** What the address says: which page, which view, and whether lines without a difference are folded away. */
function state(data) {
  const { parameters } = read();
  const page = Math.min(Math.max(0, Number.parseInt(parameters.page ?? "1", 10) - 1 || 0), data.pages.length - 1);
  return { page, view: parameters.view === "blocks" ? "blocks" : "texts", only: parameters.only === "1" };
}

function href(now, changes) {
  const { page, view, only } = { ...now, ...changes };
  return address("check", { page: page + 1, view: view === "texts" ? "" : view, only: only ? "1" : "" }, {});
}

function overview(data, now) {
  const columns = [{ name: "page" }, { name: "words alike", numeric: true }, ...data.names.flatMap((name) => [{ name: `${name}: words`, numeric: true }, { name: "here alone", numeric: true }])];
  const rows = data.pages.map((page, place) => [
    h("a", { href: href(now, { page: place }), "data-item": true, "aria-current": place === now.page ? "true" : null }, foreign(page.url || page.id || `page ${place + 1}`, 70)),
    page.overlap.toFixed(3),
    ...page.sides.flatMap((side) => [side.reason ?? count(side.words), side.reason ? "–" : count(side.alone)]),
  ]);
  return h("div", { class: "pages" }, table(`${count(data.pages.length)} pages, the least alike first`, columns, rows));
}

/** A line as pieces that both texts have, and pieces that this one has alone. */
function line(pieces) {
  return h("p", { dir: "auto" }, pieces.map((piece, place) => (piece === "" ? null : place % 2 ? h("mark", null, visible(piece)) : visible(piece))));
}

function sideOf(name, side, only) {
  const lines = only ? side.lines.filter((pieces) => pieces.length > 1) : side.lines;
  const left = side.lines.length - lines.length;
  return h("section", { class: "side", "aria-label": name },
    h("h3", null, name, " ", h("span", { class: "soft" }, side.reason ? `no text: ${side.reason}` : `${count(side.words)} words, ${count(side.alone)} here alone`)),
    h("div", { class: "text" }, lines.map(line)),
    left ? note(`${count(left)} lines without a difference`) : null,
    side.cut ? note(`… ${count(side.cut)} characters more`) : null);
}

function blocksOf(page) {
  if (!page.blocks.length) return note("No block: the page is empty, or a limit refuses it.");
  const kept = page.blocks.filter(([chosen]) => chosen).length;
  return h("section", { class: "side", "aria-label": "blocks of the page" },
    h("h3", null, "Blocks of the page ", h("span", { class: "soft" }, `${count(kept)} of ${count(page.blocks.length)} are kept by learned; what it leaves out is marked`)),
    h("div", { class: "text" }, page.blocks.map(([chosen, text]) =>
      h("p", { dir: "auto", class: chosen ? "chosen" : "boilerplate" }, chosen ? null : h("span", { class: "unseen" }, "left out: "), visible(text)))));
}

function chosenPage(data, now) {
  const page = data.pages[now.page];
  const views = VIEWS.map(([view, title]) => h("a", { href: href(now, { view }), "aria-current": view === now.view ? "true" : null }, title));
  return h("section", { class: "check" },
    h("h2", { id: "page", tabindex: -1 }, `Page ${now.page + 1} of ${data.pages.length}`),
    h("p", null, foreign(page.url, 200), h("span", { class: "soft" }, ` ${visible(page.id)}, ${count(page.bytes)} bytes of HTML, words alike ${page.overlap.toFixed(3)}`)),
    h("p", { class: "choices" }, views, now.view === "texts" ? h("a", { href: href(now, { only: !now.only }), "aria-pressed": String(now.only), role: "button" }, "only lines that differ") : null,
      h("span", { class: "soft" }, "j, k: next, previous page; b: blocks; d: differences")),
    now.view === "blocks" ? blocksOf(page) : h("div", { class: "sides" }, page.sides.map((side, place) => sideOf(data.names[place], side, now.only))));
}

function keys(data) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = state(data);
    const changes = {
      j: { page: Math.min(data.pages.length - 1, now.page + 1) },
      k: { page: Math.max(0, now.page - 1) },
      b: { view: now.view === "blocks" ? "texts" : "blocks" },
      d: { only: !now.only },
    }[event.key];
    if (changes) location.hash = href(now, changes);
  });
}

function start() {
  const data = JSON.parse(document.getElementById("payload").textContent);
  const root = document.getElementById("app");
  document.querySelector("header").append(themeButton());
  document.documentElement.classList.add("scripted");
  if (!data.pages.length) {
    fill(root, note("The archive has no page of HTML."));
    return;
  }
  const list = h("div");
  const shown = h("div", { "aria-live": "polite" });
  const render = () => {
    const now = state(data);
    fill(list, overview(data, now));
    fill(shown, chosenPage(data, now));
    list.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  };
  fill(root, list, shown);
  window.addEventListener("hashchange", render);
  keys(data);
  render();
}

start();
