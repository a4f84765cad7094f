import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { type Database, openDatabase } from "../database/open-database.js";
import { tenants } from "../database/tables.js";
import { claimCallbacks, retryGivenUp } from "./callback-queue.js";

describe.skipIf(postgresPrograms() === null)("callbacks that were given up", () => {
  let postgres: TestDatabase;
  let database: Database;
  let holder: pg.Client;
  beforeEach(async () => {
    postgres = await createTestDatabase();
    holder = new pg.Client({ connectionString: postgres.url });
    await holder.connect();
    // Rows come as they lie in the table, where nothing asks for an order.
    const { rows } = await holder.query("select current_database() as name");
    for (const way of ["enable_indexscan", "enable_bitmapscan"])
      await holder.query(`alter database ${rows[0].name} set ${way} = off`);
    database = await openDatabase(postgres.url);
  });
  afterEach(async () => {
    await holder.end();
    await database.close();
    await postgres.remove();
  });

  it("are tried again while there is news of what they tell", async () => {
    const { executeSql } = database.executor;
    const id = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`;
    await database.queries.insert(tenants).values({ id: id(0), name: "one" });
    await executeSql(
      `insert into datasets (id, tenant_id, name, state, page_rows, secret) values ('${id(0)}', '${id(0)}', 'd', 'ready', 1, '')`,
    );
    // As they lie in the table their ids descend.
    for (const digit of [3, 2, 1]) {
      await executeSql(
        `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at)
           values ('${id(digit)}', '${id(0)}', '${id(0)}', 'completed', '', 0, now(), now())`,
      );
      await executeSql(
        `insert into callbacks (id, tenant_id, request_id, address, receiver, told, attempts)
           values ('${id(digit)}', '${id(0)}', '${id(digit)}', 'x', 'x', 'accepted', 180)`,
      );
      await executeSql(`insert into request_news (request_id) values ('${id(digit)}')`);
    }
    const waiting = async (): Promise<number> => {
      const { rows } = await executeSql(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows.length;
    };
    await holder.query("begin");
    await holder.query("select 1 from callbacks where id = $1 for update", [id(2)]);
    const retried = retryGivenUp(database.executor);
    await expect.poll(waiting, { timeout: 60_000 }).toBe(1);
    const claimed = claimCallbacks(database, []);
    await expect.poll(waiting, { timeout: 60_000 }).toBe(2);
    await holder.query("commit");
    expect(await retried).toBe(3);
    expect((await claimed).map((one) => one.id).sort()).toEqual([1, 2, 3].map(id));
  }, 120_000);
});
