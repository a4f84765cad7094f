import { dirname, join } from "node:path";
import { planRowWidth } from "../unlearner/process-kernel.js";
import { type DurableFiles, eraseDurably, patchesOf } from "./durable-files.js";
import {
  bytesOf,
  certificatePath,
  FILES,
  FOLDERS,
  GENERATION_FILES,
  generationPath,
  readFloats,
} from "./layout.js";
import type { ModelRecord } from "./model-schema.js";
import { enterRequest } from "./register.js";

/**
 * Does what follows the switch to a generation: overwrites the rows that its request removes, enters them in the register, and moves the
 * certificate to the others, which says that all this is done. Safe to repeat, and nothing to do where it is done.
 */
export async function finishForget(
  files: DurableFiles,
  directory: string,
  generation: number,
  record: ModelRecord,
  slotOfRow: Uint32Array,
): Promise<void> {
  const home = generationPath(directory, generation);
  const { removal, timeline } = record;
  if (removal === null || !(await files.list(home)).includes(GENERATION_FILES.certificate)) return;
  await overwriteRows(files, directory, home, record, { rows: removal.rows, slotOfRow });
  await enterRequest(files, directory, record, removal);
  const path = certificatePath(directory, timeline.certificateId as string);
  await files.rename(join(home, GENERATION_FILES.certificate), path);
  await files.sync(dirname(path));
  await files.sync(home);
}

/** Erases every generation but the one in force: the one before it, and those that never came into force, with their certificates. */
export async function eraseOtherGenerations(
  files: DurableFiles,
  directory: string,
  generation: number,
): Promise<void> {
  const folder = join(directory, FOLDERS.generations);
  for (const name of await files.list(folder)) {
    if (/^\d+$/.test(name) && name !== String(generation)) await eraseDurably(files, join(folder, name));
  }
}

async function overwriteRows(
  files: DurableFiles,
  directory: string,
  home: string,
  { plan, hasOwners }: ModelRecord,
  { rows, slotOfRow }: { readonly rows: Uint32Array; readonly slotOfRow: Uint32Array },
): Promise<void> {
  const rowWidth = planRowWidth(plan);
  // One record of the row and its label for each row removed; zeros leave its slot empty.
  const width = rowWidth + 1;
  const contents =
    plan.process.deletion === "replace"
      ? await readFloats(files, join(home, GENERATION_FILES.replacements), rows.length * width)
      : null;
  const nothing = new Float32Array(width);
  const contentOf = (i: number): Float32Array => contents?.subarray(i * width, (i + 1) * width) ?? nothing;
  // In the order of the file, where neighbours are written together.
  // Opening has checked that there are these rows.
  const slotAt = (i: number): number => slotOfRow[rows[i] as number] as number;
  const bySlot = Uint32Array.from(rows.keys()).sort((a, b) => slotAt(a) - slotAt(b));
  await files.overwrite(
    join(directory, FILES.rows),
    patchesOf(bySlot, (i) => ({
      offset: slotAt(i) * rowWidth * 4,
      data: bytesOf(contentOf(i).subarray(0, rowWidth)),
    })),
  );
  await files.overwrite(
    join(directory, FILES.labels),
    patchesOf(bySlot, (i) => ({ offset: slotAt(i) * 4, data: bytesOf(contentOf(i).subarray(rowWidth)) })),
  );
  if (!hasOwners) return;
  const nobody = new Uint8Array(32);
  await files.overwrite(
    join(directory, FILES.owners),
    patchesOf(rows, (row) => ({ offset: row * 32, data: nobody })),
  );
}
