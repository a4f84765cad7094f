import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";

/** Where what was released is kept. */
export const RELEASED = join(import.meta.dirname, "upgrade");

/** A database of the last released schema: 300 people, a model, a request that is done and one that is not, and the ledger of both. */
export async function createReleasedDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  const file = join(RELEASED, "released.sql");
  const load = ["--quiet", "--set=ON_ERROR_STOP=1", "--file", file, database.url];
  execFileSync(join(postgresPrograms() as string, "psql"), load, { stdio: "ignore" });
  return database;
}
