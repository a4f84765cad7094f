import { sql } from "drizzle-orm";
import { encodeEntry } from "expunge/ledger";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { costOf, recorded } from "../../../../test/explained.js";
import { databaseLocation, sampleEntries } from "../../testing/databases.js";
import { startTestServer, type TestServer, trainTestModel } from "../../testing/test-server.js";
import { newId } from "../database/ids.js";
import { type Database, openDatabase } from "../database/open-database.js";
import { ledgerStaged, models } from "../database/tables.js";
import { dropGivenUp, listGivenUp, retryGivenUp } from "../protocols/callback-queue.js";
import { countWorkers, forgetDeadWorkers, showWorker } from "../work/live-workers.js";
import { createHealthServer } from "./health-server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** What a worker's port says, for everybody. */
async function metricsOf(database: Database = server.database): Promise<Record<string, number>> {
  const app = createHealthServer(database);
  const { body } = await app.inject({ url: "/metrics" });
  await app.close();
  const lines = [...body.matchAll(/^(expunge_\w+) (\S+)$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, Number(value)]));
}

describe("metrics of what stands in the database", () => {
  it("are all 0 where nothing waits and nobody works", async () => {
    expect(await metricsOf()).toMatchObject({
      expunge_oldest_open_request_seconds: 0,
      expunge_models_failing: 0,
      expunge_models_owing: 0,
      expunge_models_not_learning: 0,
      expunge_workers: 0,
      expunge_ledger_oldest_staged_seconds: 0,
      expunge_callbacks_given_up: 0,
    });
  });

  it("count workers by their signs of life, and forget those that died long ago", async () => {
    const { database } = server;
    const shown = [showWorker(database), showWorker(database)];
    await expect.poll(() => countWorkers(database.queries)).toBe(2);
    expect((await metricsOf()).expunge_workers).toBe(2);
    await shown[0]?.hide();
    expect(await countWorkers(database.queries)).toBe(1);
    await shown[1]?.hide();
    await database.queries.execute(
      sql`insert into leases (name, holder, expires_at) values ('worker gone', ${newId()}, now() - interval '2 hours')`,
    );
    expect(await countWorkers(database.queries)).toBe(0);
    await forgetDeadWorkers(database.queries);
    const { rows } = await database.executor.executeSql("select name from leases where name like 'worker%'");
    expect(rows).toEqual([]);
  });

  it("tell of requests that wait, models that fail, entries without a place and callbacks that were given up", async () => {
    const { database } = server;
    const { datasetId, modelId } = await trainTestModel(server);
    // A second apart: an embedded database's clock may stand still between two statements.
    for (const [second, state] of ["failed", "done", "failed"].entries())
      await database.queries.execute(
        sql`insert into lessons (id, model_id, state, options, is_scheduled, asked_at) values (${newId()}, ${modelId}, ${state}, '{}', true, now() + ${second} * interval '1 second')`,
      );
    const entry = encodeEntry({ ...sampleEntries(1)[0]!, time: "2026-01-31T12:00:00Z" });
    await database.queries.insert(ledgerStaged).values({ entry });
    const asked = { payload: { datasetId, rows: [3] }, headers: { "idempotency-key": "waits" } };
    expect((await server.call("submit", "POST /v1/requests", asked)).statusCode).toBe(201);
    await database.queries.execute(sql`update requests set received_at = now() - interval '1 hour'`);
    await database.queries.update(models).set({ failure: "a full disk" });
    await database.queries.execute(
      sql`insert into callbacks (id, tenant_id, address, receiver, told, attempts) select ${newId()}, id, 'https://a.example', id || ' https://a.example', 'accepted', 180 from tenants limit 1`,
    );
    const found = await metricsOf();
    expect(found.expunge_oldest_open_request_seconds).toBeGreaterThanOrEqual(3600);
    expect(found.expunge_ledger_oldest_staged_seconds).toBeGreaterThan(86_400);
    expect(found).toMatchObject({
      expunge_models_failing: 1,
      expunge_models_not_learning: 1,
      expunge_callbacks_given_up: 1,
    });
    const { body } = await server.call("audit", "GET /metrics");
    expect(body).toContain("expunge_models_failing 1");
    // What was given up is tried again, or dropped, and given up no more.
    const { executor } = database;
    expect(await listGivenUp(executor)).toEqual([
      { tenant: expect.any(String), receiver: "https://a.example", count: 1 },
    ]);
    const waiting = async () =>
      (await executor.executeSql("select try_at from callbacks where try_at is not null")).rows.length;
    expect([await dropGivenUp(executor), await waiting()]).toEqual([1, 0]);
    expect(await metricsOf()).toMatchObject({ expunge_callbacks_given_up: 0 });
    await executor.executeSql("update callbacks set attempts = 180");
    expect([await retryGivenUp(executor), await waiting()]).toEqual([1, 1]);
    expect(await metricsOf()).toMatchObject({ expunge_callbacks_given_up: 0 });
    // What is not the tenant's own is for the operator.
    expect(body).not.toContain("expunge_workers");
  });
});

describe("the count of models that do not learn", () => {
  const location = databaseLocation("postgres");

  it("costs the same however many lessons there were", async () => {
    const database = await openDatabase(location());
    const admin = new pg.Client({ connectionString: location() });
    await admin.connect();
    const [tenantId, datasetId] = [newId(), newId()];
    await admin.query("insert into tenants (id, name, secret) values ($1, 'one', '')", [tenantId]);
    await admin.query(
      "insert into datasets (id, tenant_id, name, state, secret, page_rows) values ($1, $2, 'd', 'ready', '', 1)",
      [datasetId, tenantId],
    );
    await admin.query(
      `insert into models (id, tenant_id, dataset_id, name, state, options, page_slots)
         select md5(i::text)::uuid, $1, $2, 'm', 'ready', '{}', 1 from generate_series(1, 4) i`,
      [tenantId, datasetId],
    );
    /** Of each model so many more, every other of them failed; of two models the newest. */
    const addLessons = async (count: number, day: number): Promise<void> => {
      await admin.query(
        `insert into lessons (id, model_id, state, options, is_scheduled, asked_at)
           select gen_random_uuid(), md5(m::text)::uuid, case when (i + m) % 2 = 0 then 'failed' else 'done' end, '{}', true,
             timestamptz '2026-01-01' + $2 * interval '1 day' + i * interval '1 s'
           from generate_series(1, 4) m, generate_series(1, $1::int) i`,
        [count, day],
      );
      await admin.query("vacuum analyze lessons, models");
    };
    const costNow = async (): Promise<number> => {
      let found: Record<string, number> = {};
      const asked = await recorded(async () => {
        found = await metricsOf(database);
      });
      expect(found.expunge_models_not_learning).toBe(2);
      const costs = await Promise.all(
        asked.filter(({ text }) => text.includes("lessons")).map((statement) => costOf(admin, statement)),
      );
      expect(costs).toHaveLength(1);
      return costs[0]!.buffers;
    };
    await addLessons(200, 1);
    const before = await costNow();
    await addLessons(5000, 2);
    expect(await costNow()).toBeLessThan(before + 50);
    await admin.end();
    await database.close();
  });
});

describe("a worker's port", () => {
  it("says whether it lives and its database answers, and nothing else", async () => {
    const app = createHealthServer(server.database);
    for (const url of ["/healthz", "/readyz"])
      expect((await app.inject({ url })).json()).toEqual({ status: "ok" });
    expect((await app.inject({ url: "/v1/models" })).statusCode).toBe(404);
    await app.close();
  });
});
