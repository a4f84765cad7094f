import { ExpungeError } from "expunge";
import { MIGRATIONS } from "../database/migrations.js";
import { type Database, type OpenDatabaseOptions, openDatabase } from "../database/open-database.js";
import { type BackupHeader, readBackupHeader } from "./backup-file.js";

/**
 * Opens a database to restore a full backup into. The backup's header is read first: a database that was brought up to date could not be opened any more by the
 * older version that made the backup.
 *
 * @param location as for `openDatabase`
 * @param backup path of a full backup
 * @throws ExpungeError E_DATABASE for a file that is damaged or of another version, when the database is as it was, and as `openDatabase` does
 */
export async function openToRestore(
  location: string,
  backup: string,
  options?: OpenDatabaseOptions,
): Promise<Database> {
  requireOwnVersion(backup, await readBackupHeader(backup));
  return openDatabase(location, options);
}

/** @throws ExpungeError E_DATABASE where a backup was made by a version with other migrations */
export function requireOwnVersion(path: string, { migrations }: BackupHeader): void {
  const own = MIGRATIONS.map(({ name }) => name);
  const difference = differenceOf(migrations, own, "this version");
  if (difference !== null)
    throw new ExpungeError(
      "E_DATABASE",
      `${path} was made by another version of Expunge: ${difference}. Restore with the version that made it.`,
    );
}

/**
 * What the migrations of a file and others do not have in common, in words.
 *
 * @param owner what has the others
 * @returns null where they are the same
 */
export function differenceOf(
  file: readonly string[],
  others: readonly string[],
  owner: string,
): string | null {
  const missing = (names: readonly string[], known: readonly string[]): string =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => JSON.stringify(name))
      .join(", ");
  const [lacks, adds] = [missing(others, file), missing(file, others)];
  const parts = [
    ...(lacks === "" ? [] : [`it lacks migration ${lacks}, which ${owner} has`]),
    ...(adds === "" ? [] : [`it has migration ${adds}, which ${owner} lacks`]),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}
