import { sourceOf } from "expunge/data";
import { expect, it, vi } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { tenants } from "../database/tables.js";
import { scoreRelease } from "./evaluate-release.js";
import { readProcess, type StoredProcess } from "./stored-process.js";

const dataset = syntheticDataset({ rowCount: 200 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

it("a score that is tried has no other measures and ends with its time, and previews of a tenant take turns", async () => {
  const { database, service, tenantId, datasetId, work, close } = await openTestService("memory:", dataset);
  const input = { name: "held out", source: sourceOf(dataset), schema: null };
  const { id: evaluationDatasetId } = await service.createDataset(tenantId, input);
  const asked = { name: "m", datasetId, evaluationDatasetId, options };
  const { id: modelId } = await service.createModel(tenantId, asked);
  await work();
  const process = (await readProcess(database.queries, modelId)) as StoredProcess;
  const whole = await scoreRelease(database, modelId, process);
  expect(whole.accuracy).toBeGreaterThan(0.5);
  expect(whole.evaluation).not.toBeNull();
  const tried = await scoreRelease(database, modelId, process, { leftMs: 1000 });
  expect(tried).toEqual({ ...whole, evaluation: null });
  expect(await scoreRelease(database, modelId, process, { leftMs: 0 })).toMatchObject({ accuracy: null });

  const leaving = new AbortController();
  const first = service.preview(tenantId, { datasetId, rows: [1] });
  const others = [
    service.preview(tenantId, { datasetId, rows: [2] }, leaving.signal),
    service.planModel(tenantId, { datasetId, options }, leaving.signal),
  ].map((call) => expect(call).rejects.toMatchObject({ code: "E_ABORTED" }));
  leaving.abort();
  await Promise.all(others);
  expect((await first).rowCount).toBe(1);
  await close();
});

/** Rows of few in a page: a data set of several pieces of pages, each of which is looked at for balanced weights. */
const wide = syntheticDataset({ rowCount: 3000, featureCount: 100 });

it("plans are made one of a tenant at a time, and a large one lets others' go first between its pieces", async () => {
  const { database, service, tenantId, close } = await openTestService("memory:", dataset);
  const other = newId();
  await database.queries.insert(tenants).values({ id: other, name: "other" });
  const input = { name: "wide", source: sourceOf(wide), schema: null };
  const { id: datasetId } = await service.createDataset(tenantId, input);
  const small = { name: "small", source: sourceOf(dataset), schema: null };
  const { id: otherId } = await service.createDataset(other, small);
  const asked = { name: "m", datasetId, options: { ...options, classWeights: "balanced" } } as const;
  const done: string[] = [];
  let [reading, most, isFirst] = [0, 0, true];
  const { objects } = database;
  const { read } = objects;
  const waiting = new AbortController();
  const asks = vi.spyOn(waiting.signal, "addEventListener");
  let others: Promise<unknown> | undefined;
  const counting: typeof read = async (...what) => {
    reading += 1;
    most = Math.max(most, reading);
    if (isFirst) {
      isFirst = false;
      const plan = service.planModel(other, { datasetId: otherId, options }, waiting.signal);
      others = plan.then(() => done.push("other"));
      // It waits for its turn now.
      await expect.poll(() => asks.mock.calls.length).toBe(1);
    }
    await new Promise((resolve) => setImmediate(resolve));
    const found = await read(...what);
    reading -= 1;
    return found;
  };
  Object.assign(objects, { read: counting });
  const made = Array.from({ length: 4 }, async (_, i) => {
    await service.createModel(tenantId, { ...asked, name: `m${i}` });
    done.push("own");
  });
  await Promise.all(made);
  await others;
  expect(done).toEqual(["other", "own", "own", "own", "own"]);
  expect(most).toBe(1);
  await close();
});
