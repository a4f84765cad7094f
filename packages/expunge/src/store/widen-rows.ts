import { join } from "node:path";
import { widenRows } from "../records/sparse-rows.js";
import type { Standing } from "../records/training-plan.js";
import { rowWidthAt } from "../unlearner/process-kernel.js";
import { type DurableFiles, eraseDurably } from "./durable-files.js";
import { bytesOf, rowsFile } from "./layout.js";
import { openRows, type StandingRows } from "./open-kernel.js";

/** Bytes of rows that are written at once. */
const BLOCK_BYTES = 2 ** 22;

/**
 * Writes a model's rows into a file of their own, with room for longer ones, durably. Nothing makes it count yet.
 *
 * @param before the model as the files hold it
 * @param wider  the model with that room, and the generation that the file is to be of
 */
export async function writeWiderRows(
  files: DurableFiles,
  directory: string,
  before: StandingRows,
  wider: Standing & { readonly rowsOf: number },
): Promise<void> {
  const path = join(directory, rowsFile(wider));
  await eraseWiderRows(files, directory, wider.rowsOf);
  const [from, to] = [rowWidthAt(before), rowWidthAt(wider)];
  const behind = wider.plan.weighting?.samples ? 1 : 0;
  const rows = await openRows(directory, before);
  try {
    await files.write(path, new Uint8Array(0));
    const most = Math.max(1, Math.floor(BLOCK_BYTES / (4 * to)));
    for (let first = 0; first < rows.slotCount; first += most) {
      const count = Math.min(most, rows.slotCount - first);
      const stored = new Float32Array(count * from);
      await rows.read(first, stored, new Float32Array(count));
      const widened = new Float32Array(count * to);
      widenRows(stored, widened, { from, to, behind });
      await files.overwrite(path, [{ offset: 4 * first * to, data: bytesOf(widened) }]);
    }
    await files.sync(directory);
  } finally {
    await rows.close();
  }
}

/** Erases what a change that came to nothing has written, if it is there. */
export async function eraseWiderRows(files: DurableFiles, directory: string, rowsOf: number): Promise<void> {
  const name = rowsFile({ rowsOf });
  if ((await files.list(directory)).includes(name)) await eraseDurably(files, join(directory, name));
}
