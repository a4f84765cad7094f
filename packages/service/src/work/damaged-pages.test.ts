import { afterEach, beforeEach, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { restores } from "../database/tables.js";
import { countOwing, isRestoring, noteOwed } from "../models/owed-tasks.js";
import { sweepDeletions } from "./rounds.js";
import type { Rests } from "./worker.js";

/* A page of a data set that is not as it was written keeps its models' last requests from being completed, until somebody mends it or gives the data set up. */

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

let test: TestService;
let models: readonly string[] = [];
let requestId = "";
let whole = Buffer.alloc(0);
beforeEach(async () => {
  test = await openTestService("memory:", syntheticDataset({ rowCount: 200 }));
  const { database, service, tenantId, datasetId, work } = test;
  const create = async (): Promise<string> =>
    (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
  models = [await create(), await create()];
  await work();
  requestId = (await service.submit(tenantId, { datasetId, rows: [7] })).request.id;
  await database.queries.insert(restores).values({ backupCreatedAt: new Date() });
  await noteOwed(database.executor);
  const { rows } = await database.executor.executeSql<{ key: Uint8Array }>(
    "select key from dataset_pages where dataset_id = $1 and page = 0",
    [datasetId],
  );
  whole = Buffer.from(rows[0]!.key);
  await setKey(Buffer.alloc(32));
});
afterEach(() => test.close());

const setKey = (key: Buffer) =>
  test.database.executor.executeSql("update dataset_pages set key = $2 where dataset_id = $1 and page = 0", [
    test.datasetId,
    key,
  ]);
const owing = () => countOwing(test.database.executor, test.tenantId);
const stateOf = async () => (await test.service.getRequest(test.tenantId, requestId)).state;

/** As a worker does, without its pauses. @returns for how long what failed rests, by the end of each sweep */
async function sweepOften(times: number): Promise<number[]> {
  const rests: Rests = new Map();
  const pauses: number[] = [];
  const context = test.context({ onFailure: () => {} });
  for (let i = 0; i < times; i++) {
    await sweepDeletions(context, rests);
    pauses.push(...[...rests.values()].map(({ forMs }) => forMs));
    for (const [key, rest] of rests) rests.set(key, { ...rest, until: 0 });
  }
  return pauses;
}

it("is said where the model is looked at, tried again after growing pauses, and done with once it is mended", async () => {
  const { database, service, tenantId, datasetId } = test;
  expect(await sweepOften(3)).toEqual([1000, 2000, 4000]);
  // The other one had not to write the page: it has forgotten the row.
  expect([await owing(), await isRestoring(database.executor)]).toEqual([1, true]);
  const failures = await Promise.all(
    models.map(async (id) => (await service.getModel(tenantId, id)).failure),
  );
  expect(failures.filter((failure) => failure !== null)).toEqual([
    `The stored rows of ${datasetId} are damaged: page 0 does not fit its checksum (object ${await objectOf()}).`,
  ]);
  expect(await stateOf()).toBe("running");
  await setKey(whole);
  await sweepOften(1);
  expect([await owing(), await isRestoring(database.executor)]).toEqual([0, false]);
  expect(await stateOf()).toBe("completed");
});

async function objectOf(): Promise<string> {
  const { rows } = await test.database.executor.executeSql<{ name: string }>(
    "select object_id as name from dataset_pages where dataset_id = $1 and page = 0",
    [test.datasetId],
  );
  return rows[0]!.name;
}

const loseObject = async (): Promise<void> => {
  await test.database.objects.remove(await objectOf());
};
const failTasks = async (): Promise<void> => {
  const { executeSql } = test.database.executor;
  await executeSql("update tasks set state = 'failed', failure = 'no steps left' where state <> 'done'");
  await executeSql("update requests set state = 'failed', failure = 'no steps left'");
};

it.each([
  ["", async () => {}],
  [" where its object is lost", loseObject],
  [" where a request failed", failTasks],
])("does not keep the data set's models, and the data set, from being deleted%s", async (_, harm) => {
  const { database, service, tenantId, datasetId } = test;
  await sweepOften(1);
  await harm();
  for (const id of models) await service.deleteModel(tenantId, id);
  // Nothing that was accepted is lost: the row is there still, and nobody has said that it is gone.
  expect(await sweepOften(2)).toEqual([1000, 2000]);
  expect(await service.getRequest(tenantId, requestId)).toMatchObject({ state: "running", failure: null });
  await service.deleteDataset(tenantId, datasetId);
  await sweepOften(1);
  expect([await owing(), await isRestoring(database.executor)]).toEqual([0, false]);
  expect(await stateOf()).toBe("completed");
});
