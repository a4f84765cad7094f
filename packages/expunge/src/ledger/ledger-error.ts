import { ExpungeError } from "../errors.js";

/** Something of the ledger that cannot be read or made: a note, a checkpoint, a tile, an entry. One place for its code. */
export function ledgerError(message: string, details: Record<string, unknown> = {}): ExpungeError {
  return new ExpungeError("E_LEDGER", message, details);
}
