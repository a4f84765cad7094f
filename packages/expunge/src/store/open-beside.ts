import type { Standing } from "../records/training-plan.js";
import { type ProcessKernel, rowWidthAt } from "../unlearner/process-kernel.js";
import type { DurableFiles } from "./durable-files.js";
import type { KeptRows } from "./model-directory.js";
import { openKernel, outgrows } from "./open-kernel.js";
import { writeWiderRows } from "./widen-rows.js";

/** Another kernel over a model's rows, and how these are kept with it. */
export interface OpenedBeside {
  readonly kernel: ProcessKernel;
  readonly rows: KeptRows;
}

/**
 * Whether a model cannot go on with the kernel that it has: where rows that are held would outgrow the limit of memory, or get more room.
 *
 * @param wider     the model with that room
 * @param slotCount slots that it is to have
 */
export function mustOpenBeside(
  before: Standing,
  wider: Standing,
  slotCount: number,
  rows: Pick<KeptRows, "isHeld" | "memoryLimit">,
): boolean {
  return rowWidthAt(wider) > rowWidthAt(before) || outgrows(wider, slotCount, rows);
}

/**
 * A kernel from files that hold what the memory holds; where rows get more room, from a new file, which counts once the next generation does.
 *
 * @param before the model as its files hold it
 */
export async function openBeside(
  files: DurableFiles,
  directory: string,
  before: Standing & { readonly rows: KeptRows; readonly generation: number },
  wider: Standing,
  slotCount: number,
): Promise<OpenedBeside> {
  const { memoryLimit, rowsOf: rowsBefore } = before.rows;
  let rowsOf = rowsBefore;
  if (rowWidthAt(wider) > rowWidthAt(before)) {
    rowsOf = before.generation + 1;
    await writeWiderRows(files, directory, { ...before, rowsOf: rowsBefore }, { ...wider, rowsOf });
  }
  const { kernel, ...opened } = await openKernel(directory, { ...wider, rowsOf }, memoryLimit, slotCount);
  return { kernel, rows: { ...opened, memoryLimit, rowsOf } };
}
