import { sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { sourceOf } from "expunge/data";
import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
import { models } from "../database/tables.js";

const dataset = syntheticDataset({ rowCount: 200 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

it("a preview looks once more where a worker has written the model's pages anew, and says that it does so for ever", async () => {
  const { database, service, tenantId, datasetId, work, close } = await openTestService("memory:", dataset);
  const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
  await work();
  await service.addRows(tenantId, datasetId, { source: sourceOf(dataset) });
  const { objects } = database;
  const { read } = objects;
  let [failures, isMoving] = [0, true];
  objects.read = async (...what) => {
    if (failures === 0) return read(...what);
    failures -= 1;
    const moved = models.version;
    if (isMoving) await database.queries.update(models).set({ version: sql`${moved} + 1` });
    throw new ExpungeError("E_MODEL", "The stored rows are damaged: page 0 is of the wrong size.");
  };
  for (const preview of [
    () => service.preview(tenantId, { datasetId, rows: [1] }),
    () => service.previewLesson(tenantId, modelId),
  ]) {
    [failures, isMoving] = [1, true];
    expect(JSON.stringify(await preview())).toContain(modelId);
    failures = Number.POSITIVE_INFINITY;
    await expect(preview()).rejects.toMatchObject({ code: "E_LOCKED" });
    isMoving = false;
    await expect(preview()).rejects.toMatchObject({ code: "E_MODEL" });
  }
  await close();
});
