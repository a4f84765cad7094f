/**
 * Changes a model directory and kills its own process with SIGKILL just before the n-th file operation that changes anything, so just after the one
 * before. Forgets the first row that is still there, or goes through a known life. Run by tests in a child process:
 * node change-and-die.mjs DIRECTORY N [life]
 */

import { createSigner, loadModel } from "../packages/expunge/src/index.js";
import { type DurableFiles, nodeFiles } from "../packages/expunge/src/store/durable-files.js";
import { changes } from "../packages/expunge/testing/model-changes.js";

const [directory, deadline, what] = process.argv.slice(2);
if (directory === undefined || deadline === undefined)
  throw new Error("Expected two arguments: DIRECTORY N.");
let operations = 0;

const mortal = Object.fromEntries(
  Object.entries(nodeFiles).map(([name, operation]) => [
    name,
    (...args: unknown[]) => {
      if (name !== "read" && name !== "list" && ++operations >= Number(deadline))
        process.kill(process.pid, "SIGKILL");
      return (operation as (...a: unknown[]) => unknown)(...args);
    },
  ]),
) as unknown as DurableFiles;

const stored = await loadModel(directory, { files: mortal });
if (what === "life") for (const { change } of changes) await change(stored);
else {
  let row = 0;
  while (stored.model.state.forgotten.hasRow(row)) row++;
  await stored.forget({ rows: [row] }, { signer: createSigner(new Uint8Array(32).fill(3)) });
}
await stored.close();
