import { and, asc, eq, isNull } from "drizzle-orm";
import { decodeEntry } from "expunge/ledger";
import { tryLock } from "../database/advisory-locks.js";
import { isOneOf } from "../database/one-of.js";
import type { Database } from "../database/open-database.js";
import { certificates, ledgerStaged } from "../database/tables.js";
import { appendEncoded } from "./ledger-store.js";

const ENTRIES_AT_ONCE = 500;

/** A part of what is staged. */
export interface SequencedLot {
  readonly placed: number;
  /** Whether nothing more waits, or another sequencer is at it. */
  readonly isAll: boolean;
}

/** Lot after lot until nothing waits. @returns how many entries were placed @throws as `sequenceLot` */
export async function sequenceLedger(database: Database): Promise<number> {
  let placed = 0;
  for (;;) {
    const lot = await sequenceLot(database);
    placed += lot.placed;
    if (lot.isAll) return placed;
  }
}

/**
 * Gives the oldest staged entries their places in the ledger, in the order in which they were staged, and tells certificates theirs: of
 * several entries for one certificate, the first. Safe to run in several workers at once, and again after a crash.
 *
 * @throws ExpungeError E_LEDGER; then nothing of the lot was placed
 */
export function sequenceLot(database: Database): Promise<SequencedLot> {
  return database.transaction(async (transaction) => {
    const { queries } = transaction;
    if (!(await tryLock(queries, "sequenceLedger"))) return { placed: 0, isAll: true };
    const staged = await queries
      .select()
      .from(ledgerStaged)
      .orderBy(asc(ledgerStaged.id))
      .limit(ENTRIES_AT_ONCE)
      .for("update");
    const isAll = staged.length < ENTRIES_AT_ONCE;
    if (staged.length === 0) return { placed: 0, isAll };
    // What is malformed holds up nobody.
    for (const { entry } of staged) decodeEntry(entry);
    const indexes = await appendEncoded(
      transaction,
      staged.map(({ entry }) => entry),
    );
    const ids = staged.map(({ id }) => id);
    await queries.delete(ledgerStaged).where(isOneOf(ledgerStaged.id, ids, "bigint"));
    const places = new Map<string, number>();
    staged.forEach(({ certificateId }, i) => {
      if (certificateId !== null && !places.has(certificateId)) places.set(certificateId, indexes[i]!);
    });
    for (const [id, ledgerIndex] of places)
      await queries
        .update(certificates)
        .set({ ledgerIndex })
        .where(and(eq(certificates.id, id), isNull(certificates.ledgerIndex)));
    return { placed: staged.length, isAll };
  });
}
