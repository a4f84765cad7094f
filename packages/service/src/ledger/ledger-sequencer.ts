import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { decodeEntry } from "expunge/ledger";
import type { Database } from "../database/open-database.js";
import { certificates, ledgerStaged } from "../database/tables.js";
import { appendToLedger } from "./ledger-store.js";

const ENTRIES_AT_ONCE = 500;

/**
 * Gives staged entries their places in the ledger, in the order in which they were staged, and tells certificates theirs: of several
 * entries for one certificate, the first. Safe to run in several workers at once, and again after a crash.
 *
 * @returns how many entries were placed
 * @throws ExpungeError E_LEDGER; then nothing of the lot was placed
 */
export async function sequenceLedger(database: Database): Promise<number> {
  let placed = 0;
  for (;;) {
    const count = await sequenceLot(database);
    placed += count;
    if (count < ENTRIES_AT_ONCE) return placed;
  }
}

function sequenceLot(database: Database): Promise<number> {
  return database.transaction(async (transaction) => {
    const { queries } = transaction;
    // For update: a second worker waits, and then finds these rows gone.
    const staged = await queries
      .select()
      .from(ledgerStaged)
      .orderBy(asc(ledgerStaged.id))
      .limit(ENTRIES_AT_ONCE)
      .for("update");
    if (staged.length === 0) return 0;
    const indexes = await appendToLedger(
      transaction,
      staged.map(({ entry }) => decodeEntry(entry)),
    );
    const ids = staged.map(({ id }) => id);
    await queries.delete(ledgerStaged).where(inArray(ledgerStaged.id, ids));
    const places = new Map<string, number>();
    staged.forEach(({ certificateId }, i) => {
      if (certificateId !== null && !places.has(certificateId)) places.set(certificateId, indexes[i]!);
    });
    for (const [id, ledgerIndex] of places)
      await queries
        .update(certificates)
        .set({ ledgerIndex })
        .where(and(eq(certificates.id, id), isNull(certificates.ledgerIndex)));
    return staged.length;
  });
}
