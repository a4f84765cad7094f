import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { reasonOf } from "./arguments.js";
import { databaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import { count, createOutput } from "./output.js";

interface RestoreArguments {
  readonly database: string;
  readonly deletions?: string;
  readonly checkpoint?: string;
  readonly nothingLater?: boolean;
  readonly json?: boolean;
}

export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .description("Put a backup into an empty database, with every deletion that came after it")
    .argument("<backup>", "a full backup")
    .addOption(databaseOption("; empty"))
    .option("--deletions <file>", "the newest file of `expunge backup --deletions`")
    .option(
      "--checkpoint <file>",
      "a signed checkpoint of the ledger that somebody kept: checks that no request is missing",
    )
    .option("--nothing-later", "your word that nothing was asked after the backup, where you have neither")
    .option("--json", "print JSON: rows, requests, retrained")
    .addHelpText(
      "after",
      `
All of it is one transaction: killed, it leaves an empty database. Deletions after the backup are carried out when a worker or a server starts, before
anything is served. A model that had moved on after the backup is trained anew, since two continuations of one model would reveal more than their certificates say.

Examples:
    $ expunge restore monday.backup --deletions deletions.backup --database postgres://expunge@db.internal/new
    $ expunge restore monday.backup --checkpoint checkpoint.txt`,
    )
    .action(async (backup: string, options: RestoreArguments) => {
      const { openDatabase, restoreBackup } = await loadService("restore");
      const checkpoint = options.checkpoint === undefined ? undefined : await readNote(options.checkpoint);
      const database = await openDatabase(options.database);
      try {
        const restored = await restoreBackup(database, {
          backup,
          ...given({ deletions: options.deletions, checkpoint }),
          isNothingLater: options.nothingLater === true,
        });
        createOutput(options.json === true).result(restored, () => [
          `Restored ${count(restored.rows, "row")}, with ${count(restored.requests, "later request")}; ${count(restored.retrained, "model")} to be trained anew.`,
          "Start a worker or a server: it carries out the later deletions before it serves.",
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
