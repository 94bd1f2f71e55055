// Light or dark: what the system prefers, until the button says otherwise. Kept where the browser lets a file keep it.

import { h } from "./dom.js";

const NAME = "corpusmill-theme";

function stored() {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null; // a page opened from disk may have no storage
  }
}

function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

export function themeButton() {
  apply(stored());
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const button = h("button", {
    type: "button",
    class: "theme",
    onclick: () => {
      const theme = dark() ? "light" : "dark";
      apply(theme);
      try {
        localStorage.setItem(NAME, theme);
      } catch {
        // for this page alone then
      }
      button.textContent = theme === "dark" ? "light" : "dark";
    },
  }, dark() ? "light" : "dark");
  button.setAttribute("aria-label", "Light or dark");
  return button;
}
