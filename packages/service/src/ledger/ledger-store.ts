import { concatBytes } from "@noble/hashes/utils.js";
import { and, asc, eq, gte, lt, or, sql } from "drizzle-orm";
import { DomainError } from "expunge";
import {
  appendLeaves,
  encodeEntry,
  encodeEntryBundle,
  type HashReader,
  type LedgerEntry,
  leafHash,
  makeConsistencyProof,
  makeInclusionProof,
  type NodeId,
  parseTilePath,
  readRange,
  TILE_WIDTH,
  treeRoot,
} from "expunge/ledger";
import { ledgerError, TILE_HEIGHT } from "expunge/process";
import { lock } from "../database/advisory-locks.js";
import { insertJson } from "../database/insert-json.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries, Transaction } from "../database/open-database.js";
import { ledgerEntries, ledgerNodes } from "../database/tables.js";

/** What a ledger in a database serves. Every method reads anew, so it may be kept; all of it is about what has been committed. */
export interface LedgerReader {
  /** Entries in all, with a signed checkpoint or not yet. @throws ExpungeError E_LEDGER where rows are missing at its end */
  size(): Promise<number>;
  /** Bytes of the entries [start, end), as they were hashed. @throws RangeError E_DOMAIN; ExpungeError E_LEDGER where one is missing */
  entries(start: number, end: number): Promise<readonly Uint8Array[]>;
  /** @throws ExpungeError E_LEDGER for a node that is not there */
  readonly hashReader: HashReader;
  /** Root over the first `size` entries. @throws RangeError E_DOMAIN; ExpungeError E_LEDGER */
  root(size: number): Promise<Uint8Array>;
  /** That the entry at `index` is among the first `size`. @throws RangeError E_DOMAIN; ExpungeError E_LEDGER */
  inclusionProof(index: number, size: number): Promise<readonly Uint8Array[]>;
  /** That the first `oldSize` entries are the beginning of the first `newSize`. @throws RangeError E_DOMAIN; ExpungeError E_LEDGER */
  consistencyProof(oldSize: number, newSize: number): Promise<readonly Uint8Array[]>;
  /**
   * A tile or entry bundle by its path, `tile/...` (C2SP tlog-tiles); of a partial one every width that was ever complete. null for
   * what is not there and for what is no path. What a path gives never changes.
   */
  tile(path: string): Promise<Uint8Array | null>;
}

/**
 * Appends entries within the caller's transaction: they are in the ledger if and only if it commits. Others who append wait until
 * then, so this comes last in a transaction, or in one of its own.
 *
 * Cost: reads log2(size) hashes, writes three rows an entry.
 *
 * @returns the index of each entry
 * @throws ExpungeError E_LEDGER for an entry that is malformed, and where the end of the ledger has been tampered with
 */
export async function appendToLedger(
  transaction: Transaction,
  entries: readonly LedgerEntry[],
): Promise<readonly number[]> {
  // Before the lock: what is malformed holds up nobody.
  return appendEncoded(transaction, entries.map(encodeEntry));
}

/** The same of entries as `encodeEntry` writes them, which the caller has looked at. */
export async function appendEncoded(
  { queries, executor }: Transaction,
  encoded: readonly Uint8Array[],
): Promise<readonly number[]> {
  if (encoded.length === 0) return [];
  // Whoever appends has the next indexes to itself.
  await lock(queries, "appendToLedger");
  const ledger = readLedger(queries);
  const size = await ledger.size();
  const { nodes } = appendLeaves(await readRange(size, ledger.hashReader), encoded.map(leafHash));
  const rows = encoded.map((entry, i) => ({ index: size + i, entry }));
  await insertJson(executor, ledgerEntries, rows);
  await insertJson(executor, ledgerNodes, nodes);
  return rows.map(({ index }) => index);
}

/** The ledger of a database, or of a transaction on it. */
export function readLedger(queries: Queries): LedgerReader {
  const hashReader: HashReader = (nodes) => readNodes(queries, nodes);
  const size = () => readSize(queries);
  return Object.freeze({
    size,
    hashReader,
    entries: (start: number, end: number) => readEntries(queries, start, end),
    async root(of: number) {
      assertWithin("size", of, await size());
      return treeRoot(of, hashReader);
    },
    async inclusionProof(index: number, of: number) {
      assertWithin("size", of, await size());
      return makeInclusionProof(index, of, hashReader);
    },
    async consistencyProof(oldSize: number, newSize: number) {
      assertWithin("newSize", newSize, await size());
      return makeConsistencyProof(oldSize, newSize, hashReader);
    },
    tile: (path: string) => readTile(queries, path),
  });
}

function assertWithin(field: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    throw new DomainError(field, value, `in [0, ${most}], the entries that there are`);
}

/** One statement, so that both tables are seen at one moment. A ledger cut short below a checkpoint would grow into a second history. */
async function readSize(queries: Queries): Promise<number> {
  const answer = (await queries.execute(sql`
    select (select max(index) from ledger_entries) as entry,
           (select max(index) from ledger_nodes where level = 0) as leaf,
           (select max(size) from ledger_checkpoints) as published`)) as unknown as {
    readonly rows: readonly Record<"entry" | "leaf" | "published", string | number | null>[];
  };
  // Drivers give a bigint as text or as a number.
  const [{ entry, leaf, published }] = answer.rows as [(typeof answer.rows)[number]];
  const size = entry === null ? 0 : Number(entry) + 1;
  const leaves = leaf === null ? 0 : Number(leaf) + 1;
  if (leaves !== size)
    throw ledgerError(`The ledger has ${size} entries and ${leaves} leaves: rows were changed behind it.`);
  if (Number(published ?? 0) > size)
    throw ledgerError(
      `A checkpoint is of ${published} entries, the ledger has ${size}: rows were removed from its end.`,
    );
  return size;
}

async function readEntries(queries: Queries, start: number, end: number): Promise<Uint8Array[]> {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start)
    throw new DomainError("range", `${start} to ${end}`, "of whole numbers from 0 up");
  const rows = await findEntries(queries, start, end);
  const gap = rows.findIndex(({ index }, i) => index !== start + i);
  const missing = gap >= 0 ? start + gap : start + rows.length;
  if (missing < end) throw ledgerError(`Entry ${missing} is not in the ledger.`, { index: missing });
  return rows.map(({ entry }) => entry);
}

/** Those entries of [start, end) that are there. */
function findEntries(
  queries: Queries,
  start: number,
  end: number,
): Promise<{ index: number; entry: Uint8Array }[]> {
  return queries
    .select()
    .from(ledgerEntries)
    .where(and(gte(ledgerEntries.index, start), lt(ledgerEntries.index, end)))
    .orderBy(asc(ledgerEntries.index));
}

async function readNodes(queries: Queries, nodes: readonly NodeId[]): Promise<Uint8Array[]> {
  const found = await findNodes(queries, nodes);
  return nodes.map(({ level, index }) => {
    const hash = found.get(nodeName({ level, index }));
    if (hash === undefined)
      throw ledgerError(`Node ${level}/${index} is not in the ledger.`, { level, index });
    return hash;
  });
}

export function nodeName({ level, index }: NodeId): string {
  return `${level}/${index}`;
}

/** Hashes of those nodes that are there, by `nodeName`. */
export async function findNodes(
  queries: Queries,
  nodes: readonly NodeId[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const byLevel = new Map<number, number[]>();
  for (const { level, index } of nodes) {
    const indexes = byLevel.get(level);
    if (indexes) indexes.push(index);
    else byLevel.set(level, [index]);
  }
  const conditions = [...byLevel].map(([level, indexes]) =>
    and(eq(ledgerNodes.level, level), isOneOf(ledgerNodes.index, indexes, "bigint")),
  );
  if (conditions.length === 0) return new Map();
  const rows = await queries
    .select()
    .from(ledgerNodes)
    .where(or(...conditions));
  return new Map(rows.map((row) => [nodeName(row), row.hash]));
}

async function readTile(queries: Queries, path: string): Promise<Uint8Array | null> {
  const tile = parseTilePath(path);
  if (tile === null) return null;
  const start = tile.index * TILE_WIDTH;
  const end = start + tile.width;
  // Such a tile lies beyond all that can ever be there, and its indexes beyond what numbers can tell apart.
  if (!Number.isSafeInteger(end)) return null;
  if (tile.level === "entries") {
    const rows = await findEntries(queries, start, end);
    return rows.length === tile.width ? encodeEntryBundle(rows.map(({ entry }) => entry)) : null;
  }
  const rows = await queries
    .select({ hash: ledgerNodes.hash })
    .from(ledgerNodes)
    .where(
      and(
        eq(ledgerNodes.level, TILE_HEIGHT * tile.level),
        gte(ledgerNodes.index, start),
        lt(ledgerNodes.index, end),
      ),
    )
    .orderBy(asc(ledgerNodes.index));
  return rows.length === tile.width ? concatBytes(...rows.map(({ hash }) => hash)) : null;
}
