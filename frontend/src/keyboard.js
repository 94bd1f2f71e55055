// j and k: next and previous document; /: search; g and a letter: a screen. Typing into a field is left alone.

import { SCREENS } from "./screens.js";

export function keys(app) {
  let waiting = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select")) return;
    if (waiting) {
      waiting = false;
      const screen = SCREENS.find((one) => one.key === event.key && (!one.served || app.data.served));
      if (screen) app.go(screen.name);
      return;
    }
    if (event.key === "g") waiting = true;
    else if (event.key === "/") {
      event.preventDefault();
      const field = document.querySelector("input[type=search]");
      if (field) field.focus();
      else app.go("why", { focus: "search" });
    } else if (event.key === "j" || event.key === "k") {
      const items = [...document.querySelectorAll("#screen [data-item]")];
      if (!items.length) return;
      const now = items.findIndex((item) => item.getAttribute("aria-current") === "true");
      const next = items[Math.max(0, Math.min(items.length - 1, now + (event.key === "j" ? 1 : -1)))];
      next.click();
    }
  });
}
