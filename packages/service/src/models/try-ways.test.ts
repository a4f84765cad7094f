import { sourceOf } from "expunge/data";
import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
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
