import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { reasonOf } from "../data/read-bytes.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { databaseOption, rowsOption } from "./database-option.js";
import { readLogKey } from "./ledger-evidence.js";
import { loadService } from "./load-service.js";
import { count, createOutput } from "./output.js";

interface RestoreArguments {
  readonly database: string;
  readonly rows?: string;
  readonly deletions?: string;
  readonly checkpoint?: string;
  readonly logKey?: string;
  readonly nothingLater?: boolean;
  readonly json?: boolean;
}

export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .description("Put a backup into an empty database, with every deletion that came after it")
    .argument("<backup>", "a full backup")
    .addOption(databaseOption("; empty"))
    .addOption(rowsOption())
    .option("--deletions <folder>", "the folder of `expunge backup --deletions`")
    .option(
      "--checkpoint <file>",
      "a signed checkpoint of the ledger that somebody kept: checks that no request is missing",
    )
    .option(
      "--log-key <key>",
      "with --checkpoint: the verifier key that must have signed it, or a file that holds it (default: any that is in the backup)",
    )
    .option(
      "--nothing-later",
      "your word that nothing was asked after the backup, and no key rotated or revoked, where you have neither",
    )
    .option("--json", "print JSON: rows, requests, retrained, lostKeys")
    .addHelpText(
      "after",
      `
All of it is one transaction: killed, it leaves an empty database. Deletions after the backup are carried out when a worker or a server starts, before
anything is served. Keys are as they were last: what was rotated or revoked stays so. A model that had moved on after the backup is trained anew, since two continuations of one model would reveal more than their certificates say.

Examples:
    $ expunge restore monday.backup --deletions deletions --database postgres://expunge@db.internal/new
    $ expunge restore monday.backup --checkpoint checkpoint.txt`,
    )
    .action(async (backup: string, options: RestoreArguments) => {
      const { openToRestore, restoreBackup } = await loadService("restore");
      const checkpoint = options.checkpoint === undefined ? undefined : await readNote(options.checkpoint);
      const logKey = options.logKey === undefined ? undefined : await readLogKey(options.logKey);
      const database = await openToRestore(options.database, backup, given({ rows: options.rows }));
      try {
        const restored = await restoreBackup(database, {
          backup,
          ...given({ deletions: options.deletions, checkpoint, logKey }),
          isNothingLater: options.nothingLater === true,
        });
        const output = createOutput(options.json === true);
        if (options.deletions === undefined)
          output.note(
            "note: API keys revoked after the backup work again, and keys rotated after it are not there.",
          );
        for (const key of restored.lostKeys)
          output.note(
            `note: the secret of ${key} was not sealed, so it was in no file: another key is made in its place.`,
          );
        output.result(restored, () => [
          `Restored ${count(restored.rows, "row")}, with ${count(restored.requests, "later request")}; ${count(restored.retrained, "model")} to be trained anew.`,
          restored.owing === 0
            ? "Start servers and workers: no model waits for a request."
            : `Start servers and workers: ${count(restored.owing, "model")} ${restored.owing === 1 ? "is" : "are"} served once workers have carried out what waits.`,
        ]);
      } finally {
        await database.close();
      }
    });
}

function readNote(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: Error) => {
    throw new ExpungeError("E_OPTION", `${path} cannot be read: ${reasonOf(error)}.`);
  });
}
