import { sql } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { type Packed, packed, type RowSet, rowSetOf } from "../database/row-numbers.js";
import {
  type DatasetRows,
  type DatasetShape,
  joinRows,
  pickRows,
  rowsOfPage,
  sliceRows,
} from "./dataset-rows.js";
import { pagesOfDataset } from "./pages.js";
import { damaged, eachPage, everyPage, type RowAccess } from "./stored-pages.js";

/**
 * A data set's rows in order, a page at a time.
 *
 * @param rowCount the first so many; those that came since are none of them. Default all
 */
export async function* rowPagesOf(
  access: RowAccess,
  shape: DatasetShape,
  rowCount = Number.POSITIVE_INFINITY,
): AsyncGenerator<DatasetRows> {
  let left = rowCount;
  if (left <= 0) return;
  for await (const { bytes } of everyPage(access, pagesOfDataset(shape))) {
    const rows = rowsOfPage(shape, bytes);
    const count = Math.min(left, rows.labels.length);
    if (count > 0) yield count < rows.labels.length ? sliceRows(shape, rows, 0, count) : rows;
    left -= count;
    if (left <= 0) return;
  }
}

/** Rows of one page, and their places among those that were asked for. */
export interface RowPiece {
  readonly places: readonly number[];
  readonly rows: DatasetRows;
}

/**
 * Some rows of a data set, those of a page at a time: in their order where that is ascending.
 *
 * @throws ExpungeError E_MODEL where one is missing
 */
export async function* rowPiecesOf(
  access: RowAccess,
  shape: DatasetShape,
  rows: readonly number[],
): AsyncGenerator<RowPiece> {
  const { id, pageRows } = shape;
  const wanted = new Map<number, number[]>();
  rows.forEach((row, i) => {
    const page = Math.floor(row / pageRows);
    const own = wanted.get(page);
    if (own) own.push(i);
    else wanted.set(page, [i]);
  });
  const requireFound = (found: boolean, place: number): void => {
    if (!found) throw damaged(id, `row ${rows[place]} is missing`);
  };
  for await (const { page, bytes } of eachPage(access, pagesOfDataset(shape), [...wanted.keys()])) {
    const held = rowsOfPage(shape, bytes);
    const places = wanted.get(page) as number[];
    wanted.delete(page);
    for (const place of places) requireFound(rows[place]! % pageRows < held.labels.length, place);
    const own = places.map((place) => rows[place]! % pageRows);
    yield { places, rows: pickRows(shape, held, own) };
  }
  for (const [place] of wanted.values()) requireFound(false, place as number);
}

/**
 * Some rows of a data set, in the order given.
 *
 * @throws ExpungeError E_MODEL where a page is missing
 */
export async function readDatasetRows(
  access: RowAccess,
  shape: DatasetShape,
  rows: readonly number[],
): Promise<DatasetRows> {
  const pieces: DatasetRows[] = [];
  /** Where each row stands among the pieces. */
  const placeOf = new Array<number>(rows.length);
  let place = 0;
  for await (const piece of rowPiecesOf(access, shape, rows)) {
    pieces.push(piece.rows);
    for (const i of piece.places) placeOf[i] = place++;
  }
  return pickRows(shape, joinRows(shape, pieces), placeOf);
}

/** Rows that any request has claimed. */
export async function claimedOf(queries: Queries, datasetId: string): Promise<RowSet> {
  const { rows } = (await queries.execute(
    sql`select ${sql.raw(packed('"row"'))} from claimed_rows where dataset_id = ${datasetId} group by 1`,
  )) as unknown as { rows: Packed[] };
  return rowSetOf(rows);
}
