import { describe } from "vitest";
import { signingKeyCases } from "../keys/signing-key-cases.testing.js";
import { checkpointCases } from "./ledger-checkpoint-cases.testing.js";
import { onBothDatabases } from "./ledger-databases.testing.js";
import { ledgerStoreCases } from "./ledger-store-cases.testing.js";

// In one file, since two databases take longer to start than all of these tests to run.
onBothDatabases((database, kind) => {
  describe("the ledger", () => ledgerStoreCases(database, kind));
  describe("checkpoints", () => checkpointCases(database));
  describe("signing keys", () => signingKeyCases(database, kind));
});
