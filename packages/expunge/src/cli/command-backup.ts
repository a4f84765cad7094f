import type { Command } from "commander";
import { given } from "../given.js";
import { databaseOption, rowsOption } from "./database-option.js";
import { count, createOutput } from "./output.js";
import { withKnownDatabase } from "./with-database.js";

interface BackupArguments {
  readonly out: string;
  readonly database: string;
  readonly rows?: string;
  readonly deletions?: boolean;
  readonly json?: boolean;
}

export function addBackupCommand(program: Command): void {
  program
    .command("backup")
    .description("Write everything a service keeps into one file, or what came after it into a folder")
    .requiredOption(
      "--out <path>",
      "the file, replaced only once the new one is whole; with --deletions, the folder",
    )
    .addOption(databaseOption())
    .addOption(rowsOption())
    .option(
      "--deletions",
      "add to the folder what came since the last time: requests, certificates, the ledger, keys; to be done every few minutes",
    )
    .option("--json", "print JSON: file, rows")
    .addHelpText(
      "after",
      `
It is one consistent state; PostgreSQL may go on serving meanwhile, an embedded database must be stopped. A full backup holds rows that are forgotten
later: keep it no longer than you have to, and keep the folder of deletions with it, without which it cannot be restored. Signing keys are in it as they are
stored: sealed, where EXPUNGE_DATABASE_KEY is used. docs/backups.md has the whole story.

Examples:
    $ expunge backup --database postgres://expunge@db.internal/expunge --out monday.backup
    $ expunge backup --deletions --out deletions`,
    )
    .action(
      async ({ out, database: location, rows: place, deletions = false, json = false }: BackupArguments) => {
        const { path, rows } = await withKnownDatabase(
          "backup",
          location,
          async (database, { writeBackup, writeDeletions }) =>
            deletions ? writeDeletions(database, out) : { path: out, rows: await writeBackup(database, out) },
          { rows: given({ rows: place }) },
        );
        createOutput(json).result({ file: path, rows }, () => [`Wrote ${path}: ${count(rows, "row")}.`]);
      },
    );
}
