import { sourceOf } from "expunge/data";
import { afterAll, beforeAll, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import type { Database } from "../database/open-database.js";
import type { WorkKind } from "../database/time-limits.js";
import { findNewcomers } from "./newcomers.js";
import { readProcess, type StoredProcess } from "./stored-process.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

let test: TestService;
let process: StoredProcess;
beforeAll(async () => {
  test = await openTestService("memory:", syntheticDataset({ rowCount: 200 }));
  const { database, service, tenantId, datasetId } = test;
  const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
  await test.work();
  await service.addRows(tenantId, datasetId, {
    source: sourceOf(syntheticDataset({ rowCount: 20, seed: 2 })),
  });
  await service.submit(tenantId, { datasetId, rows: [203] });
  process = (await readProcess(database.queries, id)) as StoredProcess;
});
afterAll(() => test.close());

it("reads what grows with a data set by statements that have the time for that", async () => {
  const { database } = test;
  const kinds: (WorkKind | undefined)[] = [];
  const refuse = (): never => {
    throw new Error("A statement had the usual time alone.");
  };
  const watched: Database = {
    ...database,
    queries: new Proxy(database.queries, { get: refuse }),
    executor: { executeSql: refuse },
    transaction: (use, kind) => {
      kinds.push(kind);
      return database.transaction(use, kind);
    },
  };
  const { rows, rowCount, lookedAt } = await findNewcomers(watched, process);
  expect(rows).toEqual(Array.from({ length: 20 }, (_, i) => 200 + i).filter((row) => row !== 203));
  expect([rowCount, lookedAt]).toEqual([220, 203]);
  expect(new Set(kinds)).toEqual(new Set(["large"]));
});
