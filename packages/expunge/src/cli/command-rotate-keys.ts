import { hostname } from "node:os";
import type { Command } from "commander";
import { formatVerifierKey } from "../ledger/index.js";
import { sha256Hex } from "../records/bytes.js";
import { databaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import { createOutput } from "./output.js";

export function addRotateKeysCommand(program: Command): void {
  program
    .command("rotate-keys")
    .description("Make a service a new signing key for certificates, or for its ledger's checkpoints")
    .addOption(databaseOption())
    .option("--log", "the ledger's key, not that of certificates")
    .option("--origin <name>", "with --log: name of the ledger (default: this host's name)", hostname())
    .option("--json", "print JSON: keyId")
    .addHelpText(
      "after",
      `
The old key signs nothing from then on and its secret is erased; what it signed stays valid, and its public half stays published. Servers and workers
take up the new one by themselves. An embedded database belongs to one process at a time: stop the service first.

Examples:
    $ EXPUNGE_DATABASE_KEY=... expunge rotate-keys --database postgres://expunge@db.internal/expunge
    $ expunge rotate-keys --log --origin ledger.example.com --database postgres://...`,
    )
    .action(async (options: { database: string; log?: boolean; origin: string; json?: boolean }) => {
      const { openDatabase, rotateKey, rotateLogKey } = await loadService("rotate-keys");
      const database = await openDatabase(options.database);
      try {
        const keys = { databaseKey: process.env.EXPUNGE_DATABASE_KEY };
        const { signer, isSealed } = options.log
          ? await rotateLogKey(database, options.origin, keys)
          : await rotateKey(database, keys);
        const keyId = "keyHash" in signer ? formatVerifierKey(signer) : sha256Hex(signer.publicKey);
        const output = createOutput(options.json === true);
        if (!isSealed) output.note("note: the key is stored as it is; set EXPUNGE_DATABASE_KEY to seal it.");
        output.result({ keyId }, () => [`From now on ${keyId} signs.`]);
      } finally {
        await database.close();
      }
    });
}
