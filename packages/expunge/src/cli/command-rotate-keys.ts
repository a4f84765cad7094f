import type { Command } from "commander";
import { formatVerifierKey } from "../ledger/index.js";
import { sha256Hex } from "../records/bytes.js";
import { databaseOption } from "./database-option.js";
import { createOutput } from "./output.js";
import { noteUnsealed } from "./runtime-options.js";
import { withKnownDatabase } from "./with-database.js";

interface RotateKeysOptions {
  readonly database: string;
  readonly log?: boolean;
  readonly oldIsLost?: boolean;
  readonly json?: boolean;
}

export function addRotateKeysCommand(program: Command): void {
  program
    .command("rotate-keys")
    .description("Make a service a new signing key for certificates, or for its ledger's checkpoints")
    .addOption(databaseOption())
    .option("--log", "the ledger's key, not that of certificates")
    .option(
      "--old-is-lost",
      "go on though the old key cannot be opened: EXPUNGE_DATABASE_KEY is lost, and servers and workers have a new one",
    )
    .option("--json", "print JSON: keyId")
    .addHelpText(
      "after",
      `
The old key signs nothing from then on and its secret is erased; what it signed stays valid, and its public half is kept. Servers and workers
take up the new one by themselves. expunge public-keys prints the keys. An embedded database belongs to one process at a time: stop the service first.

Examples:
    $ EXPUNGE_DATABASE_KEY=... expunge rotate-keys --database postgres://expunge@db.internal/expunge
    $ expunge rotate-keys --log --database postgres://...`,
    )
    .action(async (options: RotateKeysOptions) => {
      const output = createOutput(options.json === true);
      const keys = {
        databaseKey: process.env.EXPUNGE_DATABASE_KEY,
        isOldLost: options.oldIsLost === true,
      };
      const { keyId, isSealed } = await withKnownDatabase(
        "rotate-keys",
        options.database,
        async (database, service) => {
          if (!options.log) {
            const { signer, isSealed } = await service.rotateKey(database, keys);
            return { keyId: sha256Hex(signer.publicKey), isSealed };
          }
          const { signer, isSealed } = await service.rotateLogKey(database, keys);
          return { keyId: formatVerifierKey(signer), isSealed };
        },
      );
      noteUnsealed({ isSealed }, (text) => output.note(`note: ${text}`));
      output.result({ keyId }, () => [`From now on ${keyId} signs.`]);
    });
}
