import { LINE_COLUMNS, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";
import type { KernelExports } from "./wasm-module.js";

/*
 * Rows in panels: the layout of packages/expunge/assembly/context.ts. Where many lines of a panel are zero, as in images and one-hot
 * columns, only the others are kept; panels follow one another without gaps.
 */

const LINE_BYTES = 4 * LINE_COLUMNS * PANEL_ROWS;

/**
 * The most lines that a panel may keep for leaving out the others to pay: one that keeps more keeps all. Two fewer than
 * all, at most, so that the list and an extra line of zeros fit in the panel's own room.
 */
export function mostLines(columns: number): number {
  const lineCount = columns / LINE_COLUMNS;
  return Math.min(lineCount - 2, Math.floor(WORTHWHILE_SHARE * lineCount));
}

/** Above this share of its lines a panel is faster with all of them than with a list. */
const WORTHWHILE_SHARE = 7 / 8;

/**
 * Packs `rowCount` rows of the staging area, which begin at its number `stagingAt`, as panel number `panel`, leaving nothing of what was
 * there. Panels are first packed in order, from 0 on; then again in any order. The rows' squared norms are in
 * `memory.squares` afterwards.
 */
export function packPanel(
  memory: WasmMemory,
  kernel: KernelExports,
  panel: number,
  stagingAt: number,
  rowCount: number,
): void {
  const { rows, rowsAddress, starts, filled, lineCounts, columns, featureCount, stagingAddress } = memory;
  const start = starts[panel]!;
  const isNew = panel === filled.panels;
  const [place, spare] = spareOf(memory);
  // A panel that is replaced is packed into the spare room behind all others first: it may need more than it had.
  const into = isNew ? start : place;
  const count = kernel.packPanel(
    stagingAddress + 4 * stagingAt,
    rowCount,
    featureCount,
    columns,
    mostLines(columns),
    rowsAddress + into,
    memory.squares.byteOffset,
    rowsAddress + spare,
  );
  const size = panelBytes(count, columns);
  lineCounts[panel] = count;
  if (isNew) {
    starts[panel + 1] = start + size;
    filled.panels += 1;
    return;
  }
  makeRoom(memory, panel, size);
  const end = starts[panel + 1]!;
  rows.copyWithin(start, into, into + size);
  rows.fill(0, start + size, end);
  rows.fill(0, into, into + size);
}

/**
 * Packs rows of the staging area, which begin at its number `stagingAt`, one panel behind the other in place of all that was packed. Their squared norms
 * are in `memory.squares` afterwards.
 */
export function packPanels(
  memory: WasmMemory,
  kernel: KernelExports,
  stagingAt: number,
  rowCount: number,
): void {
  const { rowsAddress, starts, filled, lineCounts, columns, featureCount, stagingAddress, squares } = memory;
  kernel.packPanels(
    stagingAddress + 4 * stagingAt,
    rowCount,
    featureCount,
    columns,
    mostLines(columns),
    rowsAddress,
    starts.byteOffset,
    lineCounts.byteOffset,
    squares.byteOffset,
    rowsAddress + spareOf(memory)[1],
  );
  filled.panels = Math.ceil(rowCount / PANEL_ROWS);
}

/** Reads panel number `panel` back into PANEL_ROWS rows at the start of the staging area. */
export function unpackPanel(memory: WasmMemory, panel: number): void {
  const { rows, starts, lineCounts, columns, featureCount, staging } = memory;
  const count = lineCounts[panel]!;
  const isFull = count === columns / LINE_COLUMNS;
  const list = rows.byteOffset + starts[panel]!;
  const places = new Uint32Array(rows.buffer, list, isFull ? 0 : count);
  const lines = new Float32Array(
    rows.buffer,
    list + panelBytes(count, columns) - count * LINE_BYTES,
    (count * LINE_BYTES) / 4,
  );
  staging.fill(0, 0, PANEL_ROWS * featureCount);
  // Backwards, so that the extra line of zeros comes before the true line of column 0.
  for (let i = count - 1; i >= 0; i--) {
    const column = isFull ? LINE_COLUMNS * i : places[i]! / 4;
    const width = Math.min(LINE_COLUMNS, featureCount - column);
    for (let row = 0; row < PANEL_ROWS && width > 0; row++) {
      const from = LINE_COLUMNS * (PANEL_ROWS * i + row);
      staging.set(lines.subarray(from, from + width), row * featureCount + column);
    }
  }
}

/** Keep equal to panelBytes in assembly/pack.ts. */
function panelBytes(lineCount: number, columns: number): number {
  const listBytes = lineCount === columns / LINE_COLUMNS ? 0 : 64 * Math.ceil((4 * lineCount) / 64);
  return listBytes + lineCount * LINE_BYTES;
}

/** Byte offsets of two places behind all panels. */
function spareOf({ rows, columns }: WasmMemory): [number, number] {
  const bytes = 4 * PANEL_ROWS * columns;
  return [rows.length - 2 * bytes, rows.length - bytes];
}

/** Moves the panels behind one that grows. All panels with all their lines fit, so this cannot overflow. */
function makeRoom({ rows, starts, filled }: WasmMemory, panel: number, size: number): void {
  const missing = size - (starts[panel + 1]! - starts[panel]!);
  if (missing <= 0) return;
  rows.copyWithin(starts[panel + 1]! + missing, starts[panel + 1]!, starts[filled.panels]!);
  for (let later = panel + 1; later <= filled.panels; later++) starts[later]! += missing;
}
