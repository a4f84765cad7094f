import type { ExpungeError } from "expunge";
import {
  appendLeaves,
  type CompactRange,
  EMPTY_RANGE,
  leafHash,
  parseCheckpoint,
  parseNote,
  rangeRoot,
  readRange,
  type TreeNode,
  treeRoot,
} from "expunge/ledger";
import { areSameBytes, ledgerError } from "expunge/process";
import { hexOf } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import type { Transaction } from "../database/open-database.js";
import { ledgerNodes } from "../database/tables.js";
import { readLedger } from "../ledger/ledger-store.js";
import type { BackupRow, LedgerSpan } from "./backup-file.js";
import { createLots } from "./copy-rows.js";

/*
 * The ledger in a backup: entries in order, and each signed checkpoint right after the last entry that it covers. So whoever reads it can
 * compare every root on the way, holding a few hashes. Nodes are not in it: they follow from the entries.
 */

const ENTRIES_AT_ONCE = 1000;

/** Of all entries from one on. @throws ExpungeError E_LEDGER where the ledger's end is damaged */
export async function ledgerSpan({ queries }: Transaction, from = 0): Promise<LedgerSpan> {
  const ledger = readLedger(queries);
  const to = await ledger.size();
  return { from, to, root: hexOf(await treeRoot(to, ledger.hashReader)) };
}

/** @param each told of every lot of entries, after its last row */
export async function* ledgerRows(
  { executor: { executeSql } }: Transaction,
  { from, to }: LedgerSpan,
  each?: (start: number, end: number) => AsyncIterable<BackupRow>,
): AsyncGenerator<BackupRow> {
  const checkpoints = `select size, row_to_json(c)::text as row from ledger_checkpoints c
    where size >= $1 and size <= $2 order by size`;
  const entries = `select index, row_to_json(e)::text as row from ledger_entries e
    where index >= $1 and index < $2 order by index`;
  const first = await executeSql<Found<"size">>(checkpoints, [from, from]);
  for (const { row } of first.rows) yield { table: "ledger_checkpoints", row };
  for (let start = from; start < to; start += ENTRIES_AT_ONCE) {
    const end = Math.min(to, start + ENTRIES_AT_ONCE);
    const { rows: signed } = await executeSql<Found<"size">>(checkpoints, [start + 1, end]);
    let next = 0;
    const { rows: placed } = await executeSql<Found<"index">>(entries, [start, end]);
    for (const { index, row } of placed) {
      yield { table: "ledger_entries", row };
      for (; Number(signed[next]?.size) === Number(index) + 1; next++)
        yield { table: "ledger_checkpoints", row: signed[next]!.row };
    }
    if (each) yield* each(start, end);
  }
}

/** Drivers give a bigint as text or as a number. */
type Found<Key extends string> = Readonly<Record<Key, string | number>> & { readonly row: string };

/** Tables that a backup holds in this way. */
type LedgerTable = "ledger_entries" | "ledger_checkpoints";
export const isLedgerTable = (table: string): table is LedgerTable =>
  table === "ledger_entries" || table === "ledger_checkpoints";

/** Puts a ledger into a database, or goes on with one that is there. */
export interface LedgerLoader {
  /** @throws ExpungeError E_LEDGER for an entry out of place, another than the one that is there, or a root that does not fit */
  add(table: LedgerTable, row: string): Promise<void>;
  /** Stores what is held. @returns the size and root of all entries */
  finish(): Promise<{ readonly size: number; readonly root: string }>;
}

/** @param path named where something does not fit */
export async function createLedgerLoader(transaction: Transaction, path: string): Promise<LedgerLoader> {
  const { queries, executor } = transaction;
  const ledger = readLedger(queries);
  const start = await ledger.size();
  let range: CompactRange = start === 0 ? EMPTY_RANGE : await readRange(start, ledger.hashReader);
  /** Not hashed yet, of these those that are there already, and what came of hashing. */
  let leaves: Uint8Array[] = [];
  let known: string[] = [];
  let nodes: TreeNode[] = [];
  /** Of one size the last counts: it is signed again after a change of keys. */
  let signedLast: { readonly size: number; readonly row: string } | null = null;
  const lots = createLots(executor, ["ledger_entries", "ledger_checkpoints"]);

  async function addEntry(row: string): Promise<void> {
    const { index, entry } = JSON.parse(row) as { index: number; entry: string };
    if (index < start) {
      known.push(row);
      if (known.length >= ENTRIES_AT_ONCE) await compare();
      return;
    }
    const next = range.size + leaves.length;
    if (index !== next) throw misfit(path, `expected entry ${next}, found entry ${index}`);
    leaves.push(leafHash(Buffer.from(entry.slice(2), "hex")));
    await lots.add("ledger_entries", row);
    if (leaves.length >= ENTRIES_AT_ONCE) await grow();
  }

  async function addCheckpoint(row: string): Promise<void> {
    const { size, note } = JSON.parse(row) as { size: number; note: string };
    // Of entries that are there already, and were compared.
    if (size < start) return;
    await grow();
    if (size !== range.size) throw misfit(path, `a checkpoint of ${size} entries comes after ${range.size}`);
    const signed = parseCheckpoint(parseNote(note).text);
    if (signed.size !== size || !areSameBytes(signed.root, rangeRoot(range)))
      throw misfit(path, `the checkpoint of ${size} entries was signed for other entries`);
    if (signedLast !== null && signedLast.size !== size) await storeCheckpoint(signedLast);
    signedLast = { size, row };
  }

  async function storeCheckpoint({ size, row }: { size: number; row: string }): Promise<void> {
    if (size === start) await executor.executeSql("delete from ledger_checkpoints where size = $1", [size]);
    await lots.add("ledger_checkpoints", row);
  }

  async function grow(): Promise<void> {
    const growth = appendLeaves(range, leaves);
    range = growth.range;
    leaves = [];
    nodes.push(...growth.nodes);
    if (nodes.length >= ENTRIES_AT_ONCE) await storeNodes();
  }

  async function storeNodes(): Promise<void> {
    await insertJson(executor, ledgerNodes, nodes);
    nodes = [];
  }

  async function compare(): Promise<void> {
    const { rows } = await executor.executeSql<{ index: number | string }>(
      `select index from json_populate_recordset(null::ledger_entries, $1::json) later
         left join ledger_entries held using (index) where held.entry is distinct from later.entry limit 1`,
      [`[${known.join()}]`],
    );
    known = [];
    const [first] = rows;
    if (first) throw misfit(path, `entry ${first.index} is another than the backup's`);
  }

  return {
    add: (table, row) => (table === "ledger_entries" ? addEntry(row) : addCheckpoint(row)),
    async finish() {
      await compare();
      await grow();
      await storeNodes();
      if (signedLast !== null) await storeCheckpoint(signedLast);
      await lots.flush();
      return { size: range.size, root: hexOf(rangeRoot(range)) };
    },
  };
}

function misfit(path: string, what: string): ExpungeError {
  return ledgerError(`The ledger in ${path} does not fit: ${what}. Nothing was restored.`);
}
