/** npm run demo, npm run experiment: builds what is not built yet, then runs the lab's command with the arguments given. */
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { bin, root, run } from "./run.mjs";

const lab = `${root}packages/lab`;
const built = statSync(`${lab}/dist/main.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if ((await newest("expunge", "lab")) > built) run(bin("tsdown"), ["--logLevel", "error"], { cwd: lab });
run(process.execPath, [`${lab}/dist/main.js`, ...process.argv.slice(2)]);

/** When a source of these packages was last changed; the lab's program holds them all. */
async function newest(...packages) {
  const times = packages.map(async (name) => {
    const folder = `${root}packages/${name}/src`;
    const files = await readdir(folder, { recursive: true });
    return Math.max(...files.map((file) => statSync(`${folder}/${file}`).mtimeMs));
  });
  return Math.max(...(await Promise.all(times)));
}
