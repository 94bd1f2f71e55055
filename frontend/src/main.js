// The page: decodes what it was given, and shows the screen that the address names.

import { App } from "./app.js";
import { decode } from "./data.js";
import { fill, h } from "./dom.js";
import { keys } from "./keyboard.js";
import { themeButton } from "./theme.js";
import { SCREENS } from "./screens.js";

function start() {
  const root = document.getElementById("app");
  const summary = document.getElementById("summary");
  const data = decode(JSON.parse(document.getElementById("payload").textContent));
  const main = h("main", { id: "screen", tabindex: -1 });
  const links = h("ul");
  let shown = null;

  function render() {
    const screen = SCREENS.find((one) => one.name === app.screen && (!one.served || data.served)) ?? SCREENS[0];
    const summarises = screen.name === "summary";
    summary.hidden = !summarises;
    main.hidden = summarises;
    fill(links, SCREENS.filter((one) => !one.served || data.served).map((one) =>
      h("li", null, h("a", { href: app.href(one.name), "aria-current": one === screen ? "page" : null, title: `g ${one.key}` }, one.title))));
    links.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    if (summarises) {
      fill(main);
      if (app.anchor) document.getElementById(app.anchor)?.scrollIntoView();
    } else {
      fill(main, screen.show(app));
    }
    if (shown !== null && shown !== screen.name) {
      window.scrollTo(0, 0);
      (summarises ? summary : main).focus({ preventScroll: true });
    }
    shown = screen.name;
  }

  const app = new App(data, () => render());
  window.addEventListener("hashchange", () => {
    app.take();
    render();
  });
  root.append(h("nav", { class: "screens", "aria-label": "Screens" }, h("span", { class: "brand" }, "corpusmill"), links, themeButton()), main);
  root.hidden = false;
  document.documentElement.classList.add("scripted");
  summary.tabIndex = -1;
  keys(app);
  render();
}

start();
