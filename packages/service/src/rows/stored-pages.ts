import { ExpungeError } from "expunge";
import { newId } from "../database/ids.js";
import type { SqlExecutor, Transaction } from "../database/open-database.js";
import type { Numbers } from "../database/row-numbers.js";
import type { ByteRange, ObjectStore } from "../objects/object-store.js";
import { openPage, sealPage } from "./page-seal.js";

/*
 * Pages of bytes outside the database. The database holds where each page lies and its key; an object holds many pages, and is never changed. Written
 * anew, pages go together into a new object and get new keys; the old keys are gone when that commits, and what they opened with them.
 */

/** What pages belong to: the rows of a data set, those of a model in training order, or a model's order. */
export interface PagesOf {
  readonly table: "dataset_pages" | "model_pages" | "model_order";
  readonly id: string;
  /** Of a data set's rows: how they lie in pages. It is a part of what a page is sealed as, so that whoever takes them for others cannot open it. */
  readonly form?: "sparse";
}

export interface Page {
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** One that was read, and the key that it has: another key is another writing of it. */
export interface ReadPage extends Page {
  readonly key: Uint8Array;
}

/** Pages that lie in an object, which the database does not know yet. */
export interface PlacedPages {
  readonly objectId: string;
  readonly byteCount: number;
  readonly pages: readonly PagePlace[];
}

export interface PagePlace {
  readonly page: number;
  readonly key: Uint8Array;
  readonly object_id: string;
  readonly start_byte: number;
  readonly byte_count: number;
}

/** What rows are read with. */
export type RowAccess = Pick<Transaction, "executor" | "objects">;

/** Bytes of an object, about: few requests to a store, and no more memory than that for them. */
const OBJECT_BYTES = 2 ** 22;
/** Bytes between two pages that are read with them: cheaper than another read. */
const GAP_BYTES = 2 ** 15;

const COLUMNS = "page, key, object_id, start_byte, byte_count";
export const ownerColumn = ({ table }: PagesOf): string =>
  table === "dataset_pages" ? "dataset_id" : "model_id";
/** What a page is sealed as. */
const nameOf = ({ table, id, form }: PagesOf, page: number): string =>
  `expunge ${form ? `${table} ${form}` : table} ${id} ${page}`;
/** And what it may have been sealed as: sparse rows were not told apart at first. */
const namesOf = (of: PagesOf, page: number): readonly string[] =>
  of.form ? [nameOf(of, page), nameOf({ table: of.table, id: of.id }, page)] : [nameOf(of, page)];

/** Pages from one number to another, in order; those that are not there are left out. */
export async function readPages(
  access: RowAccess,
  of: PagesOf,
  first: number,
  last: number,
): Promise<ReadPage[]> {
  const where = `${ownerColumn(of)} = $1 and page between $2 and $3`;
  return openPlaces(access.objects, of, await findPlaces(access.executor, of, where, [of.id, first, last]));
}

/** Some pages, in order; those that are not there are left out. */
export async function pickPages(access: RowAccess, of: PagesOf, numbers: Numbers): Promise<ReadPage[]> {
  return openPlaces(access.objects, of, await findPlaces(access.executor, of, ...amongPages(of, numbers)));
}

/** Bytes of pages that are read and held at once, about; more where one alone is longer. */
const HELD_BYTES = 2 ** 21;
/** Pages that are looked up at once. */
const LOOKED_UP = 64;

/** Some pages one after another, ascending where their numbers are; those that are not there are left out. However long they are, few are held. */
export async function* eachPage(
  { executor, objects }: RowAccess,
  of: PagesOf,
  numbers: Numbers,
): AsyncGenerator<ReadPage> {
  for (let start = 0; start < numbers.length; start += LOOKED_UP) {
    const some = numbers.slice(start, start + LOOKED_UP);
    yield* openInTurn(objects, of, await findPlaces(executor, of, ...amongPages(of, some)));
  }
}

/** All pages, in the same way, as far as they follow one another. */
export async function* everyPage({ executor, objects }: RowAccess, of: PagesOf): AsyncGenerator<ReadPage> {
  const where = `${ownerColumn(of)} = $1 and page between $2 and $3`;
  for (let first = 0; ; first += LOOKED_UP) {
    const places = await findPlaces(executor, of, where, [of.id, first, first + LOOKED_UP - 1]);
    yield* openInTurn(objects, of, places);
    if (places.length < LOOKED_UP) return;
  }
}

async function* openInTurn(
  objects: ObjectStore,
  of: PagesOf,
  places: readonly PagePlace[],
): AsyncGenerator<ReadPage> {
  let [first, bytes] = [0, 0];
  for (const [i, { byte_count }] of places.entries()) {
    if (i > first && bytes + byte_count > HELD_BYTES) {
      yield* await openPlaces(objects, of, places.slice(first, i));
      [first, bytes] = [i, 0];
    }
    bytes += byte_count;
  }
  if (places.length > 0) yield* await openPlaces(objects, of, places.slice(first));
}

/** Where some pages lie, in order; nobody else changes that before the transaction ends. */
export function lockPages(executor: SqlExecutor, of: PagesOf, numbers: Numbers): Promise<PagePlace[]> {
  return findPlaces(executor, of, ...amongPages(of, numbers), "for update");
}

const amongPages = (of: PagesOf, numbers: Numbers): [string, unknown[]] => [
  `${ownerColumn(of)} = $1 and page = any($2::integer[])`,
  [of.id, `{${numbers.join()}}`],
];

async function findPlaces(
  executor: SqlExecutor,
  of: PagesOf,
  where: string,
  values: unknown[],
  lock = "",
): Promise<PagePlace[]> {
  const text = `select ${COLUMNS} from ${of.table} where ${where} order by page ${lock}`;
  return (await executor.executeSql<PagePlace>(text, values)).rows;
}

/** @throws ExpungeError E_DATABASE where an object is missing, E_MODEL where a page is not what was written */
async function openPlaces(
  objects: ObjectStore,
  of: PagesOf,
  places: readonly PagePlace[],
): Promise<ReadPage[]> {
  const read = [...byObject(places)].map(([objectId, own]) => openFrom(objects, objectId, of, own));
  return (await Promise.all(read)).flat().sort((a, b) => a.page - b.page);
}

/** Pages by the object that they lie in. */
export function byObject(places: readonly PagePlace[]): ReadonlyMap<string, PagePlace[]> {
  const ofObject = new Map<string, PagePlace[]>();
  for (const place of places) {
    const own = ofObject.get(place.object_id);
    if (own) own.push(place);
    else ofObject.set(place.object_id, [place]);
  }
  return ofObject;
}

async function openFrom(
  objects: ObjectStore,
  objectId: string,
  of: PagesOf,
  places: PagePlace[],
): Promise<ReadPage[]> {
  const stretches = stretchesOf(places);
  const read = await objects.read(
    objectId,
    stretches.map(({ range }) => range),
  );
  return stretches.flatMap(({ range, own }, i) =>
    own.map(({ page, key, start_byte, byte_count }) => {
      const start = start_byte - range.first;
      const sealed = read[i]!.subarray(start, start + byte_count);
      for (const name of namesOf(of, page)) {
        const bytes = openPage(name, key, sealed);
        if (bytes !== null) return { page, key, bytes };
      }
      throw damaged(of.id, `page ${page} does not fit its checksum (object ${objectId})`);
    }),
  );
}

interface Stretch {
  readonly range: ByteRange;
  readonly own: readonly PagePlace[];
}

/** Pages that lie side by side are read at once. */
function stretchesOf(places: PagePlace[]): Stretch[] {
  const stretches: { range: { first: number; length: number }; own: PagePlace[] }[] = [];
  for (const place of places.sort((a, b) => a.start_byte - b.start_byte)) {
    const last = stretches.at(-1);
    if (last && place.start_byte - last.range.first - last.range.length <= GAP_BYTES) {
      last.own.push(place);
      last.range.length = place.start_byte + place.byte_count - last.range.first;
    } else stretches.push({ range: { first: place.start_byte, length: place.byte_count }, own: [place] });
  }
  return stretches;
}

/**
 * Writes pages into new objects, and gives each as soon as it is written. Until `placePages` has told the database they do not count; what never does is
 * swept away later (sweep-objects.ts).
 */
export async function* putPages(
  objects: ObjectStore,
  of: PagesOf,
  pages: AsyncIterable<Page> | Iterable<Page>,
): AsyncGenerator<PlacedPages> {
  let [parts, places]: [Uint8Array[], PagePlace[]] = [[], []];
  let [objectId, size] = [newId(), 0];
  const put = async (): Promise<PlacedPages> => {
    await objects.put(objectId, Buffer.concat(parts, size));
    const placed = { objectId, byteCount: size, pages: places };
    [parts, places, objectId, size] = [[], [], newId(), 0];
    return placed;
  };
  for await (const { page, bytes } of pages) {
    const { key, sealed } = sealPage(nameOf(of, page), bytes);
    places.push({ page, key, object_id: objectId, start_byte: size, byte_count: sealed.length });
    parts.push(sealed);
    size += sealed.length;
    if (size >= OBJECT_BYTES) yield await put();
  }
  if (places.length > 0) yield await put();
}

/** The same, all of them; where one cannot be written, none stays. */
export async function putAllPages(...what: Parameters<typeof putPages>): Promise<PlacedPages[]> {
  const [objects] = what;
  const all: PlacedPages[] = [];
  try {
    for await (const placed of putPages(...what)) all.push(placed);
  } catch (error) {
    // No transaction was told of them yet. What cannot be removed now is swept away later.
    for (const { objectId } of all) await objects.remove(objectId).catch(() => {});
    throw error;
  }
  return all;
}

/** Says where pages lie from now on; with the commit their old keys are gone. */
export async function placePages(
  executor: SqlExecutor,
  of: PagesOf,
  placed: readonly PlacedPages[],
): Promise<void> {
  const owner = ownerColumn(of);
  for (const { objectId, byteCount, pages } of placed) {
    await executor.executeSql("insert into row_objects (id, byte_count) values ($1, $2)", [
      objectId,
      byteCount,
    ]);
    const rows = pages.map((place) => ({ ...place, key: Buffer.from(place.key).toString("hex") }));
    await executor.executeSql(
      `insert into ${of.table} (${owner}, ${COLUMNS})
         select $1, page, decode(key, 'hex'), object_id, start_byte, byte_count
           from json_to_recordset($2::json) as r(page integer, key text, object_id uuid, start_byte integer, byte_count integer)
         on conflict (${owner}, page) do update set key = excluded.key, object_id = excluded.object_id,
           start_byte = excluded.start_byte, byte_count = excluded.byte_count`,
      [of.id, JSON.stringify(rows)],
    );
  }
}

/** The same; pages that were there before are gone. */
export async function replacePages(
  executor: SqlExecutor,
  of: PagesOf,
  placed: readonly PlacedPages[],
): Promise<void> {
  await executor.executeSql(`delete from ${of.table} where ${ownerColumn(of)} = $1`, [of.id]);
  await placePages(executor, of, placed);
}

export function damaged(id: string, what: string): ExpungeError {
  return new ExpungeError("E_MODEL", `The stored rows of ${id} are damaged: ${what}.`, { id });
}
