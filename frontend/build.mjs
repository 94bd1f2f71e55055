// Bundles src/ with Observable Plot into the wheel's static folder, a file a page, and gathers the licences of what went in.
import { build } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const TARGET = "../src/corpusmill/report/static";

const built = await build({
  entryPoints: { report: "src/main.js", extraction: "src/extraction.js" },
  outdir: TARGET,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  format: "iife",
  target: "es2022",
  metafile: true,
});

const packages = new Set();
for (const path of Object.keys(built.metafile.inputs)) {
  const inside = path.split("node_modules/").at(-1);
  if (inside !== path) packages.add(inside.startsWith("@") ? inside.split("/").slice(0, 2).join("/") : inside.split("/")[0]);
}
const licences = [...packages].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
});
const head = "report.js is made from frontend/src and the packages below, by `make frontend`.\n";
writeFileSync(`${TARGET}/LICENSES.txt`, [head, ...licences].join(`\n${"-".repeat(78)}\n\n`));
