import type { Phase } from "../accounting/phases.js";
import { ExpungeError } from "../errors.js";
import { slotCountOf } from "../records/training-plan.js";
import type { DurableFiles } from "./durable-files.js";
import { bytesOf, readOr } from "./layout.js";
import type { ModelRecord } from "./model-schema.js";

/* Rows that joined by the change a generation is of: they may not be in the files yet, or be cut off there. The record has them. */

type Grown = Pick<ModelRecord, "plan" | "timeline" | "joined" | "description">;

/** Rows that there were before those that have just joined. */
export function rowsBefore({ description, joined }: Grown): number {
  return description.rowCount - (joined?.slots.length ?? 0);
}

/** Slots that there were before those that have just joined. */
export function slotsBefore({ plan, timeline, joined }: Grown): number {
  const { phases = [] } = timeline.lives ?? {};
  const [before, newest] = phases.slice(-2);
  // The first phase is the training's: a cycle grows after it.
  const hasGrown = joined !== undefined && newest !== undefined && newest.from === joined.step;
  return hasGrown ? (before as Phase).batchCount * plan.process.batchSize : slotCountOf({ plan, timeline });
}

/**
 * A file of entries by row.
 *
 * @param width  bytes an entry
 * @param newest entries of the rows that have just joined
 * @returns an entry for each row
 * @throws ExpungeError E_MODEL where the file does not hold as many as it must
 */
export async function readByRow(
  files: DurableFiles,
  path: string,
  record: Grown,
  width: number,
  newest: Uint8Array,
): Promise<Uint8Array> {
  const [before, all] = [rowsBefore(record), record.description.rowCount];
  return readGrown(await readOr(files, path), path, { before: before * width, all: all * width }, newest);
}

/** A file of 32-bit words by row. @throws ExpungeError E_MODEL where the file does not hold as many as it must */
export async function readWordsByRow(
  files: DurableFiles,
  path: string,
  record: Grown,
  newest: Uint32Array,
): Promise<Uint32Array> {
  return new Uint32Array((await readByRow(files, path, record, 4, bytesOf(newest))).buffer);
}

/** Steps run before each row joined; undefined where the rows are those of the start, or fewer. @throws ExpungeError E_MODEL naming the file */
export async function readJoined(
  files: DurableFiles,
  path: string,
  record: Grown,
): Promise<Uint32Array | undefined> {
  const { plan, timeline, joined, description } = record;
  if (timeline.lives === undefined) return undefined;
  const ofStart = plan.process.rowCount;
  const newest = new Uint32Array(joined?.slots.length ?? 0).fill(joined?.step ?? 0);
  const [before, all] = [rowsBefore(record) - ofStart, description.rowCount - ofStart];
  // The first rows that join bring the file with them.
  const bytes =
    before === 0 ? await files.read(path).catch(() => new Uint8Array(0)) : await readOr(files, path);
  const steps = readGrown(bytes, path, { before: before * 4, all: all * 4 }, bytesOf(newest));
  const joinedOfRow = new Uint32Array(description.rowCount);
  joinedOfRow.set(new Uint32Array(steps.buffer), ofStart);
  if (joinedOfRow.some((step, row) => step > timeline.steps || step < (joinedOfRow[row - 1] ?? 0)))
    throw new ExpungeError("E_MODEL", `${path}: expected steps that ascend to ${timeline.steps} at most.`);
  return joinedOfRow;
}

function readGrown(
  bytes: Uint8Array,
  path: string,
  { before, all }: { readonly before: number; readonly all: number },
  newest: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (bytes.length < before || bytes.length > all) {
    const expected = before === all ? all : `${before} to ${all}`;
    throw new ExpungeError("E_MODEL", `${path}: expected ${expected} bytes, found ${bytes.length}.`);
  }
  const grown = new Uint8Array(all);
  grown.set(bytes.subarray(0, before));
  grown.set(newest, before);
  return grown;
}
