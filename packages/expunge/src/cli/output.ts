import { once } from "node:events";
import cliProgress from "cli-progress";
import type { RowFileProgress } from "../row-files/index.js";
import type { Progress } from "../unlearner/run-steps.js";
import { onStdout } from "./colours.js";

/** What a command found out. */
export interface Answer {
  /** For --json. */
  readonly value: unknown;
  readonly lines: () => string[];
}

export interface ProgressBar {
  readonly report: (progress: Progress | RowFileProgress) => void;
  /** Safe to call at any time, and more than once. */
  readonly stop: () => void;
}

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  readonly isJson: boolean;
  /** The result: JSON where asked for, else lines. */
  result(value: unknown, lines: () => readonly string[]): void;
  /** A line for people; nothing under --json, whose stderr holds errors only. */
  note(text: string): void;
  /** A progress bar on a terminal, nothing elsewhere. */
  progress(label: string): ProgressBar;
}

export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    result(value, lines) {
      const text = isJson ? JSON.stringify(value, jsonSafe, 2) : lines().join("\n");
      process.stdout.write(`${text}\n`);
    },
    note(text) {
      if (!isJson) process.stderr.write(`${text}\n`);
    },
    progress(label) {
      if (!process.stderr.isTTY || isJson) return { report: () => {}, stop: () => {} };
      return progressBar(label);
    },
  };
}

const STAGES = { reading: "reading rows", sorting: "sorting rows", writing: "writing rows" } as const;

function progressBar(label: string): ProgressBar {
  const bar = new cliProgress.SingleBar({
    format: `{stage} {bar} {percentage}% | {value}/{total} {unit} | {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    // Its own handler would swallow Ctrl-C.
    gracefulExit: false,
  });
  let stage = "";
  let isStopped = false;
  return {
    report: (progress) => {
      if (isStopped) return;
      const isSteps = "stepsDone" in progress;
      const done = isSteps ? progress.stepsDone : progress.rowsDone;
      const total = isSteps ? progress.stepsTotal : progress.rowsTotal;
      if (progress.stage !== stage) {
        if (stage !== "") bar.stop();
        stage = progress.stage;
        // How many rows there are is known only once they are read.
        const words = { stage: isSteps ? label : STAGES[progress.stage], unit: isSteps ? "steps" : "rows" };
        bar.start(total ?? done, done, words);
      }
      if (total === null) bar.setTotal(done);
      bar.update(done);
    },
    stop: () => {
      if (stage !== "" && !isStopped) bar.stop();
      isStopped = true;
    },
  };
}

/** Writes many lines to stdout a few thousand at a time, waiting for a slow reader. */
export async function writeLines(lines: Iterable<string>): Promise<void> {
  let part: string[] = [];
  const flush = async (): Promise<void> => {
    if (part.length > 0 && !process.stdout.write(`${part.join("\n")}\n`)) await once(process.stdout, "drain");
    part = [];
  };
  for (const line of lines) {
    part.push(line);
    if (part.length === 4096) await flush();
  }
  await flush();
}

/** JSON has no infinities; a claim that nothing bounds is null. */
function jsonSafe(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** Aligned "name  value" lines. */
export function fields(pairs: readonly (readonly [string, string | number | null | undefined])[]): string[] {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(
    ([name, value]) =>
      `  ${onStdout.dim(name.padEnd(width))}  ${typeof value === "number" ? figure(value) : value}`,
  );
}

/** Six significant digits, without needless zeros. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "unbounded";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(6)));
}

/** "1 row", "2 rows". */
export function count(value: number, noun: string): string {
  return `${figure(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export const heading = (text: string): string => onStdout.bold(text);
export const good = (text: string): string => onStdout.green(text);
export const bad = (text: string): string => onStdout.red(text);
