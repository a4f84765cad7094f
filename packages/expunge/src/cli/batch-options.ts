import type { Command } from "commander";
import { given } from "../given.js";
import { positiveInteger, seconds } from "./arguments.js";

export interface BatchArguments {
  readonly maxBatch?: number;
  readonly maxWait?: number;
}

/** How many requests are served together. */
export function addBatchOptions(command: Command): Command {
  return command
    .option("--max-batch <count>", "most requests that are unlearned together (default 100)", positiveInteger)
    .option(
      "--max-wait <seconds>",
      "how long a request may wait for others to be served together with it (default 0)",
      seconds,
    );
}

export function batchOptionsOf({ maxBatch, maxWait }: BatchArguments): {
  maxBatch?: number;
  maxWaitMs?: number;
} {
  return given({ maxBatch, maxWaitMs: maxWait === undefined ? undefined : maxWait * 1000 });
}
