import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPostgres, postgresPrograms, type TestPostgres } from "../../../../test/postgres.js";
import { openDatabase } from "./open-database.js";

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
    if (hasPostgres) postgres = await createPostgres();
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
    await executor.executeSql("create extension if not exists pgstattuple");
    await executor.executeSql(insert);
    await executor.executeSql(erase);
    expect(await deadOf()).toBeGreaterThan(0);
    await database.vacuum();
    expect(await deadOf()).toBe(0);
    await database.close();
  });

  it("works on an embedded database too", async () => {
    const database = await openDatabase("memory:");
    await database.executor.executeSql(insert);
    await database.executor.executeSql(erase);
    await database.vacuum();
    const { rows } = await database.executor.executeSql("select count(*)::int as count from dataset_pages");
    expect(rows).toEqual([{ count: 20 }]);
    await database.close();
  });
});
