import { type DataDescription, ExpungeError } from "expunge";
import {
  longestOf,
  rowsToJoin,
  rowWidthAt,
  type Standing,
  storageAt,
  withCapacityFor,
} from "expunge/process";
import { rowPiecesOf } from "./dataset-pages.js";
import { type DatasetRows, joinRows, type PageForm, pickRows, shapeOfDataset } from "./dataset-rows.js";
import type { RowAccess } from "./stored-pages.js";

/** A model, and the data set that its rows come from. */
interface Joining extends Standing {
  readonly datasetId: string;
  readonly description: DataDescription;
  readonly pageRows: number;
  readonly pageForm: PageForm;
}

/** Rows as slots of a model hold them. */
export interface ContentsFor<Model> {
  /** The rows asked for, or the first of them where all would take too much memory. */
  readonly rows: readonly number[];
  readonly contents: Float32Array;
  /** The model with room for them: as it is, unless one of them is longer than its rows have room for. */
  readonly wider: Model;
}

/**
 * Some rows of a data set as slots of a model hold them: mapped where there is a map, in pairs where the model's rows are sparse, each with its sample weight
 * where rows have one, and its label behind. Every row is measured once more.
 *
 * @param rows ascending, where fewer of them will do
 * @param most numbers that they may have together as slots hold them; one page's rows are taken whatever it is
 * @throws ExpungeError E_ASSUMPTION, E_MODEL; E_DATA for a row so long that a batch with room for it could not be held
 */
export async function contentsForModel<Model extends Joining>(
  access: RowAccess,
  joining: Model,
  rows: readonly number[],
  most: number,
): Promise<ContentsFor<Model>> {
  const { plan, description } = joining;
  const { rows: read, found } = await readWhatFits(access, joining, rows, most);
  // Labels are stored in the units that the model learns in.
  const known = { ...description, labelScaling: undefined };
  const dataset = { ...known, ...found, rowCount: read.length, subjects: null };
  return byNumber(read, () => {
    const wider = plan.sparse ? withCapacityFor(joining, longestOf(dataset)) : joining;
    const form = { ...plan, sparse: storageAt(wider) };
    return { rows: read, contents: rowsToJoin(known, dataset, form).contents, wider };
  });
}

/** Rows of a page and another, until with the room of the longest they take too much memory. */
async function readWhatFits(
  access: RowAccess,
  joining: Joining,
  rows: readonly number[],
  most: number,
): Promise<{ readonly rows: readonly number[]; readonly found: DatasetRows }> {
  const { plan, datasetId, description } = joining;
  const shape = shapeOfDataset(datasetId, description, joining);
  const pieces: DatasetRows[] = [];
  const placeOf = new Map<number, number>();
  let longest = 0;
  for await (const piece of rowPiecesOf(access, shape, rows)) {
    const all = { ...description, ...piece.rows, rowCount: piece.places.length, subjects: null };
    const own = plan.sparse ? longestOf(all) : 0;
    const wider = withRoom(
      joining,
      Math.max(longest, own),
      () => rows[longestAt(all, piece.places)] as number,
    );
    const width = rowWidthAt(wider) + 1;
    const isMuch = (placeOf.size + piece.places.length) * width > most;
    if (isMuch && pieces.length > 0) break;
    longest = Math.max(longest, own);
    pieces.push(piece.rows);
    for (const place of piece.places) placeOf.set(place, placeOf.size);
  }
  const taken = rows.slice(0, placeOf.size);
  const places = taken.map((_, place) => placeOf.get(place) as number);
  return { rows: taken, found: pickRows(shape, joinRows(shape, pieces), places) };
}

/** @param row number of the longest @throws ExpungeError E_DATA naming it */
function withRoom(joining: Joining, longest: number, row: () => number): Joining {
  try {
    return withCapacityFor(joining, longest);
  } catch (error) {
    if (!(error instanceof ExpungeError)) throw error;
    throw new ExpungeError(error.code, `Row ${row()} of the data set: ${error.message}`, {
      ...error.details,
      row: row(),
    });
  }
}

function longestAt({ sparse }: DatasetRows, places: readonly number[]): number {
  const lengthOf = (i: number): number => (sparse ? sparse.starts[i + 1]! - sparse.starts[i]! : 0);
  return places[places.reduce((most, _, i) => (lengthOf(i) > lengthOf(most) ? i : most), 0)] as number;
}

/** What is wrong with a row is said of its number in the data set, by which it can be deleted. */
function byNumber<T>(rows: readonly number[], use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof ExpungeError && typeof error.details.row === "number")) throw error;
    const row = rows[error.details.row];
    const message = error.message.replace(/^Row \d+:/, `Row ${row} of the data set:`);
    throw new ExpungeError(error.code, message, { ...error.details, row });
  }
}
