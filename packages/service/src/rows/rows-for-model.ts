import { type DataDescription, ExpungeError } from "expunge";
import {
  longestOf,
  rowsToJoin,
  rowWidthAt,
  type Standing,
  storageAt,
  withCapacityFor,
} from "expunge/process";
import { type RowPiece, rowPiecesOf } from "./dataset-pages.js";
import { type DatasetRows, joinRows, type PageForm, pickRows, shapeOfDataset } from "./dataset-rows.js";
import type { RowAccess } from "./stored-pages.js";

/** A model, and the data set that its rows come from. */
interface Joining extends Standing {
  readonly datasetId: string;
  readonly description: DataDescription;
  readonly pageRows: number;
  readonly pageForm: PageForm;
}

/** Rows as slots of a model hold them, in the order given. */
export interface ContentsFor<Model> {
  /** The rows asked for, or those of the first pages where all would take too much memory. */
  readonly rows: readonly number[];
  readonly contents: Float32Array;
  /** The model with room for them: as it is, unless one of them is longer than its rows have room for. */
  readonly wider: Model;
}

/**
 * Some rows of a data set as slots of a model hold them: mapped where there is a map, in pairs where the model's rows are sparse, each with its sample weight
 * where rows have one, and its label behind. Every row is measured once more.
 *
 * @param rows in any order; of ascending ones the first are taken
 * @param most numbers that they may have together as slots hold them; one page's rows are taken whatever it is
 * @throws ExpungeError E_ASSUMPTION, E_MODEL; E_DATA for a row so long that a batch with room for it could not be held
 */
export async function contentsForModel<Model extends Joining>(
  access: RowAccess,
  joining: Model,
  rows: readonly number[],
  most: number,
): Promise<ContentsFor<Model>> {
  return contentsOf(await readWhatFits(access, joining, rows, most));
}

/**
 * Which of some rows `contentsForModel` would give, and the model with room for them, without holding them.
 *
 * @throws ExpungeError E_MODEL; E_DATA as `contentsForModel`
 */
export async function rowsThatFit<Model extends Joining>(
  access: RowAccess,
  joining: Model,
  rows: readonly number[],
  most: number,
): Promise<Pick<ContentsFor<Model>, "rows" | "wider">> {
  // All are as long, and nothing has to be read.
  if (!joining.plan.sparse && rows.length * numbersOfRow(joining) <= most) return { rows, wider: joining };
  const isRead = new Uint8Array(rows.length);
  let taken = joining;
  for await (const { piece, wider } of piecesThatFit(access, joining, rows, most)) {
    for (const place of piece.places) isRead[place] = 1;
    taken = wider;
  }
  return { rows: rows.filter((_, place) => isRead[place] === 1), wider: taken };
}

/** Rows that are to take the places of others. */
export interface Successors {
  readonly rows: readonly number[];
  /** Whether one request asks for all of them, so that there is no smaller lot. */
  readonly isAlone: boolean;
}

/**
 * The same of all rows of a lot of corrections.
 *
 * @param most numbers that the rows of several requests may have together as slots hold them; those of one request are bounded by `mostAlone`
 * @throws ExpungeError as `contentsForModel`; E_INFEASIBLE where they would take too much memory together
 */
export async function contentsOfSuccessors<Model extends Joining>(
  access: RowAccess,
  joining: Model,
  { rows, isAlone }: Successors,
  most: number,
): Promise<ContentsFor<Model>> {
  const read = await readWhatFits(access, joining, rows, isAlone ? Number.POSITIVE_INFINITY : most);
  const mostRows = isAlone ? mostAlone(read.wider, most) : most / numbersOfRow(read.wider);
  if (read.rows.length === rows.length && rows.length <= mostRows) return contentsOf(read);
  throw new ExpungeError(
    "E_INFEASIBLE",
    `${rows.length} corrected rows with room for the longest of them would take too much memory at once.`,
    { rows: rows.length },
  );
}

/** Numbers that corrected rows may have together as slots hold them: 256 MiB. */
export const MOST_CORRECTED_NUMBERS: number = 2 ** 26;

/** How many rows one correction may ask for. @param wider the model with room for the longest of them */
export function mostCorrected(wider: Standing, most: number = MOST_CORRECTED_NUMBERS): number {
  return Math.max(1, Math.floor(most / numbersOfRow(wider)));
}

/**
 * How many of them are carried out. Without end where slots have the room that was planned: so many were taken in, or the model was trained since. But one long
 * row makes room beside every short one.
 */
function mostAlone(wider: Standing, most: number): number {
  const { plan, timeline } = wider;
  const isGrown = plan.sparse !== undefined && (timeline.capacity ?? 0) > plan.sparse.capacity;
  return isGrown ? mostCorrected(wider, most) : Number.POSITIVE_INFINITY;
}

/** With its label. */
function numbersOfRow(standing: Standing): number {
  return rowWidthAt(standing) + 1;
}

/** Rows that were read, and the model with room for them. */
interface ReadRows<Model> {
  readonly rows: readonly number[];
  readonly found: DatasetRows;
  readonly wider: Model;
}

function contentsOf<Model extends Joining>({ rows, found, wider }: ReadRows<Model>): ContentsFor<Model> {
  const { plan, description } = wider;
  // Labels are stored in the units that the model learns in.
  const known = { ...description, labelScaling: undefined };
  const dataset = { ...known, ...found, rowCount: rows.length, subjects: null };
  const form = { ...plan, sparse: storageAt(wider) };
  return byNumber(rows, () => ({ rows, contents: rowsToJoin(known, dataset, form).contents, wider }));
}

/** In the order given. */
async function readWhatFits<Model extends Joining>(
  access: RowAccess,
  joining: Model,
  rows: readonly number[],
  most: number,
): Promise<ReadRows<Model>> {
  const shape = shapeOfDataset(joining.datasetId, joining.description, joining);
  const pieces: DatasetRows[] = [];
  const placeOf = new Map<number, number>();
  let taken = joining;
  for await (const { piece, wider } of piecesThatFit(access, joining, rows, most)) {
    taken = wider;
    pieces.push(piece.rows);
    for (const place of piece.places) placeOf.set(place, placeOf.size);
  }
  // Pages come in their order, rows in any: those that were read need not be the first.
  const read = Array.from(rows.keys()).filter((place) => placeOf.has(place));
  const places = read.map((place) => placeOf.get(place) as number);
  const found = pickRows(shape, joinRows(shape, pieces), places);
  return { rows: read.map((place) => rows[place] as number), found, wider: taken };
}

/** Rows of a page and another, until with the room of the longest they take too much memory, each page with the model that has room for all so far. */
async function* piecesThatFit<Model extends Joining>(
  access: RowAccess,
  joining: Model,
  rows: readonly number[],
  most: number,
): AsyncGenerator<{ readonly piece: RowPiece; readonly wider: Model }> {
  const { plan, datasetId, description } = joining;
  const shape = shapeOfDataset(datasetId, description, joining);
  let [longest, count] = [0, 0];
  for await (const piece of rowPiecesOf(access, shape, rows)) {
    const all = { ...description, ...piece.rows, rowCount: piece.places.length, subjects: null };
    longest = Math.max(longest, plan.sparse ? longestOf(all) : 0);
    const wider = withRoom(joining, longest, () => rows[longestAt(all, piece.places)] as number);
    const isFirst = count === 0;
    count += piece.places.length;
    if (!isFirst && count * numbersOfRow(wider) > most) return;
    yield { piece, wider };
  }
}

/** @param row number of the longest @throws ExpungeError E_DATA naming it */
function withRoom<Model extends Joining>(joining: Model, longest: number, row: () => number): Model {
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
