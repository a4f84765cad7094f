import { ExpungeError } from "expunge";
import { type NoteVerifier, openNote, parseCheckpoint, parseNote, parseVerifierKey } from "expunge/ledger";
import { areSameBytes, ledgerError } from "expunge/process";
import { mayRest } from "../database/may-rest.js";
import type { Database, Transaction } from "../database/open-database.js";
import { restores } from "../database/tables.js";
import { logVerifiers } from "../keys/signing-keys.js";
import { latestCheckpoint } from "../ledger/ledger-checkpoints.js";
import { readLedger } from "../ledger/ledger-store.js";
import { noteOwed } from "../models/owed-tasks.js";
import type { ObjectStore } from "../objects/object-store.js";
import { discardObjects } from "../rows/sweep-objects.js";
import { type Applied, applyDeletions } from "./apply-deletions.js";
import { type BackupHeader, readBackupHeader, readBackupRows, requireWhole } from "./backup-file.js";
import { createLots, TABLES } from "./copy-rows.js";
import { createLedgerLoader, isLedgerTable } from "./ledger-rows.js";
import { requireOwnVersion } from "./made-by.js";
import { createPageLoader, isPageTable } from "./page-rows.js";
import { requireChain, segmentsAfter } from "./segments.js";

/** From which files to restore, and what shows that nothing is missing. */
export interface RestoreOptions {
  /** A full backup. */
  readonly backup: string;
  /** The folder of deletions. */
  readonly deletions?: string;
  /** A signed checkpoint of the ledger that somebody kept: nothing may have been asked after the backup that is not known here. */
  readonly checkpoint?: string;
  /** The log's verifier key, from somebody who kept it, which must have signed the checkpoint; default any that is in the backup or the deletions. */
  readonly logKey?: string;
  /** Said by whoever restores: nothing was asked after the backup, and no key rotated or revoked. */
  readonly isNothingLater?: boolean;
}

/** What a restore brought back. */
export interface Restored extends Applied {
  readonly rows: number;
  /** Models that are not served before workers have carried out what waits for them. */
  readonly owing: number;
}

/**
 * Puts a backup into an empty database, with everything that came after it, in one transaction: killed, it leaves an empty database. Models
 * are served once they have forgotten what waits for them (models/owed-tasks.ts). However large the files are, little of them is held.
 *
 * @param database of `openToRestore`
 *
 * @throws ExpungeError E_CONFLICT where the database is not empty, E_DATABASE for a file that is damaged or of another version, E_LEDGER where
 *         it cannot be known that no later deletion is forgotten, or a signature or an entry does not fit
 */
export async function restoreBackup(database: Database, options: RestoreOptions): Promise<Restored> {
  const { backup, deletions, checkpoint, logKey } = options;
  const header = await readBackupHeader(backup);
  if (header.kind !== "full")
    throw new ExpungeError("E_DATABASE", `${backup} holds deletions only: expected a full backup.`);
  requireOwnVersion(backup, header);
  const segments = deletions === undefined ? [] : await segmentsAfter(deletions, header);
  if (segments.length === 0 && checkpoint === undefined && options.isNothingLater !== true)
    throw ledgerError(
      `${deletions === undefined ? "" : `All deletions in ${deletions} were written before the backup. `}Expected the deletions after the backup, or a later checkpoint of the ledger, or your word that there were none (expunge restore: --deletions, --checkpoint, --nothing-later): what was forgotten must not come back.`,
    );
  await requireWhole(backup);
  await requireChain(segments);
  const written: string[] = [];
  const restore = async (bare: Transaction): Promise<Restored> => {
    const transaction = { ...bare, objects: notingPuts(bare.objects, written) };
    await mayRest(transaction.executor);
    await requireEmpty(transaction);
    const rows = await loadFull(transaction, backup, header);
    const applied =
      segments.length === 0
        ? { requests: 0, retrained: 0, lostKeys: [] }
        : await applyDeletions(transaction, segments);
    // Nobody goes on with them: workers remove what there is.
    await transaction.executor.executeSql("update datasets set state = 'failed' where state = 'uploading'");
    await transaction.executor.executeSql(
      "select setval(pg_get_serial_sequence('ledger_staged', 'id'), (select coalesce(max(id), 0) + 1 from ledger_staged), false)",
    );
    await requireSigned(transaction);
    if (checkpoint !== undefined) await requireNotBehind(transaction, checkpoint, logKey);
    const owing = await noteOwed(transaction.executor);
    await transaction.queries.insert(restores).values({ backupCreatedAt: new Date(header.createdAt) });
    return { rows, ...applied, owing };
  };
  try {
    return await database.transaction(restore, "long");
  } catch (error) {
    await discardObjects(database, written);
    throw error;
  }
}

/** @param names which every object that is written adds its own to */
function notingPuts(objects: ObjectStore, names: string[]): ObjectStore {
  return {
    ...objects,
    put(name, bytes) {
      names.push(name);
      return objects.put(name, bytes);
    },
  };
}

async function requireEmpty({ executor }: Transaction): Promise<void> {
  const { rows } = await executor.executeSql(
    "select 1 from tenants union all select 1 from ledger_entries union all select 1 from signing_keys union all select 1 from ledger_origin limit 1",
  );
  if (rows.length > 0)
    throw new ExpungeError(
      "E_CONFLICT",
      "Expected an empty database to restore into, found one with tenants, or with keys that a server or a worker made when it started.",
    );
}

/** @returns rows that came back */
async function loadFull(transaction: Transaction, path: string, header: BackupHeader): Promise<number> {
  const lots = createLots(transaction.executor, TABLES);
  const pages = createPageLoader(transaction);
  const ledger = await createLedgerLoader(transaction, path);
  let count = 0;
  for await (const { table, row } of readBackupRows(path)) {
    if (isLedgerTable(table)) await ledger.add(table, row);
    else if (isPageTable(table)) {
      // After the data sets and models that they belong to.
      await lots.flush();
      await pages.add(table, row);
    } else await lots.add(table, row);
    count += 1;
  }
  await lots.flush();
  await pages.flush();
  const { size, root } = await ledger.finish();
  if (size !== header.ledger.to || root !== header.ledger.root)
    throw ledgerError(`The ledger in ${path} does not end as the backup says. Nothing was restored.`);
  return count;
}

/** The newest checkpoint covers all entries before it; that it fits them is known by now. @throws ExpungeError E_LEDGER */
async function requireSigned({ queries }: Transaction): Promise<void> {
  const latest = await latestCheckpoint(queries);
  if (latest === null) return;
  requireSignature(latest.note, await logVerifiers(queries), "The ledger's newest checkpoint");
}

/** A ledger that is shorter than the world has seen lacks requests. @throws ExpungeError E_LEDGER */
async function requireNotBehind({ queries }: Transaction, note: string, logKey?: string): Promise<void> {
  const seen = parseCheckpoint(parseNote(note).text);
  const keys = logKey === undefined ? await logVerifiers(queries) : [parseVerifierKey(logKey)];
  requireSignature(note, keys, "The checkpoint");
  const ledger = readLedger(queries);
  const size = await ledger.size();
  if (size < seen.size)
    throw ledgerError(
      `The ledger had ${seen.size} entries when the checkpoint was signed, the restored one has ${size}: ${seen.size - size} are missing, and deletions among them would come back. Nothing was restored.`,
    );
  if (!areSameBytes(await ledger.root(seen.size), seen.root))
    throw ledgerError("The checkpoint is of another ledger than the restored one. Nothing was restored.");
}

function requireSignature(note: string, keys: readonly NoteVerifier[], what: string): void {
  try {
    openNote(note, keys);
  } catch (error) {
    throw ledgerError(
      `${what} is not signed by a key of the log that is known here: ${(error as Error).message} A key that was made after the backup is in the deletions. Nothing was restored.`,
    );
  }
}
