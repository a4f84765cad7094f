import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { startWorker, type Worker } from "../work/worker.js";

const dataset = syntheticDataset({ rowCount: 100 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };
/** Longer than a test lasts. */
const NEVER_MS = 1e9;

describe.each(DATABASES)("notices on %s", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService | undefined;
  let worker: Worker | undefined;
  beforeEach(async () => {
    opened = await openTestService(location(), dataset);
  });
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
    await opened?.close();
  });

  it("bring a worker its work, which looks for none by itself", async () => {
    const { database, service, tenantId, datasetId, context } = opened as TestService;
    worker = startWorker(context({ pollMs: NEVER_MS, sweepMs: NEVER_MS }));
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    await expect.poll(async () => (await service.getModel(tenantId, id)).state).toBe("ready");
    // Until the training has let go of the model a deletion is put off, for as long as a worker rests.
    const leases = () => database.executor.executeSql("select 1 from leases where name like 'model %'");
    await expect.poll(async () => (await leases()).rows).toEqual([]);
    const { request } = await service.submit(tenantId, { datasetId, rows: [1] });
    await expect.poll(async () => (await service.getRequest(tenantId, request.id)).state).toBe("completed");
  });

  it("say whose requests and models have changed, and only what was committed", async () => {
    const { database, service, tenantId, datasetId } = opened as TestService;
    const told: (string | null)[] = [];
    const listening = database.notices.listen("expunge_changes", (payload) => told.push(payload));
    // One who listens after it, and so is told after it.
    const others: (string | null)[] = [];
    const other = database.notices.listen("expunge_changes", (payload) => others.push(payload));
    await expect.poll(() => others).toEqual([null]);
    expect(told).toEqual([null]);
    expect(listening.isLive).toBe(true);
    await expect(
      database.transaction(async ({ executor }) => {
        await executor.executeSql("select pg_notify('expunge_changes', 'never')");
        throw new Error("taken back");
      }),
    ).rejects.toThrow("taken back");
    await service.submit(tenantId, { datasetId, rows: [1] });
    await expect.poll(() => told).toContain(tenantId);
    expect(told).not.toContain("never");
    listening.stop();
    const [length, heard] = [told.length, others.length];
    await service.submit(tenantId, { datasetId, rows: [2] });
    await expect.poll(() => others.slice(heard)).toContain(tenantId);
    expect(told).toHaveLength(length);
    other.stop();
  });

  it.skipIf(kind === "pglite")(
    "come again after a connection that broke, and say that some were missed",
    async () => {
      const { database, service, tenantId, datasetId } = opened as TestService;
      const told: (string | null)[] = [];
      const listening = database.notices.listen("expunge_changes", (payload) => told.push(payload));
      await expect.poll(() => told).toEqual([null]);
      const { rows } = await database.executor.executeSql<{ ended: boolean }>(
        `select pg_terminate_backend(pid) as ended from pg_stat_activity
       where datname = current_database() and query like 'listen %'`,
      );
      expect(rows).toEqual([{ ended: true }]);
      await expect.poll(() => listening.isLive).toBe(false);
      await expect.poll(() => told).toEqual([null, null]);
      await service.submit(tenantId, { datasetId, rows: [1] });
      await expect.poll(() => told).toContain(tenantId);
      listening.stop();
    },
  );
});
