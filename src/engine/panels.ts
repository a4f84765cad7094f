import { LINE_COLUMNS, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";

/*
 * Packing rows into panels: the layout of assembly/context.ts. A panel of 4 rows is a run of lines, each with 4 columns of
 * the 4 rows. Where many lines are zero, as in images and one-hot columns, only the others are kept.
 */

const LINE_NUMBERS = LINE_COLUMNS * PANEL_ROWS;
/**
 * The greatest share of its lines that a panel may keep for leaving out the others to pay. With several outputs the rows
 * come from L1 and every line left out is time saved (softmax on MNIST: 1.6 times faster). With one output they come from
 * L3, where gaps cost the processor's prefetching: on Zen 4, keeping half the lines took longer than keeping all.
 */
function worthwhileShare(memory: WasmMemory): number {
  return memory.weights.length > memory.columns ? 7 / 8 : 1 / 4;
}

/** Writes PANEL_ROWS rows of `columns` numbers (row-major) as panel number `panel`, leaving nothing of what was there. */
export function packPanel(memory: WasmMemory, panel: number, rows: Float32Array): void {
  const { columns } = memory;
  const lineCount = columns / LINE_COLUMNS;
  const kept = linesToKeep(rows, columns, worthwhileShare(memory));
  const lines = memory.lines.subarray(panel * lineCount, (panel + 1) * lineCount).fill(0);
  const packed = panelOf(memory, panel).fill(0);
  for (let i = 0; i < kept.length; i++) {
    const line = kept[i]!;
    lines[i] = 4 * LINE_COLUMNS * line;
    for (let row = 0; row < PANEL_ROWS; row++) {
      const from = row * columns + LINE_COLUMNS * line;
      const to = LINE_NUMBERS * i + LINE_COLUMNS * row;
      for (let column = 0; column < LINE_COLUMNS; column++) packed[to + column] = rows[from + column]!;
    }
  }
  // The kernel takes two lines at a time; behind an odd number there is a line of zeros for column 0.
  memory.lineCounts[panel] = kept.length + (kept.length % 2);
}

/** Reads panel number `panel` back into PANEL_ROWS rows of `columns` numbers. */
export function unpackPanel(memory: WasmMemory, panel: number, into: Float32Array): void {
  const { columns } = memory;
  const lines = memory.lines.subarray((panel * columns) / LINE_COLUMNS);
  const packed = panelOf(memory, panel);
  into.fill(0);
  // Backwards, so that the extra line of zeros comes before the true line of column 0.
  for (let i = memory.lineCounts[panel]! - 1; i >= 0; i--) {
    const column = lines[i]! / 4;
    for (let row = 0; row < PANEL_ROWS; row++) {
      const from = LINE_NUMBERS * i + LINE_COLUMNS * row;
      into.set(packed.subarray(from, from + LINE_COLUMNS), row * columns + column);
    }
  }
}

function panelOf({ rows, columns }: WasmMemory, panel: number): Float32Array {
  return rows.subarray(panel * PANEL_ROWS * columns, (panel + 1) * PANEL_ROWS * columns);
}

/** The numbers of the lines to keep, in order: those that are not all zero bits, or all. */
function linesToKeep(rows: Float32Array, columns: number, worthwhile: number): number[] {
  const bits = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
  const lineCount = columns / LINE_COLUMNS;
  const kept: number[] = [];
  for (let line = 0; line < lineCount; line++) {
    let any = 0;
    for (let row = 0; row < PANEL_ROWS; row++) {
      const at = row * columns + LINE_COLUMNS * line;
      any |= bits[at]! | bits[at + 1]! | bits[at + 2]! | bits[at + 3]!;
    }
    if (any !== 0) kept.push(line);
  }
  return kept.length <= worthwhile * lineCount ? kept : Array.from({ length: lineCount }, (_, line) => line);
}
