import { afterEach, beforeEach, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { makeHopeless, NO_LEASE, openTestService, type TestService } from "../../testing/test-service.js";
import type { SqlExecutor } from "../database/open-database.js";
import { restores } from "../database/tables.js";
import { countOwing, forgetPaid, isRestoring, noteOwed } from "../models/owed-tasks.js";
import { unlearnModel } from "../models/unlearn-model.js";
import { sweepDeletions } from "./rounds.js";
import type { Rests } from "./worker.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

let test: TestService;
let [broken, whole] = ["", ""];
let requestId = "";
beforeEach(async () => {
  test = await openTestService("memory:", syntheticDataset({ rowCount: 200 }));
  const { database, service, tenantId, datasetId, work } = test;
  const create = async (): Promise<string> =>
    (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
  [broken, whole] = [await create(), await create()];
  await work();
  requestId = (await service.submit(tenantId, { datasetId, rows: [7] })).request.id;
  await database.queries.insert(restores).values({ backupCreatedAt: new Date() });
  await noteOwed(database.executor);
});
afterEach(() => test.close());

const change = (text: string) => test.database.executor.executeSql(text, [broken]);
const weightsOf = (modelId: string) => test.service.weights(test.tenantId, modelId);
const owing = () => countOwing(test.database.executor, test.tenantId);
const taskOf = async (modelId: string) =>
  (await test.service.getRequest(test.tenantId, requestId)).tasks.find((task) => task.modelId === modelId);

/** As a worker does, without its pauses. @returns what failed */
async function sweepThrice(): Promise<string[]> {
  const failures: string[] = [];
  const rests: Rests = new Map();
  const context = test.context({ onFailure: ({ work, modelId }) => failures.push(`${work} ${modelId}`) });
  for (let i = 0; i < 3; i++) {
    await sweepDeletions(context, rests);
    for (const [key, rest] of rests) rests.set(key, { ...rest, until: 0 });
  }
  return failures;
}

it("what a restore leaves to be done keeps its models from being served, and no other, until it is done", async () => {
  const { service, tenantId, datasetId, database } = test;
  expect(await owing()).toBe(2);
  for (const id of [broken, whole]) await expect(weightsOf(id)).rejects.toMatchObject({ code: "E_CONFLICT" });
  expect(await sweepThrice()).toEqual([]);
  expect([await owing(), await isRestoring(database.executor)]).toEqual([0, false]);
  expect(await taskOf(broken)).toMatchObject({ state: "done", removedCount: 1 });
  await service.submit(tenantId, { datasetId, rows: [8] });
  for (const id of [broken, whole]) expect((await weightsOf(id)).length).toBeGreaterThan(0);
});

it.each([
  ["rows are damaged is", "update model_pages set key = decode(repeat('00', 32), 'hex') where model_id = $1"],
  ["timeline does not fit is", "update models set timeline = '{}' where id = $1"],
])("a model whose stored %s trained anew, and the others forget", async (_, damage) => {
  const { database, service, tenantId, work } = test;
  await change(damage);
  expect(await sweepThrice()).toEqual([
    ...Array.from({ length: 3 }, () => `unlearn ${broken}`),
    `round ${broken}`,
  ]);
  expect(await isRestoring(database.executor)).toBe(false);
  expect((await service.getRequest(tenantId, requestId)).state).toBe("completed");
  expect(await taskOf(whole)).toMatchObject({ state: "done", removedCount: 1 });
  expect(await taskOf(broken)).toMatchObject({ state: "done", certificateId: null });
  // Nothing of what it was is served.
  expect(await service.getModel(tenantId, broken)).toMatchObject({ state: "waiting", plan: null });
  await work();
  expect((await weightsOf(broken)).length).toBeGreaterThan(0);
});

it("a model whose failure may be over later is tried again, and not served; once it is deleted nothing is owed", async () => {
  const { database, service, tenantId } = test;
  const { rows } = await database.executor.executeSql<{ name: string }>(
    "select distinct object_id as name from model_pages where model_id = $1",
    [broken],
  );
  for (const { name } of rows) await database.objects.remove(name);
  expect(await sweepThrice()).toEqual(Array.from({ length: 3 }, () => `unlearn ${broken}`));
  expect([await owing(), await isRestoring(database.executor)]).toEqual([1, true]);
  await expect(weightsOf(broken)).rejects.toMatchObject({ code: "E_CONFLICT" });
  expect((await weightsOf(whole)).length).toBeGreaterThan(0);
  expect((await service.getRequest(tenantId, requestId)).state).toBe("running");
  expect((await service.getModel(tenantId, broken)).failure).toContain("Rows cannot be read");
  await service.deleteModel(tenantId, broken);
  await sweepThrice();
  expect([await owing(), await isRestoring(database.executor)]).toEqual([0, false]);
  expect((await service.getRequest(tenantId, requestId)).state).toBe("completed");
});

it("a model that has no steps left for what it owes is trained anew, though the request failed", async () => {
  const { database, service, tenantId, datasetId, work } = test;
  const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
  await makeHopeless(database, id);
  await work();
  requestId = (await service.submit(tenantId, { datasetId, rows: [8] })).request.id;
  await database.queries.insert(restores).values({ backupCreatedAt: new Date() });
  expect(await noteOwed(database.executor)).toBe(3);
  await unlearnModel({ ...test.context(), lease: NO_LEASE }, id);
  // In the lost database it may have been served together with others, say.
  expect(await taskOf(id)).toMatchObject({ state: "failed" });
  await expect(weightsOf(id)).rejects.toMatchObject({ code: "E_CONFLICT" });
  expect(await sweepThrice()).toEqual([`round ${id}`]);
  expect([await owing(), await isRestoring(database.executor)]).toEqual([0, false]);
  expect(await service.getModel(tenantId, id)).toMatchObject({ state: "waiting", plan: null });
  expect(await service.getRequest(tenantId, requestId)).toMatchObject({ state: "completed", failure: null });
});

it("what is owed no more is found however much there is; where that fails, sweeps go on", async () => {
  const { database } = test;
  const { executeSql } = database.executor;
  const statements: string[] = [];
  const planned: SqlExecutor = {
    executeSql: (text) => {
      statements.push(text);
      return executeSql(`explain ${text}`) as never;
    },
  };
  await forgetPaid(planned);
  const { rows } = await planned.executeSql<{ "QUERY PLAN": string }>(statements[0] as string);
  // A subplan that has not the memory for a hash is run once for every row.
  expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).not.toMatch(/SubPlan/);

  await executeSql("alter table restores rename column finished_at to ended_at");
  const failures: string[] = [];
  const context = test.context({ onFailure: ({ work, modelId }) => failures.push(`${work} ${modelId}`) });
  expect(await sweepDeletions(context, new Map())).toBe(2);
  expect(failures).toEqual(["round null"]);
});
