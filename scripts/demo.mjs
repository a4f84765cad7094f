/** npm run demo: builds what is not built yet, then runs `expunge demo` with the arguments given. */
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { bin, root, run } from "./run.mjs";

const built = statSync(`${root}dist/cli.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = await readdir(`${root}src`, { recursive: true });
const newest = Math.max(...sources.map((file) => statSync(`${root}src/${file}`).mtimeMs));
if (newest > built) run(bin("tsdown"), ["--logLevel", "error"]);
run(process.execPath, [`${root}dist/cli.js`, "demo", ...process.argv.slice(2)]);
