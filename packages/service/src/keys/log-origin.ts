import { hostname } from "node:os";
import { eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { createNoteVerifier } from "expunge/ledger";
import type { Queries } from "../database/open-database.js";
import { ledgerOrigin } from "../database/tables.js";

/*
 * The ledger's origin is the name of its keys and the first line of its checkpoints. It is the database's: chosen once and kept, whatever the
 * hosts, containers and workers are called that come later. Under another name it would be another log.
 */

/** The one row. */
const ID = 1;

/**
 * The ledger's origin, chosen by whoever comes first.
 *
 * @param asked a host name and perhaps a path, without a scheme; by default the name of this host
 * @throws ExpungeError E_OPTION where the ledger has another origin than the one that is asked for, or for a name that no key can have
 */
export async function chooseOrigin(queries: Queries, asked?: string): Promise<string> {
  const origin = (await findOrigin(queries)) ?? (await storeOrigin(queries, asked ?? hostname()));
  if (asked === undefined || asked === origin) return origin;
  throw new ExpungeError(
    "E_OPTION",
    `The ledger's origin is ${origin}, which was chosen when the service first started and stays: expected that one or none, found ${asked}.`,
  );
}

/** @throws ExpungeError E_NOT_FOUND before anybody has chosen one */
export async function requireOrigin(queries: Queries): Promise<string> {
  const origin = await findOrigin(queries);
  if (origin !== null) return origin;
  throw new ExpungeError(
    "E_NOT_FOUND",
    "The ledger has no origin yet: it gets one when a server or a worker first starts.",
  );
}

async function findOrigin(queries: Queries): Promise<string | null> {
  const [row] = await queries.select().from(ledgerOrigin).where(eq(ledgerOrigin.id, ID));
  return row?.origin ?? null;
}

/** @returns what is stored then: of several who come at once the first one's */
async function storeOrigin(queries: Queries, origin: string): Promise<string> {
  requireName(origin);
  await queries.insert(ledgerOrigin).values({ id: ID, origin }).onConflictDoNothing();
  return requireOrigin(queries);
}

/** @throws ExpungeError E_OPTION */
function requireName(origin: string): void {
  try {
    createNoteVerifier(origin, new Uint8Array(32));
  } catch {
    throw new ExpungeError(
      "E_OPTION",
      `Expected a name for the ledger without spaces and plus signs, such as ledger.example.com/expunge (--origin, EXPUNGE_ORIGIN), found ${JSON.stringify(origin)}.`,
    );
  }
}
