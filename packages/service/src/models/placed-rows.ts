import type { Transaction } from "../database/open-database.js";
import { inPieces, type Numbers, placeAmong } from "../database/row-numbers.js";
import { findSlots } from "../rows/model-order.js";
import type { RowAccess } from "../rows/stored-pages.js";
import type { StoredProcess } from "./stored-process.js";

/** Rows of a model with their slots, by these: of each 8 bytes are held. */
export interface RowsBySlot {
  readonly rows: Uint32Array;
  readonly slots: Uint32Array;
}

/** Those of some rows that a model has, with their slots, in the order of these, so that each page is read once. @throws ExpungeError E_MODEL */
export async function placeRows(
  access: RowAccess,
  { modelId, plan }: StoredProcess,
  rows: Numbers,
): Promise<RowsBySlot> {
  const trainedCount = plan.process.rowCount;
  const found = await findSlots(access, { modelId, trainedCount }, rows);
  // As pairs of 64 bits, the slot the higher half: these are sorted without a function for two of them.
  const pairs = new BigUint64Array(found.rows.length);
  const halves = new Uint32Array(pairs.buffer);
  for (let i = 0; i < pairs.length; i++) {
    halves[2 * i] = found.rows[i]!;
    halves[2 * i + 1] = found.slots[i]!;
  }
  pairs.sort();
  for (let i = 0; i < pairs.length; i++) {
    found.rows[i] = halves[2 * i]!;
    found.slots[i] = halves[2 * i + 1]!;
  }
  return found;
}

/** When the records of the slots of some rows joined; undefined where they are all of the start. */
export async function joinedOf(
  { executor }: Pick<Transaction, "executor">,
  { modelId }: Pick<StoredProcess, "modelId">,
  { rows, slots }: RowsBySlot,
): Promise<((slot: number) => number) | undefined> {
  // Not those behind the rows of the training: of these some may have been left out, and have joined later.
  const first = await executor.executeSql<{ row: number | null }>(FIRST_JOINED, [modelId]);
  const from = first.rows[0]?.row ?? null;
  const places = from === null ? NOWHERE : placesFrom(rows, from);
  if (places.length === 0) return undefined;
  const steps = new Float64Array(rows.length);
  for (const some of inPieces(places)) {
    const asked = some.map((place) => rows[place]!);
    const found = await executor.executeSql<{ place: number; step: number }>(JOINED, [
      ...[modelId, `{${some.join()}}`, `{${asked.join()}}`],
    ]);
    for (const { place, step } of found.rows) steps[place] = step;
  }
  let place = 0;
  return (slot) => {
    // They are mostly asked for in their order.
    if (slots[place] !== slot) place = slots[place + 1] === slot ? place + 1 : placeAmong(slots, slot);
    return slots[place] === slot ? steps[place]! : 0;
  };
}

const NOWHERE = new Uint32Array(0);

/** Places of rows from one on. */
function placesFrom(rows: Uint32Array, from: number): Uint32Array {
  let count = 0;
  for (const row of rows) if (row >= from) count += 1;
  const places = new Uint32Array(count);
  for (let place = 0, at = 0; at < count; place++) if (rows[place]! >= from) places[at++] = place;
  return places;
}

const FIRST_JOINED = `select min(first_row) as "row" from joined_rows where model_id = $1`;

/** One look-up a row, however many have joined. */
const JOINED = `select asked.place, nearest.step from unnest($2::integer[], $3::integer[]) asked (place, "row")
  cross join lateral (
    select end_row, step::float8 as step from joined_rows where model_id = $1 and first_row <= asked."row"
      order by first_row desc limit 1
  ) nearest where nearest.end_row > asked."row"`;
