import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPostgres, postgresPrograms, type TestPostgres } from "../../../../test/postgres.js";
import { rowsOfQuery } from "../backup/copy-rows.js";
import { atOneInstant } from "../backup/write-backup.js";
import { currentSigner, rotateKey } from "../keys/signing-keys.js";
import { claimCallbacks, settle } from "../protocols/callback-queue.js";
import { type Database, openDatabase } from "./open-database.js";
import { openPostgres } from "./postgres.js";
import { vacuumWhenDue } from "./vacuum.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: vacuum on PostgreSQL (apt-get install postgresql).");

const dataset = "00000000-0000-4000-8000-000000000001";
const insert = `
insert into tenants (id, name, secret) values ('${dataset}', 'one', '\\x00');
insert into datasets (id, tenant_id, name, state, secret, page_rows) values ('${dataset}', '${dataset}', 'd', 'ready', '\\x00', 1);
insert into row_objects (id, byte_count) values ('${dataset}', 0);
insert into dataset_pages select '${dataset}', i, decode(md5(i::text), 'hex'), '${dataset}', 0, 0 from generate_series(1, 20) i;
`;
const erase = "update dataset_pages set key = '\\x00' where page <= 10";

describe("vacuum", () => {
  let postgres: TestPostgres | undefined;
  beforeAll(async () => {
    if (!hasPostgres) return;
    postgres = await createPostgres();
    const database = await openDatabase(postgres.url);
    await database.executor.executeSql("create extension pgstattuple");
    await database.executor.executeSql(insert);
    await database.close();
  });
  afterAll(() => postgres?.remove());

  it.skipIf(!hasPostgres)("removes the old keys of what was erased", async () => {
    const database = await openDatabase(postgres?.url ?? "");
    const { executor } = database;
    const deadOf = async (): Promise<number> => {
      const { rows } = await executor.executeSql(
        "select dead_tuple_count::int as dead from pgstattuple('dataset_pages')",
      );
      return (rows[0] as { dead: number }).dead;
    };
    await executor.executeSql(erase);
    expect(await deadOf()).toBeGreaterThan(0);
    expect(await vacuumWhenDue(database, 600_000)).toBe(false);
    const { vacuum } = database;
    const full = async (): Promise<never> => {
      throw new Error("No space is left.");
    };
    Object.assign(database, { vacuum: full });
    await expect(vacuumWhenDue(database, 0)).rejects.toThrow("No space");
    Object.assign(database, { vacuum });
    // One who has begun before this erasure.
    const skipped = database.exclusively("vacuum", async () => vacuumWhenDue(database, 0));
    expect(await skipped).toBe(false);
    expect(await vacuumWhenDue(database, 0)).toBe(true);
    expect(await deadOf()).toBe(0);
    expect(await vacuumWhenDue(database, 0)).toBe(false);
    await database.close();
  });

  it.skipIf(!hasPostgres)("removes the secret of a key that was rotated", async () => {
    const database = await openDatabase(postgres?.url ?? "");
    const { executor } = database;
    await database.transaction((open) => currentSigner(open, {}));
    await vacuumWhenDue(database, 0);
    await rotateKey(database);
    expect(await vacuumWhenDue(database, 0)).toBe(true);
    const { rows } = await executor.executeSql(
      "select dead_tuple_count::int as dead from pgstattuple('signing_keys')",
    );
    expect(rows).toEqual([{ dead: 0 }]);
    await database.close();
  });

  it.skipIf(!hasPostgres)(
    "removes the token of a callback that was told, and is due for nothing less",
    async () => {
      const database = await openDatabase(postgres?.url ?? "");
      const { executor } = database;
      const deadOf = async (): Promise<unknown> =>
        (await executor.executeSql("select dead_tuple_count::int as dead from pgstattuple('callbacks')"))
          .rows;
      await executor.executeSql(
        `insert into callbacks (id, tenant_id, address, token, receiver, told, try_at)
        values ('${dataset}', '${dataset}', '/done', 'opens', '${dataset} fides', 'accepted', now())`,
      );
      await vacuumWhenDue(database, 0);
      const [claimed] = await claimCallbacks(database, []);
      await settle(database, claimed!, "running");
      expect(await vacuumWhenDue(database, 0)).toBe(false);
      await settle(database, claimed!, "completed");
      expect(await deadOf()).not.toEqual([{ dead: 0 }]);
      expect(await vacuumWhenDue(database, 0)).toBe(true);
      expect(await deadOf()).toEqual([{ dead: 0 }]);
      await database.close();
    },
  );

  it.skipIf(!hasPostgres)(
    "waits for snapshots that are older than the erasure, whoever has them",
    async () => {
      const database = await openDatabase(postgres?.url ?? "");
      const { executor } = database;
      await vacuumWhenDue(database, 0);
      const backup = new pg.Client({ connectionString: postgres?.url });
      await backup.connect();
      await backup.query("begin isolation level repeatable read");
      await backup.query("select 1 from dataset_pages");
      await executor.executeSql("delete from dataset_pages where page = 20");
      expect(await vacuumWhenDue(database, 0)).toBe(false);
      await backup.query("commit");
      expect(await vacuumWhenDue(database, 0)).toBe(true);
      await backup.end();
      await database.close();
    },
  );

  const numberOf = async ({ executor }: Database, what: string): Promise<number> =>
    ((await executor.executeSql<{ n: number }>(`select (${what})::int as n`)).rows[0] as { n: number }).n;
  const someOwners = (from: number, to: number): string =>
    `insert into owners select '${dataset}', i, decode(md5(i::text), 'hex') from generate_series(${from}, ${to}) i`;

  it.skipIf(!hasPostgres)("waits for whoever reads a page, and nobody waits for it", async () => {
    const database = await openDatabase(postgres?.url ?? "");
    const { executor } = database;
    // The page is not full: whoever reads it leaves what is erased in it.
    await executor.executeSql(someOwners(1, 50));
    await executor.executeSql('delete from owners where "row" <= 10');
    await executor.executeSql(erase);
    const waiting = "select count(*) from pg_stat_activity where wait_event = 'BufferPin'";
    let vacuumed: Promise<boolean> | undefined;
    await atOneInstant(database, async (backup) => {
      for await (const _ of rowsOfQuery(backup.executor, "select * from owners")) {
        vacuumed = vacuumWhenDue(database, 0);
        await expect.poll(() => numberOf(database, waiting), { timeout: 5000 }).toBe(1);
        await executor.executeSql(someOwners(51, 52));
        await executor.executeSql('delete from owners where "row" = 51');
        expect(await numberOf(database, "select count(*) from unvacuumed")).toBeGreaterThan(0);
        break;
      }
      await backup.executor.executeSql("close copied");
      expect(await vacuumed).toBe(true);
    });
    expect(await numberOf(database, "select count(*) from unvacuumed")).toBe(0);
    const dead = "select dead_tuple_count from pgstattuple('owners')";
    // The one that was deleted after it had begun.
    expect(await numberOf(database, dead)).toBe(1);
    await database.close();
  });

  it.skipIf(!hasPostgres)("removes a few of very many from the indexes too", async () => {
    const database = await openDatabase(postgres?.url ?? "");
    await database.executor.executeSql(`delete from owners; ${someOwners(1, 20_000)}; ${erase}`);
    await vacuumWhenDue(database, 0);
    await database.executor.executeSql(`delete from owners where "row" <= 10; ${erase}`);
    expect(await vacuumWhenDue(database, 0)).toBe(true);
    const left = (index: string): Promise<number> =>
      numberOf(database, `select tuple_count + dead_tuple_count from pgstattuple('${index}')`);
    expect([await left("owners_pkey"), await left("owners_by_owner")]).toEqual([19_990, 19_990]);
    await database.close();
  });

  it.skipIf(!hasPostgres)("fails where it may not vacuum a table", async () => {
    const database = await openDatabase(postgres?.url ?? "");
    const { executor } = database;
    await executor.executeSql("create role plain login");
    const url = new URL(postgres?.url ?? "");
    url.username = "plain";
    const plain = await openPostgres(url.href, {});
    await expect(plain.vacuum()).rejects.toThrow("owners");
    await plain.close();
    await database.close();
  });

  it("works on an embedded database too", async () => {
    const database = await openDatabase("memory:");
    await database.executor.executeSql(insert);
    await database.executor.executeSql(erase);
    // What makes it due, and what does not.
    const due = async (statement: string): Promise<boolean> => {
      await database.executor.executeSql(statement);
      return vacuumWhenDue(database, 0);
    };
    const placed = (page: number): string =>
      `insert into dataset_pages values ('${dataset}', ${page}, '\\x01', '${dataset}', 0, 0)
        on conflict (dataset_id, page) do update set key = excluded.key`;
    expect(await due("select 1")).toBe(true);
    expect(await due(placed(21))).toBe(false);
    expect(await due(placed(20))).toBe(true);
    expect(await due("delete from dataset_pages where page = 21")).toBe(true);
    expect(await due("update datasets set name = 'other'")).toBe(false);
    expect(await due("update datasets set secret = '\\x01'")).toBe(true);
    const { rows } = await database.executor.executeSql("select count(*)::int as count from dataset_pages");
    expect(rows).toEqual([{ count: 20 }]);
    await database.close();
  });
});
