import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
import { restores } from "../database/tables.js";
import { finishRestore, requireServable } from "./restores.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

it("a restore ends where a model's stored rows are damaged: it is trained anew, and the others forget", async () => {
  const test = await openTestService("memory:", syntheticDataset({ rowCount: 200 }));
  const { database, service, tenantId, datasetId, context, work } = test;
  const create = async (): Promise<string> =>
    (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
  const [broken, whole] = [await create(), await create()];
  await work();
  const { id } = (await service.submit(tenantId, { datasetId, rows: [7] })).request;
  await database.executor.executeSql(
    "update model_pages set key = decode(repeat('00', 32), 'hex') where model_id = $1",
    [broken],
  );
  await database.queries.insert(restores).values({ backupCreatedAt: new Date() });
  await expect(requireServable(database)).rejects.toMatchObject({ code: "E_LEDGER" });
  const failures: (string | null)[] = [];
  await finishRestore(context({ onFailure: ({ work, modelId }) => failures.push(`${work} ${modelId}`) }));
  await requireServable(database);
  expect(failures).toEqual([...Array.from({ length: 3 }, () => `unlearn ${broken}`), `round ${broken}`]);
  const request = await service.getRequest(tenantId, id);
  expect(request.state).toBe("completed");
  const taskOf = (modelId: string) => request.tasks.find((task) => task.modelId === modelId);
  expect(taskOf(whole)).toMatchObject({ state: "done", removedCount: 1 });
  expect(taskOf(broken)).toMatchObject({ state: "done", certificateId: null });
  // Nothing of what it was is served.
  expect(await service.getModel(tenantId, broken)).toMatchObject({ state: "waiting", plan: null });
  await work();
  expect(await service.getModel(tenantId, broken)).toMatchObject({ state: "ready" });
  await test.close();
});
