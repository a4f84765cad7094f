/**
 * Builds the packages into their dist/, each after those that it needs, and the pages: the dashboard into the service's, the playground.
 *
 *   node scripts/build.mjs [NAME...]    all of them, or those named: expunge, client, service, lab, web
 */
import { bin, PUBLISHED, root, run } from "./run.mjs";

const names = process.argv.length > 2 ? process.argv.slice(2) : [...PUBLISHED, "lab", "web"];
const page = (mode) =>
  run(bin("vite"), ["build", "-c", "packages/web/vite.config.ts", "--mode", mode, "--logLevel", "warn"]);

for (const name of names) {
  const cwd = `${root}packages/${name}`;
  if (name === "web") page("playground");
  else run(bin("tsdown"), ["--logLevel", "error"], { cwd });
  // After tsdown, which empties dist.
  if (name === "service") page("dashboard");
}
