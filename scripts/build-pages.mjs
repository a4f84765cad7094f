/** Builds the web pages into dist/dashboard and dist/playground; after tsdown, which empties dist. */
import { bin, run } from "./run.mjs";

for (const page of ["dashboard", "playground"])
  run(bin("vite"), ["build", "-c", "web/vite.config.ts", "--mode", page, "--logLevel", "warn"]);
