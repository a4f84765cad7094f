import { sourceOf } from "expunge/data";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { setQuotas } from "../accounts/quotas.js";
import { newId } from "../database/ids.js";
import { tenants } from "../database/tables.js";

const dataset = syntheticDataset({ rowCount: 100 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

describe.skipIf(postgresPrograms() === null)("where somebody holds what is asked for", () => {
  let postgres: TestDatabase;
  let test: TestService;
  let holder: pg.Client;
  let other: { readonly tenantId: string; readonly datasetId: string };

  beforeEach(async () => {
    postgres = await createTestDatabase();
    test = await openTestService(postgres.url, dataset, { connections: 4 });
    holder = new pg.Client({ connectionString: postgres.url });
    await holder.connect();
    const tenantId = newId();
    await test.database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
    const input = { name: "d", source: sourceOf(dataset), schema: null };
    other = { tenantId, datasetId: (await test.service.createDataset(tenantId, input)).id };
  });
  afterEach(async () => {
    await holder.end();
    await test.close();
    await postgres.remove();
  });

  /** What has become of some calls so far. */
  const outcomesOf = (calls: readonly Promise<unknown>[]): string[] => {
    const outcomes: string[] = [];
    for (const call of calls)
      call.then(
        () => outcomes.push("done"),
        (error) => outcomes.push(error.code),
      );
    return outcomes;
  };

  it("calls that would change it leave connections to others, and are told to come again", async () => {
    const { service, tenantId, datasetId } = test;
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    await holder.query("begin");
    await holder.query("select 1 from models where id = $1 for update", [id]);
    await holder.query("select 1 from datasets where id = $1 for update", [datasetId]);
    const calls = [
      ...Array.from({ length: 4 }, () => service.createModel(tenantId, { name: "m", datasetId, options })),
      ...Array.from({ length: 4 }, () => service.deleteModel(tenantId, id)),
    ];
    const outcomes = outcomesOf(calls);
    await expect
      .poll(
        async () =>
          (
            await holder.query(
              "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            )
          ).rows.length,
        { timeout: 20_000 },
      )
      .toBe(1);
    await service.createModel(other.tenantId, { name: "m", datasetId: other.datasetId, options });
    expect(outcomes).toEqual([]);
    await expect.poll(() => outcomes.length, { timeout: 30_000 }).toBeGreaterThan(0);
    await holder.query("rollback");
    await expect.poll(() => outcomes.length, { timeout: 60_000 }).toBe(calls.length);
    expect(outcomes[0]).toBe("E_LOCKED");
    expect(outcomes).toContain("done");
  }, 120_000);

  it("submissions do not wait for another tenant's quotas", async () => {
    const { database, service, tenantId, datasetId } = test;
    await setQuotas(database.executor, tenantId, { openRequests: 10 });
    await holder.query("begin");
    await holder.query("select 1 from tenants where id = $1 for no key update", [tenantId]);
    const own = service.submit(tenantId, { datasetId, rows: [1], idempotencyKey: "one" });
    const outcomes = outcomesOf([own]);
    await service.submit(other.tenantId, { datasetId: other.datasetId, rows: [1] });
    await service.submit(other.tenantId, { datasetId: other.datasetId, rows: [2] });
    expect(outcomes).toEqual([]);
    await holder.query("rollback");
    expect((await own).isRepeated).toBe(false);
    const again = await service.submit(tenantId, { datasetId, rows: [1], idempotencyKey: "one" });
    expect(again).toMatchObject({ isRepeated: true, request: { id: (await own).request.id } });
  }, 120_000);
});
