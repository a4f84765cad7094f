/**
 * The program of a child process (limited-child.ts): node child.js MIB. It answers what its parent asks, and is ended where it takes more
 * memory than that, or where its parent has gone.
 */

import { Worker } from "node:worker_threads";
import type { ExpungeError } from "expunge";
import { ANSWERS } from "./answers.js";
import { BodyError } from "./body-error.js";

const [mib] = process.argv.slice(2).map(Number) as [number];

// On a thread, because the work itself may keep this one busy for as long as it likes.
const watcher = `const { workerData: { bytes, parent } } = require("node:worker_threads");
setInterval(() => {
  if (process.memoryUsage.rss() > bytes || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, 10);`;
const workerData = { bytes: mib * 2 ** 20, parent: process.ppid };
new Worker(watcher, { eval: true, execArgv: [], workerData }).unref();

interface Question {
  readonly name: keyof typeof ANSWERS;
  readonly parameters: readonly unknown[];
}

process.on("disconnect", () => process.exit());
process.on("message", async ({ name, parameters }: Question) => {
  try {
    const answer = ANSWERS[name] as (...parameters: readonly unknown[]) => unknown;
    process.send?.({ result: await answer(...parameters) });
  } catch (error) {
    process.send?.(
      error instanceof BodyError ? { issues: error.issues } : { error: plainError(error as ExpungeError) },
    );
  }
});
process.send?.({});

const MOST_CHARS = 2000;

/** Of an error what can be sent, and no more of it than somebody reads. */
function plainError({ name, code = "E_WORKER", message, details = {} }: ExpungeError): object {
  const clip = (value: unknown): unknown => (typeof value === "string" ? value.slice(0, MOST_CHARS) : value);
  const sent = Object.entries(details).filter(
    ([, value]) => typeof value !== "object" && typeof value !== "function",
  );
  return {
    name,
    code,
    message: message.slice(0, MOST_CHARS),
    details: Object.fromEntries(sent.map(([field, value]) => [field, clip(value)])),
  };
}
