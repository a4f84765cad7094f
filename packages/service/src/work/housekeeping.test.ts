import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
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
