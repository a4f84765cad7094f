import type { Command } from "commander";
import { ExpungeError } from "../errors.js";
import { formatVerifierKey } from "../ledger/index.js";
import { databaseOption } from "./database-option.js";
import { createOutput, type Output } from "./output.js";
import { withKnownDatabase } from "./with-database.js";

interface PublicKeysArguments {
  readonly database: string;
  readonly log?: boolean;
  readonly json?: boolean;
}

export function addPublicKeysCommand(program: Command): void {
  program
    .command("public-keys")
    .description("Print what certificates are checked with, or checkpoints of the ledger")
    .addOption(databaseOption())
    .option("--log", "the ledger's verifier key, not the key set of certificates")
    .option("--json", "print JSON: keys; with --log: verifierKey, earlier")
    .addHelpText(
      "after",
      `
Both are public, and nothing is changed. A service that runs gives them too, at /.well-known/expunge-keys.json and expunge-log-keys.json; an embedded
database belongs to one process at a time, so ask the service there. Give them to auditors by a way that they trust.

Examples:
    $ expunge public-keys --database postgres://expunge@db.internal/expunge > expunge-keys.json
    $ expunge public-keys --log > log.key
    $ expunge verify certificate.json --public-key expunge-keys.json --ledger certificate.tlog-proof --log-key log.key`,
    )
    .action(async (options: PublicKeysArguments) => {
      const output = createOutput(options.json === true);
      const name = options.log ? "expunge-log-keys.json" : "expunge-keys.json";
      await withKnownDatabase(
        "public-keys",
        options.database,
        async ({ queries }, service) => {
          if (options.log)
            printVerifierKeys((await service.logVerifiers(queries)).map(formatVerifierKey), output);
          else printKeySet(await service.publicKeySet(queries), output);
        },
        {
          whenInUse: `Ask it for the keys: curl -s http://127.0.0.1:8080/.well-known/${name}, with the server's own address.`,
        },
      );
    });
}

function printKeySet(set: { readonly keys: readonly object[] }, output: Output): void {
  if (set.keys.length === 0) throw noKey();
  output.result(set, () => [JSON.stringify(set, null, 2)]);
}

function printVerifierKeys([verifierKey, ...earlier]: readonly string[], output: Output): void {
  if (verifierKey === undefined) throw noKey();
  output.result({ verifierKey, earlier }, () => [verifierKey]);
}

function noKey(): ExpungeError {
  return new ExpungeError(
    "E_NOT_FOUND",
    "There is no key yet: it is made when a server or a worker first starts.",
  );
}
