import { lazy } from "../lazy";

/** Its code needs hashes and signatures: fetched when somebody comes here. */
export const LedgerPage = lazy(async () => (await import("./ledger-body")).LedgerBody);
