import { desc, eq } from "drizzle-orm";
import {
  type Checkpoint,
  type CompactRange,
  checkSignatures,
  EMPTY_RANGE,
  formatTlogProof,
  leafHash,
  type NoteSigner,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  parseNote,
  rangeRoot,
  readRange,
  signCheckpoint,
  signNote,
  verifyConsistency,
  verifyInclusion,
} from "expunge/ledger";
import { areSameBytes, ledgerError } from "expunge/process";
import type { Issue } from "expunge/verify";
import { lock } from "../database/advisory-locks.js";
import type { Database, Queries } from "../database/open-database.js";
import { ledgerCheckpoints } from "../database/tables.js";
import { replay } from "./ledger-check.js";
import { readLedger } from "./ledger-store.js";

export interface StoredCheckpoint {
  readonly size: number;
  /** The signed note, as it is served at `/checkpoint`. */
  readonly note: string;
  readonly createdAt: Date;
}

export interface PublishOptions {
  /** Keys that were this log's before: the last checkpoint may still be signed by one of them. */
  readonly earlierKeys?: readonly NoteVerifier[];
}

/** The newest signed checkpoint; null where none was ever published. */
export async function latestCheckpoint(queries: Queries): Promise<StoredCheckpoint | null> {
  const [row] = await queries.select().from(ledgerCheckpoints).orderBy(desc(ledgerCheckpoints.size)).limit(1);
  return row ?? null;
}

/** Whether the newest checkpoint is of the whole ledger and has this key's signature. @throws ExpungeError E_LEDGER where the ledger was cut short */
export async function isSignedBy(queries: Queries, key: NoteVerifier): Promise<boolean> {
  const size = await readLedger(queries).size();
  const last = await latestCheckpoint(queries);
  return last?.size === size && checkSignatures(parseNote(last.note), [key]).verified.length > 0;
}

/**
 * Signs the ledger as it stands, unless that has been done. Before anything is signed the root is computed anew: from the last signed
 * checkpoint on, out of the entries themselves; so the new checkpoint goes on from the last one whatever the stored nodes are.
 *
 * Cost: reads the entries since the last checkpoint.
 *
 * @param signer the log's key; its name is the origin
 * @throws ExpungeError E_LEDGER where the ledger does not go on from its last signed checkpoint, or its nodes do not fit its entries;
 *         then nothing is signed
 */
export async function publishCheckpoint(
  database: Database,
  signer: NoteSigner,
  { earlierKeys = [] }: PublishOptions = {},
): Promise<StoredCheckpoint> {
  return database.transaction(async ({ queries }) => {
    // Two who publish at once wait for each other, but not for those who append.
    await lock(queries, "publishCheckpoint");
    const size = await readLedger(queries).size();
    const last = await latestCheckpoint(queries);
    const old = last && readCheckpoint(last, signer.name, [signer, ...earlierKeys]);
    const root = await checkedRoot(queries, old, size);
    if (last?.size === size) return signAgain(queries, last, signer);
    const note = signCheckpoint({ origin: signer.name, size, root, extensions: [] }, [signer]);
    const [row] = await queries.insert(ledgerCheckpoints).values({ size, note }).returning();
    return row as StoredCheckpoint;
  });
}

function readCheckpoint(
  { size, note }: StoredCheckpoint,
  origin: string,
  keys: readonly NoteVerifier[],
): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, keys).text);
  if (checkpoint.origin !== origin)
    throw ledgerError(`The last checkpoint is of "${checkpoint.origin}", not of "${origin}".`);
  assertSize({ size }, checkpoint.size);
  return checkpoint;
}

function assertSize(stored: { readonly size: number }, size: number): void {
  if (stored.size !== size)
    throw ledgerError(`The checkpoint stored for ${stored.size} entries is of ${size}.`);
}

/** Root over `size` entries, once it is certain that they begin with those of the old checkpoint. @throws ExpungeError E_LEDGER */
async function checkedRoot(queries: Queries, old: Checkpoint | null, size: number): Promise<Uint8Array> {
  const issues: Issue[] = [];
  const start = old === null ? EMPTY_RANGE : await rangeOf(queries, old);
  const root = rangeRoot(await replay(queries, start, size, issues));
  const [issue] = issues;
  if (issue !== undefined)
    throw ledgerError(`The ledger was changed: ${issue.path} holds ${issue.actual}.`, { ...issue });
  // What verifiers will be given: nothing is signed that they could not follow.
  const proof = await readLedger(queries).consistencyProof(start.size, size);
  const claim = { oldSize: start.size, oldRoot: rangeRoot(start), newSize: size, newRoot: root };
  if (!verifyConsistency(claim, proof))
    throw ledgerError(`The ledger does not go on from its checkpoint of ${start.size} entries.`);
  return root;
}

async function rangeOf(queries: Queries, { size, root }: Checkpoint): Promise<CompactRange> {
  const range = await readRange(size, readLedger(queries).hashReader);
  if (areSameBytes(rangeRoot(range), root)) return range;
  throw ledgerError(`The first ${size} entries are not those of the checkpoint that was signed for them.`);
}

/** After a change of keys the same tree gets the new key's signature too, for those who only know that one. */
async function signAgain(
  queries: Queries,
  last: StoredCheckpoint,
  signer: NoteSigner,
): Promise<StoredCheckpoint> {
  const note = parseNote(last.note);
  if (checkSignatures(note, [signer]).verified.length > 0) return last;
  const [, line] = signNote(note.text, [signer]).split("\n\n");
  const signed = `${last.note}${line}`;
  await queries.update(ledgerCheckpoints).set({ note: signed }).where(eq(ledgerCheckpoints.size, last.size));
  return { ...last, note: signed };
}

/**
 * The `.tlog-proof` file of an entry (C2SP tlog-proof), by which it can be checked offline against the newest checkpoint.
 *
 * @returns null where no checkpoint covers the entry yet
 * @throws ExpungeError E_LEDGER where entry and nodes do not lead to the signed root: the ledger was changed
 */
export async function readTlogProof(queries: Queries, index: number): Promise<string | null> {
  const stored = await latestCheckpoint(queries);
  if (stored === null || !Number.isSafeInteger(index) || index < 0 || index >= stored.size) return null;
  const { size, root } = parseCheckpoint(parseNote(stored.note).text);
  assertSize(stored, size);
  const ledger = readLedger(queries);
  const [entry] = (await ledger.entries(index, index + 1)) as [Uint8Array];
  const hashes = await ledger.inclusionProof(index, size);
  if (!verifyInclusion({ index, size, leaf: leafHash(entry), root }, hashes))
    throw ledgerError(`Entry ${index} is not what the checkpoint of ${size} entries was signed for.`);
  return formatTlogProof({ entry, index, hashes, checkpoint: stored.note });
}
