import type { RuntimeOptions } from "@expunge/service";
import { type Command, Option } from "commander";
import { given } from "../given.js";
import { memorySize, positiveInteger, seconds } from "./arguments.js";
import { rowsOption } from "./database-option.js";
import { failureText } from "./failure-text.js";
import type { Output } from "./output.js";

/** What `serve` and `worker` both take. */
export interface RuntimeArguments {
  readonly database: string;
  readonly rows?: string;
  readonly origin?: string;
  readonly scratch?: string;
  readonly memoryLimit?: number;
  readonly maxBatch?: number;
  readonly maxWait?: number;
}

export function addRuntimeOptions(command: Command): Command {
  return command
    .addOption(rowsOption())
    .addOption(
      new Option(
        "--origin <name>",
        "name of the ledger in its checkpoints: chosen on the first start (by default this host's name), then kept",
      ).env("EXPUNGE_ORIGIN"),
    )
    .option("--scratch <directory>", "where uploads and rows are sorted (default: the temporary directory)")
    .option("--memory-limit <size>", "memory for rows while they are sorted (default 256MB)", memorySize)
    .option(
      "--max-batch <count>",
      "most requests that are unlearned together (default 1000)",
      positiveInteger,
    )
    .option(
      "--max-wait <seconds>",
      "how long a request may wait for others to be served together with it (default 0)",
      seconds,
    );
}

/** Failures that will be tried again are noted on standard error. */
export function runtimeOptionsOf(options: RuntimeArguments, output: Output): RuntimeOptions {
  const { database, rows, origin, scratch, memoryLimit, maxBatch, maxWait } = options;
  return {
    location: database,
    databaseKey: process.env.EXPUNGE_DATABASE_KEY,
    ...given({ rows, origin, scratch, memoryLimit, maxBatch }),
    ...given({ maxWaitMs: maxWait === undefined ? undefined : maxWait * 1000 }),
    onWait: (reason) => output.note(`The database cannot be reached yet, and is waited for: ${reason}.`),
    onFailure: ({ work, modelId, error }) =>
      output.note(`${new Date().toISOString()} ${work} ${modelId ?? ""}: ${failureText(error)}`),
  };
}

/** Says that the process is ready, and waits for Ctrl-C or SIGTERM; a second one ends the process at once. */
export async function untilStopped(output: Output, ready: string): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  // Only now: whoever reads it may stop the process at once.
  output.note(ready);
  await stopped;
  output.note("Finishing what is in hand.");
}

export function noteUnsealed({ isSealed }: { readonly isSealed: boolean }, output: Output): void {
  if (!isSealed)
    output.note("note: signing keys are stored as they are; set EXPUNGE_DATABASE_KEY to seal them.");
}
