import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { VERSION } from "expunge";
import { throwIfAborted } from "expunge/internal";
import type { CellResult, Figure } from "./outcome.js";

/** One piece of work of an experiment. */
export interface Cell {
  /** Unique in its experiment. */
  readonly name: string;
  /** All that its result depends on. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  run(signal: AbortSignal | undefined): Promise<CellResult>;
}

export interface CellResults {
  /** @throws RangeError for a cell that was not planned */
  of(name: string): CellResult;
  /** One figure of a cell. @throws RangeError as `of`, and for a figure that the cell does not have */
  figure(cell: string, name: string): Figure;
  /** Seconds that computing all the cells took, those of earlier runs included. */
  readonly seconds: number;
}

export interface CellOptions {
  /** Where finished cells are kept, one file each. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onCell?: (done: number, total: number) => void;
}

/** Computes cells, or takes those that an earlier run with the same settings finished. A killed run loses the cell it was at. */
export async function computeCells(cells: readonly Cell[], options: CellOptions): Promise<CellResults> {
  const { folder, signal, onCell } = options;
  await mkdir(folder, { recursive: true });
  const results = new Map<string, CellResult>();
  let seconds = 0;
  for (const cell of cells) {
    throwIfAborted(signal);
    const kept = (await readKept(folder, cell)) ?? (await compute(folder, cell, signal));
    results.set(cell.name, kept.result);
    seconds += kept.seconds;
    onCell?.(results.size, cells.length);
  }
  const of = (name: string): CellResult => {
    const result = results.get(name);
    if (result === undefined) throw new RangeError(`No cell ${name} was planned.`);
    return result;
  };
  return {
    seconds,
    of,
    figure(cell, name) {
      const figure = of(cell)[name];
      if (figure === undefined) throw new RangeError(`Cell ${cell} has no figure "${name}".`);
      return figure;
    },
  };
}

interface KeptCell {
  readonly key: string;
  readonly seconds: number;
  readonly result: CellResult;
}

async function readKept(folder: string, cell: Cell): Promise<KeptCell | null> {
  const text = await readFile(fileOf(folder, cell), "utf8").catch(() => null);
  if (text === null) return null;
  const kept = JSON.parse(text) as KeptCell;
  return kept.key === keyOf(cell) ? kept : null;
}

async function compute(folder: string, cell: Cell, signal: AbortSignal | undefined): Promise<KeptCell> {
  const start = performance.now();
  const result = await cell.run(signal);
  const kept = { key: keyOf(cell), seconds: (performance.now() - start) / 1000, result };
  const file = fileOf(folder, cell);
  // In one step, so that a kill leaves a whole file or none.
  await writeFile(`${file}.new`, `${JSON.stringify({ ...kept, settings: cell.settings }, null, 1)}\n`);
  await rename(`${file}.new`, file);
  return kept;
}

function fileOf(folder: string, { name }: Cell): string {
  return join(folder, `${name.replace(/[^\w.=-]+/g, "_")}.json`);
}

function keyOf({ name, settings }: Cell): string {
  return createHash("sha256")
    .update(JSON.stringify([VERSION, name, settings]))
    .digest("hex");
}
