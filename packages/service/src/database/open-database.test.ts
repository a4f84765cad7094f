import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, getTableColumns, getTableName, is, sql } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Wire, wireTo } from "../../../../test/cut-off.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { isConnectionLost } from "./connection-lost.js";
import { type Database, openDatabase } from "./open-database.js";
import * as tables from "./tables.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-database-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const id = "00000000-0000-4000-8000-000000000001";

describe.each(DATABASES)("a database in %s", (kind) => {
  const location = kind === "pglite" ? () => join(root, "embedded") : databaseLocation(kind);
  const open = (): Promise<Database> => openDatabase(location());

  it("leaves time for everything else while query follows query", async () => {
    const database = await open();
    for (const queries of [database.queries, null]) {
      let turns = 0;
      const clock = setInterval(() => turns++, 1);
      const ask = async (within: Database["queries"]): Promise<void> => {
        const end = performance.now() + 500;
        while (performance.now() < end) await within.select().from(tables.tenants);
      };
      await (queries ? ask(queries) : database.transaction((transaction) => ask(transaction.queries)));
      clearInterval(clock);
      expect(turns).toBeGreaterThan(5);
    }
    await database.close();
  });

  it("has the tables and columns that queries are typed by, and keeps what is in it", async () => {
    const database = await open();
    expect(database.kind).toBe(kind);
    for (const table of Object.values(tables)) {
      if (!is(table, PgTable)) continue;
      const { rows } = await database.executor.executeSql(
        "select column_name, is_nullable, udt_name from information_schema.columns where table_schema = 'public' and table_name = $1 order by column_name",
        [getTableName(table)],
      );
      const typed = Object.values(getTableColumns(table)).map((column) => ({
        column_name: column.name,
        is_nullable: column.notNull || column.primary ? "NO" : "YES",
        udt_name: UDT_NAMES[column.getSQLType()] ?? column.getSQLType(),
      }));
      typed.sort((a, b) => (a.column_name < b.column_name ? -1 : 1));
      expect(rows, getTableName(table)).toEqual(typed);
    }
    await database.queries.insert(tables.tenants).values({ id, name: "one" });
    await database.close();
    const again = await open();
    expect(await again.queries.select({ name: tables.tenants.name }).from(tables.tenants)).toEqual([
      { name: "one" },
    ]);
    await again.close();
  });

  it("rolls a transaction back where it throws, and keeps bytes as they are", async () => {
    const database = await open();
    const hash = Uint8Array.from({ length: 256 }, (_, i) => i);
    const key = { id, tenantId: id, role: "audit", label: "a", hash } as const;
    await expect(
      database.transaction(async ({ queries }) => {
        await queries.insert(tables.apiKeys).values(key);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await database.queries.$count(tables.apiKeys)).toBe(0);
    await database.transaction(({ queries }) => queries.insert(tables.apiKeys).values(key));
    const [row] = await database.queries.select().from(tables.apiKeys).where(eq(tables.apiKeys.id, id));
    expect(row?.hash).toEqual(hash);
    await database.close();
  });

  it("is refused where a newer version made it", async () => {
    const database = await open();
    await database.queries.execute(sql`insert into expunge_migrations (name) values ('9999 later')`);
    await database.close();
    await expect(open()).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringContaining("9999 later"),
    });
  });
});

/** Names of types in information_schema. */
const UDT_NAMES: Record<string, string> = {
  "double precision": "float8",
  boolean: "bool",
  integer: "int4",
  bigint: "int8",
  "timestamp (3) with time zone": "timestamptz",
};

describe("openDatabase", () => {
  it("locks an embedded database for this process", async () => {
    const database = await openDatabase(join(root, "locked"));
    await expect(openDatabase(join(root, "locked"))).rejects.toMatchObject({ code: "E_LOCKED" });
    await database.close();
    await (await openDatabase(join(root, "locked"))).close();
  });

  it("refuses a database of the first format, and says what to do", async () => {
    const location = join(root, "first-format");
    const database = await openDatabase(location);
    await database.queries.execute(
      sql`update expunge_migrations set name = '0001 first' where name like '0001%'`,
    );
    await database.close();
    await expect(openDatabase(location)).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/first format.*start with an empty database/),
    });
  });

  it("says so where PostgreSQL cannot be reached", async () => {
    await expect(openDatabase("postgres://nobody@127.0.0.1:1/none")).rejects.toMatchObject({
      code: "E_DATABASE",
    });
  });
});

describe("questions to PostgreSQL", () => {
  const location = databaseLocation("postgres");
  const timeLimits = { usual: 2000, large: 60_000 };
  const sleep = sql`select pg_sleep(3)`;

  it("have as much time as what they are about may take, and no more", async () => {
    const database = await openDatabase(location(), { timeLimits });
    const late = { cause: { code: "57014" } };
    await expect(database.queries.execute(sleep)).rejects.toMatchObject(late);
    const ask = (kind: "usual" | "large"): Promise<unknown> =>
      database.transaction(({ queries }) => queries.execute(sleep), kind);
    await expect(ask("usual")).rejects.toMatchObject(late);
    await ask("large");
    // The connection's next transaction has its own limit again.
    await expect(ask("usual")).rejects.toMatchObject(late);
    await database.vacuum();
    await database.close();
  });

  it("are not waited for for ever where packets are lost and nothing is closed", async () => {
    const wire: Wire = await wireTo(location());
    const database = await openDatabase(wire.url, { timeLimits, leaseMs: 2000 });
    const listening = database.notices.listen("expunge_work", () => {});
    await expect.poll(() => listening.isLive).toBe(true);
    const { queries } = database;
    await queries.execute(sql`select 1`);
    let begun = (): void => {};
    const isWithin = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const within = database.transaction(async (transaction) => {
      await transaction.queries.execute(sql`select 1`);
      wire.stall();
      begun();
      await transaction.queries.execute(sql`select 1`);
    });
    await isWithin;
    const all = [
      within,
      queries.execute(sql`select 1`),
      database.transaction(async () => {}),
      database.exclusively("one", async () => {}),
      database.vacuum(),
    ];
    const failed = await Promise.all(
      all.map((one) =>
        one.then(
          () => null,
          (error) => error,
        ),
      ),
    );
    expect(failed.map(isConnectionLost)).toEqual([true, true, true, true, true]);
    await expect.poll(() => listening.isLive).toBe(false);
    wire.mend();
    await queries.execute(sql`select 1`);
    expect(await database.exclusively("one", async () => "done")).toBe("done");
    await expect.poll(() => listening.isLive).toBe(true);
    wire.stall();
    await database.close();
    await wire.close();
  });
});
