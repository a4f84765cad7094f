/**
 * Builds the packages into their dist/, each after those that it needs, and the pages: dashboard and verifier into the service's; playground and verifier into web's.
 *
 *   node scripts/build.mjs [NAME...]    all of them, or those named: expunge, client, service, lab, web
 */
import { bin, PUBLISHED, root, run } from "./run.mjs";

const names = process.argv.length > 2 ? process.argv.slice(2) : [...PUBLISHED, "lab", "web"];
const page = (mode, ...more) =>
  run(bin("vite"), [
    ...["build", "-c", "packages/web/vite.config.ts", "--mode", mode, "--logLevel", "warn"],
    ...more,
  ]);

for (const name of names) {
  const cwd = `${root}packages/${name}`;
  if (name === "web") {
    page("playground");
    page("verifier", "--outDir", `${root}packages/web/dist/verifier`, "--emptyOutDir");
  } else run(bin("tsdown"), ["--logLevel", "error"], { cwd });
  // After tsdown, which empties dist.
  if (name === "service") {
    page("dashboard");
    page("verifier");
  }
}
