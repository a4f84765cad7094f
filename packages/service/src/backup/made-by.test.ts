import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseLocation } from "../../testing/databases.js";
import { MIGRATIONS } from "../database/migrations.js";
import { openPostgres } from "../database/postgres.js";
import { writeBackupFile } from "./backup-file.js";
import { openToRestore } from "./made-by.js";

const OWN = MIGRATIONS.map(({ name }) => name);
const LAST = OWN.at(-1) as string;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-made-by-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function backupOf(migrations: readonly string[]): Promise<string> {
  const path = join(await mkdtemp(join(root, "case-")), "full.backup");
  const ledger = { from: 0, to: 0, root: "" };
  const createdAt = "2026-01-31T12:00:00.000Z";
  const header = {
    expunge: "backup",
    version: 2,
    kind: "full",
    migrations,
    createdAt,
    ledger,
    previous: null,
  } as const;
  await writeBackupFile(path, header, (async function* () {})());
  return path;
}

const older = OWN.slice(0, -1);
const newer = [...OWN, "9999 of a later version"];
const otherVersions = [
  ["an older version", older, `: it lacks migration "${LAST}", which this version has. Restore with`],
  [
    "a newer version",
    newer,
    ': it has migration "9999 of a later version", which this version lacks. Restore with',
  ],
] as const;

describe("a backup of another version", () => {
  const location = databaseLocation("postgres");

  it.each(otherVersions)("leaves a database in PostgreSQL without a table: %s", async (_, made, message) => {
    const refused = openToRestore(location(), await backupOf(made));
    await expect(refused).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringContaining(message),
    });
    const bare = await openPostgres(location(), {});
    const { rows } = await bare.executor.executeSql(
      "select table_name from information_schema.tables where table_schema = 'public'",
    );
    await bare.close();
    expect(rows).toEqual([]);
  });

  it.each(otherVersions)("makes no embedded database: %s", async (_, made, message) => {
    const folder = join(root, `embedded-${made.length}`);
    await expect(openToRestore(folder, await backupOf(made))).rejects.toThrow(message);
    expect(existsSync(folder)).toBe(false);
  });
});

describe("a backup of this version", () => {
  const location = databaseLocation("postgres");

  it("opens the database, brought up to date", async () => {
    const database = await openToRestore(location(), await backupOf(OWN));
    const { rows } = await database.executor.executeSql("select name from expunge_migrations");
    await database.close();
    expect(rows).toHaveLength(OWN.length);
  });
});
