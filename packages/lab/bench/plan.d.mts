import type { parseArgs } from "node:util";

export interface BenchOptions {
  readonly quick: boolean;
  readonly write: boolean;
  readonly majors: readonly string[];
  readonly parts: readonly string[];
}

/** What this machine has. */
export interface Here {
  readonly programs: readonly (readonly [major: string, path: string])[];
  readonly hasTorch: boolean;
  readonly cache: string;
  readonly hasStreaming: boolean;
}

export function readOptions(args: readonly string[], read?: typeof parseArgs): BenchOptions;

/** What is run, by which Node. */
export function planOf(
  options: BenchOptions,
  here: Here,
): { readonly part: string; readonly node: string; readonly args: readonly string[] }[];
