import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { openDatabase } from "./open-database.js";
import * as tables from "./tables.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-tables-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const id = "00000000-0000-4000-8000-000000000001";

describe.each(DATABASES)("an empty database in %s", (kind) => {
  const location = kind === "pglite" ? () => join(root, "embedded") : databaseLocation(kind);

  it("is made by who may make it, and by nobody who is to keep what is there", async () => {
    await expect(openDatabase(location(), { tables: "keep" })).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/^There are no tables of Expunge in the database/),
    });
    const made = await openDatabase(location(), { tables: "make" });
    await made.queries.insert(tables.tenants).values({ id, name: "one" });
    await made.close();
    const kept = await openDatabase(location(), { tables: "keep", rows: null });
    expect(await kept.queries.$count(tables.tenants)).toBe(1);
    expect(kept.objects.place).toBeNull();
    await kept.close();
  });

  it("refuses a place of rows without a name, which would be the folder that it runs in", async () => {
    await expect(openDatabase(location(), { rows: "" })).rejects.toMatchObject({ code: "E_OPTION" });
    vi.stubEnv("EXPUNGE_ROWS", "");
    const database = await openDatabase(location());
    expect(database.objects.place).toBe(kind === "pglite" ? join(location(), "rows") : null);
    await database.close();
    vi.unstubAllEnvs();
  });
});
