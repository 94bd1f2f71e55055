// Observable Plot under a content policy: its own style element would be blocked, and is ours to replace (report.css).

import { axisX, axisY, barY, dot, line, plot, rectY, ruleX, ruleY, text } from "@observablehq/plot";

export { axisX, axisY, barY, dot, line, rectY, ruleX, ruleY, text };

export function draw(options) {
  const width = Math.min(options.width, document.documentElement.clientWidth - 48);
  const figure = plot({ height: 200, marginLeft: 56, ...options, width, className: "plot" });
  for (const style of figure.querySelectorAll("style")) style.remove();
  figure.setAttribute("role", "img");
  return figure;
}
