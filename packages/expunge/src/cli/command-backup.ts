import type { Command } from "commander";
import { databaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import { count, createOutput } from "./output.js";

export function addBackupCommand(program: Command): void {
  program
    .command("backup")
    .description("Write everything a service keeps into one file, or what it must not forget")
    .requiredOption("--out <file>", "where to write; replaced only once the new one is whole")
    .addOption(databaseOption())
    .option("--deletions", "only requests, certificates and the ledger: small, to be taken every few minutes")
    .option("--json", "print JSON: file, rows")
    .addHelpText(
      "after",
      `
It is one consistent state; PostgreSQL may go on serving meanwhile, an embedded database must be stopped. A full backup holds rows that are forgotten
later: keep it no longer than you have to, and keep the newest file of deletions with it, without which it cannot be restored. Signing keys are in it as they are
stored: sealed, where EXPUNGE_DATABASE_KEY is used. docs/backups.md has the whole story.

Examples:
    $ expunge backup --database postgres://expunge@db.internal/expunge --out monday.backup
    $ expunge backup --deletions --out deletions.backup`,
    )
    .action(async (options: { out: string; database: string; deletions?: boolean; json?: boolean }) => {
      const { openDatabase, writeBackup } = await loadService("backup");
      const database = await openDatabase(options.database);
      try {
        const rows = await writeBackup(database, options.out, options.deletions ? "deletions" : "full");
        createOutput(options.json === true).result({ file: options.out, rows }, () => [
          `Wrote ${options.out}: ${count(rows, "row")}.`,
        ]);
      } finally {
        await database.close();
      }
    });
}
