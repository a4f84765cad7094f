import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
import { startWorker } from "./worker.js";

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
