// Fails when the built page is larger than its budgets (KiB gzip; the limits are those of the UI brief).
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("../../src/hark/ui/static/", import.meta.url);
const LIMITS = { "shell and inbox, scripts": 260, "shell and inbox, styles": 30, "largest other route": 160, "largest catalog": 25 };

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", FOLDER), "utf8"));
const size = (file) => gzipSync(readFileSync(new URL(file, FOLDER)), { level: 9 }).length / 1024;
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);

/** A chunk with all that it imports at once. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const each of manifest[key].imports ?? []) closure(each, seen);
  return seen;
}

const scripts = (keys) => new Set([...keys].map((key) => manifest[key].file));
const styles = (keys) => new Set([...keys].flatMap((key) => manifest[key].css ?? []));
const start = closure("index.html");
const routes = Object.keys(manifest).filter((key) => key.endsWith("Page.tsx") && manifest[key].isDynamicEntry);
const beyond = (key) => [...closure(key)].filter((each) => !start.has(each));
const catalogs = Object.keys(manifest).filter((key) => key.startsWith("src/locales/"));
const english = catalogs.filter((key) => /\/en\/(common|inbox)\.json$/.test(key));

const measured = {
  "shell and inbox, scripts": sum(scripts([...start, ...english])),
  "shell and inbox, styles": sum(styles(start)),
  "largest other route": Math.max(...routes.map((key) => sum(scripts(beyond(key))))),
  "largest catalog": Math.max(...catalogs.map((key) => size(manifest[key].file))),
};

let failed = false;
for (const [name, limit] of Object.entries(LIMITS)) {
  const value = measured[name];
  failed ||= value > limit;
  console.log(`${value > limit ? "OVER " : "ok   "} ${name.padEnd(26)} ${value.toFixed(1).padStart(6)} of ${limit} KiB`);
}
process.exit(failed ? 1 : 0);
