import cliProgress from "cli-progress";
import pc from "picocolors";
import type { Progress } from "../unlearner/run-steps.js";

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  readonly isJson: boolean;
  /** The result: JSON where asked for, else lines. */
  result(value: unknown, lines: () => readonly string[]): void;
  note(text: string): void;
  /** A progress bar on a terminal, nothing elsewhere. Call the returned function with each report; stop it when done. */
  progress(label: string): { readonly report: (progress: Progress) => void; readonly stop: () => void };
}

export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    result(value, lines) {
      const text = isJson ? JSON.stringify(value, jsonSafe, 2) : lines().join("\n");
      process.stdout.write(`${text}\n`);
    },
    note(text) {
      process.stderr.write(`${text}\n`);
    },
    progress(label) {
      if (!process.stderr.isTTY || isJson) return { report: () => {}, stop: () => {} };
      const bar = new cliProgress.SingleBar({
        format: `${label} {bar} {percentage}% | {value}/{total} steps | {eta_formatted} left`,
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: true,
      });
      let isStarted = false;
      return {
        report: ({ stepsDone, stepsTotal }) => {
          if (!isStarted) bar.start(stepsTotal, 0);
          isStarted = true;
          bar.update(stepsDone);
        },
        stop: () => bar.stop(),
      };
    },
  };
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
      `  ${pc.dim(name.padEnd(width))}  ${typeof value === "number" ? figure(value) : value}`,
  );
}

/** Six significant digits, without needless zeros. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "unbounded";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(6)));
}

export const heading = (text: string): string => pc.bold(text);
export const good = (text: string): string => pc.green(text);
export const bad = (text: string): string => pc.red(text);
