import pg from "pg";
import { expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { openDatabase } from "../database/open-database.js";
import { vacuumWhenDue } from "../database/vacuum.js";
import { startWorker, type WorkerOptions } from "./worker.js";

const countOf = async (test: TestService): Promise<number> =>
  (await test.database.executor.executeSql("select 1 from unvacuumed")).rows.length;
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

it("deletions do not wait while a worker looks through a slow place of rows, and it stops all the same", async () => {
  const test = await openTestService("memory:", syntheticDataset({ rowCount: 100 }));
  const { database, service, tenantId, datasetId } = test;
  let isListing = false;
  let go = (): void => {};
  const slow = new Promise<void>((resolve) => {
    go = resolve;
  });
  Object.assign(database.objects, {
    async *list() {
      isListing = true;
      await slow;
      yield { name: "00000000-0000-4000-8000-000000000001", writtenAt: new Date(0) };
    },
  });
  const worker = startWorker(test.context({ pollMs: 20, sweepMs: 100 }));
  await expect.poll(() => isListing).toBe(true);
  const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
  await expect.poll(async () => (await service.getModel(tenantId, id)).state).toBe("ready");
  const { request } = await service.submit(tenantId, { datasetId, rows: [1] });
  await expect.poll(async () => (await service.getRequest(tenantId, request.id)).state).toBe("completed");
  const stopped = worker.stop();
  go();
  await stopped;
  // Told to stop, it has touched nothing more.
  const { rows } = await database.executor.executeSql("select 1 from row_objects where is_condemned");
  expect(rows).toEqual([]);
  await test.close();
});

it("what was erased is vacuumed whoever erased it, and again where that failed; a worker that stops does not wait for it", async () => {
  const test = await openTestService("memory:", syntheticDataset({ rowCount: 100 }));
  const { database, service, tenantId, datasetId } = test;
  const { vacuum } = database;
  let [attempts, go] = [0, (): void => {}];
  const endless = new Promise<void>((resolve) => {
    go = resolve;
  });
  Object.assign(database, {
    async vacuum() {
      attempts += 1;
      if (attempts === 1) throw new Error("No space is left.");
      await vacuum();
      if (attempts > 3) await endless;
    },
  });
  const failures: string[] = [];
  const onFailure: WorkerOptions["onFailure"] = ({ error }) => void failures.push(error.message);
  const worker = startWorker(test.context({ pollMs: 20, sweepMs: 100, vacuumMs: 0, onFailure }));
  await expect.poll(() => countOf(test), { timeout: 5000 }).toBe(0);
  expect(failures).toEqual(["No space is left."]);
  // No model has it: it is erased with the request's own transaction, and no job.
  await service.submit(tenantId, { datasetId, rows: [1] });
  expect(await countOf(test)).toBe(1);
  await expect.poll(() => countOf(test), { timeout: 5000 }).toBe(0);
  await service.deleteDataset(tenantId, datasetId);
  await expect.poll(() => attempts, { timeout: 5000 }).toBe(4);
  await worker.stop();
  expect(await countOf(test)).toBe(1);
  go();
  await test.close();
});

it.skipIf(postgresPrograms() === null)(
  "a worker that ends while PostgreSQL vacuums does not wait for it, and what was erased is still due",
  async () => {
    const postgres = await createTestDatabase();
    const test = await openTestService(postgres.url, syntheticDataset({ rowCount: 100 }));
    const { service, tenantId, datasetId } = test;
    // What a transaction sees of other sessions does not change.
    const [other, watcher] = [0, 1].map(() => new pg.Client({ connectionString: postgres.url })) as [
      pg.Client,
      pg.Client,
    ];
    await Promise.all([other.connect(), watcher.connect()]);
    const vacuums = async (): Promise<number> =>
      (
        await watcher.query(
          "select 1 from pg_stat_activity where datname = current_database() and query like 'vacuum %' and state = 'active'",
        )
      ).rows.length;
    // One of the tables that are vacuumed: it waits for this for as long as it is held.
    await other.query("begin");
    await other.query("lock table owners in share update exclusive mode");
    await service.submit(tenantId, { datasetId, rows: [1] });
    const worker = startWorker(test.context({ pollMs: 20, sweepMs: 100, vacuumMs: 0 }));
    await expect.poll(vacuums, { timeout: 20_000 }).toBe(1);
    // Nor does anything else.
    const swept = async () => (await watcher.query("select swept_at from row_store")).rows[0].swept_at;
    await expect.poll(swept, { timeout: 20_000 }).not.toBeNull();
    // As at SIGTERM (cli/command-worker.ts).
    await worker.stop();
    await test.close();
    // It has waited for nothing: the table is held still.
    await other.query("rollback");
    await expect.poll(vacuums, { timeout: 20_000 }).toBe(0);
    await Promise.all([other.end(), watcher.end()]);
    const later = await openDatabase(postgres.url);
    expect((await later.executor.executeSql("select 1 from unvacuumed")).rows).not.toEqual([]);
    expect(await vacuumWhenDue(later, 0)).toBe(true);
    expect((await later.executor.executeSql("select 1 from unvacuumed")).rows).toEqual([]);
    await later.close();
    await postgres.remove();
  },
  60_000,
);
