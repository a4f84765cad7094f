import { constants } from "node:os";
import type { RuntimeOptions } from "@expunge/service";
import { type Command, Option } from "commander";
import { given } from "../given.js";
import { memorySize, positiveInteger, seconds } from "./arguments.js";
import { rowsOption } from "./database-option.js";
import { createOutput, type Output } from "./output.js";
import { createServiceLog, type ServiceLog } from "./service-log.js";

/** What `serve` and `worker` both take. */
export interface RuntimeArguments {
  readonly database: string;
  readonly rows?: string;
  readonly origin?: string;
  readonly scratch?: string;
  readonly memoryLimit?: number;
  readonly maxBatch?: number;
  readonly maxWait?: number;
  readonly log: boolean;
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
    )
    .option(
      "--no-log",
      "no log in JSON on stdout: lines for people on stderr, and nothing of single requests",
    );
}

/** Runs a server or a worker with its log, which says also why it ends. */
export async function withServiceLog(
  { log: isJson }: RuntimeArguments,
  { describeError }: Pick<typeof import("@expunge/service"), "describeError">,
  use: (log: ServiceLog, output: Output) => Promise<void>,
): Promise<void> {
  const output = createOutput(false);
  const log = createServiceLog(isJson, output, describeError);
  try {
    await use(log, output);
  } catch (error) {
    log.ended(error);
    throw error;
  }
}

export function runtimeOptionsOf(options: RuntimeArguments, log: ServiceLog): RuntimeOptions {
  const { database, rows, origin, scratch, memoryLimit, maxBatch, maxWait } = options;
  return {
    location: database,
    databaseKey: process.env.EXPUNGE_DATABASE_KEY,
    ...given({ rows, origin, scratch, memoryLimit, maxBatch }),
    ...given({ maxWaitMs: maxWait === undefined ? undefined : maxWait * 1000 }),
    onWait: (reason) => log.warn(`The database cannot be reached yet, and is waited for: ${reason}.`),
    onFailure: (failure) => log.failed(failure),
  };
}

const ENDINGS = ["SIGINT", "SIGTERM"] as const;

/**
 * Has Ctrl-C or SIGTERM end this process at once, until `untilStopped`. They do so by themselves, but not in a container: its first process is not
 * reached by a signal that it does not listen for.
 */
export function endAtOnce(): void {
  for (const signal of ENDINGS) process.on(signal, endBy);
}

/** As the signal does where nobody listens for it; the first process of a container goes on after that, and exits as a shell would say it. */
function endBy(signal: NodeJS.Signals): void {
  process.off(signal, endBy);
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}

/** Says that the process is ready, and waits for Ctrl-C or SIGTERM; a second one ends the process at once. */
export async function untilStopped(log: ServiceLog, ready: string): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      for (const signal of ENDINGS) process.off(signal, stop);
      endAtOnce();
      resolve();
    };
    for (const signal of ENDINGS) process.off(signal, endBy).on(signal, stop);
  });
  // Only now: whoever reads it may stop the process at once.
  log.note(ready);
  await stopped;
  log.note("Finishing what is in hand.");
}

export function noteUnsealed(
  { isSealed }: { readonly isSealed: boolean },
  warn: (text: string) => void,
): void {
  if (!isSealed) warn("signing keys are stored as they are; set EXPUNGE_DATABASE_KEY to seal them.");
}
