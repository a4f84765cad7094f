import { and, eq } from "drizzle-orm";
import { sourceOf } from "expunge/data";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import {
  makeHopeless,
  NO_LEASE,
  openTestService,
  signer,
  type TestService,
} from "../../testing/test-service.js";
import { tasks } from "../database/tables.js";
import { readProcess, type StoredProcess } from "../models/stored-process.js";
import { putBack, type Task, takeTasks } from "../models/take-tasks.js";

const dataset = syntheticDataset({ rowCount: 400 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

let opened: TestService;
let { database, service, tenantId, datasetId, work } = {} as TestService;
let modelId: string;

beforeEach(async () => {
  opened = await openTestService("memory:", dataset);
  ({ database, service, tenantId, datasetId, work } = opened);
  modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
  await work();
});
afterEach(() => opened.close());

const submit = async (rows: number[], more: object = {}): Promise<string> =>
  (await service.submit(tenantId, { datasetId, rows, ...more })).request.id;
const stateOf = async (id: string): Promise<string> => (await service.getRequest(tenantId, id)).state;
const certificateOf = async (id: string): Promise<string | null> =>
  (await service.getRequest(tenantId, id)).tasks[0]?.certificateId ?? null;
const MINUTE = 60_000;

describe("requests of one model", () => {
  it("wait for each other as long as is allowed, and can be taken back meanwhile", async () => {
    const first = await submit([1]);
    const second = await submit([2]);
    await work({ maxWaitMs: MINUTE });
    expect([await stateOf(first), await stateOf(second)]).toEqual(["accepted", "accepted"]);
    const third = await submit([3]);
    await service.cancel(tenantId, third);
    await database.executor.executeSql(
      "update requests set received_at = received_at - interval '2 minutes'",
    );
    await work({ maxWaitMs: MINUTE });
    expect([await stateOf(first), await stateOf(second)]).toEqual(["completed", "completed"]);
    expect(await certificateOf(first)).toBe(await certificateOf(second));
    const { items } = await service.listReleases(tenantId, modelId);
    expect(items.map(({ requestCount }) => requestCount)).toEqual([2, 0]);
  });

  it("wait no longer once there are as many as are served together, or one is due", async () => {
    const full = [await submit([1]), await submit([2])];
    await work({ maxWaitMs: MINUTE, maxBatch: 2 });
    expect(await Promise.all(full.map(stateOf))).toEqual(["completed", "completed"]);
    const due = await submit([3], { dueAt: new Date(Date.now() + MINUTE / 2) });
    await work({ maxWaitMs: MINUTE });
    expect(await stateOf(due)).toBe("completed");
  });

  it("go together as far as they do not name too many rows", async () => {
    const named = [[1, 2, 3], [4, 5], [6], [7, 8, 9, 10, 11, 12], [13]];
    const ids = [];
    for (const rows of named) ids.push(await submit(rows));
    await work({ maxRows: 5 });
    expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(["completed"]));
    const { items } = await service.listReleases(tenantId, modelId);
    // The newest first: one that names more than that is alone.
    expect(items.map(({ rowCount }) => rowCount)).toEqual([1, 6, 1, 5, 0]);
  });

  it("go together as many as wait, and no more than may keep locks", async () => {
    const more = 150;
    await Promise.all(Array.from({ length: more }, (_, i) => submit([i % 30])));
    await work();
    const { items } = await service.listReleases(tenantId, modelId);
    expect(items.map(({ requestCount, rowCount }) => [requestCount, rowCount])).toEqual([
      [more, 30],
      [0, 0],
    ]);
    await database.executor.executeSql(
      `with asked as (
         insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at, kind)
           select gen_random_uuid(), $1, $2, 'accepted', '', 0, now(), now() + interval '1 day', 'deletion'
           from generate_series(1, 1001) returning id
       ) insert into tasks (request_id, model_id, state, received_at) select id, $3, 'waiting', now() from asked`,
      [tenantId, datasetId, modelId],
    );
    const found = (await readProcess(database.queries, modelId)) as StoredProcess;
    expect(await takeTasks({ database, lease: NO_LEASE }, found)).toHaveLength(1000);
  });

  it("begin with about as many as could be certified, where so many could not", async () => {
    const { executeSql } = database.executor;
    await executeSql("update models set plan = jsonb_set(plan, '{maxSteps}', '60')");
    for (let row = 0; row < 32; row++) await submit([row]);
    let tries = 0;
    const counted = async () => {
      tries += 1;
      return signer;
    };
    await work({ signer: counted });
    const { items } = await service.listReleases(tenantId, modelId);
    const counts = items.slice(0, -1).map(({ requestCount }) => requestCount);
    expect(counts.reduce((sum, count) => sum + count)).toBe(32);
    expect(Math.max(...counts)).toBeLessThan(16);
    // One after another from all that wait on, each would take three tries or more.
    expect(tries).toBeLessThanOrEqual(2 * counts.length + 2);
  });

  it("can be taken back again where there are too many to be certified together", async () => {
    const { executeSql } = database.executor;
    await executeSql("update models set plan = jsonb_set(plan, '{maxSteps}', '60')");
    const ids: string[] = [];
    for (let row = 0; row < 32; row++) ids.push(await submit([row]));
    const last = ids.at(-1) as string;
    const seen: string[][] = [];
    const watching = async () => {
      seen.push(await Promise.all([ids[0] as string, ids[16] as string, last].map(stateOf)));
      if (seen.length === 2) await service.cancel(tenantId, last);
      return signer;
    };
    await work({ signer: watching });
    expect(seen.slice(0, 2)).toEqual([
      ["running", "running", "running"],
      ["running", "accepted", "accepted"],
    ]);
    const states = await Promise.all(ids.map(stateOf));
    expect(states).toEqual([...new Array(31).fill("completed"), "cancelled"]);
  });

  it("can be taken back where a lot does not take them, unless another model is at them or done with them", async () => {
    const other = (await service.createModel(tenantId, { name: "n", datasetId, options })).id;
    await work();
    const ids = [await submit([1]), await submit([2])];
    const lotOf = async (id: string, maxBatch = 2) => {
      const found = (await readProcess(database.queries, id)) as StoredProcess;
      return takeTasks({ database, lease: NO_LEASE, maxBatch }, found);
    };
    const states = () => Promise.all(ids.map(stateOf));
    const back = (lot: readonly Task[]) => putBack({ database, lease: NO_LEASE }, modelId, lot);
    const lot = await lotOf(modelId);
    await database.exclusively(`model ${other}`, async () => {
      await lotOf(other);
      await back(lot);
      expect(await states()).toEqual(["running", "running"]);
    });
    await back(lot);
    expect(await states()).toEqual(["accepted", "accepted"]);
    await database.queries
      .update(tasks)
      .set({ state: "done" })
      .where(and(eq(tasks.requestId, ids[0] as string), eq(tasks.modelId, other)));
    await back(await lotOf(modelId));
    expect(await states()).toEqual(["running", "accepted"]);
  });

  it("are served at once where the clock was set back meanwhile", async () => {
    const id = await submit([1]);
    await database.executor.executeSql("update requests set received_at = received_at + interval '1 day'");
    await work({ maxWaitMs: MINUTE });
    expect(await stateOf(id)).toBe("completed");
  });

  it("cost fewer steps together than one by one", async () => {
    for (let row = 0; row < 10; row++) {
      await submit([row]);
      await work({});
    }
    const releasesOf = async (id: string) => (await service.listReleases(tenantId, id)).items.slice(0, -1);
    const alone = await releasesOf(modelId);
    const other = await service.createModel(tenantId, { name: "n", datasetId, options });
    await work({});
    for (let row = 10; row < 20; row++) await submit([row]);
    await work({});
    const together = await releasesOf(other.id);
    expect(together).toHaveLength(1);
    const stepsOf = (found: typeof alone): number => found.reduce((sum, one) => sum + one.unlearnSteps, 0);
    expect(stepsOf(together)).toBeLessThan(stepsOf(alone));
  });

  it("are refused beyond what everything released may reveal; the rows are in no model trained after that", async () => {
    const limited = { ...options, sigma: 0.6, requesters: "adaptive", adaptiveEpsilon: 0.5 } as const;
    // Somebody has four rows: the limit would not be for them.
    await expect(
      service.createModel(tenantId, { name: "b", datasetId, options: limited }),
    ).rejects.toMatchObject({ code: "E_OPTION", message: expect.stringMatching(/at least 4/) });
    const source = sourceOf({ ...dataset, subjects: null });
    datasetId = (await service.createDataset(tenantId, { name: "rows", source, schema: null })).id;
    const { id } = await service.createModel(tenantId, { name: "b", datasetId, options: limited });
    await work({});
    let failed: string | null = null;
    for (let row = 20; row < 400 && failed === null; row++) {
      const request = await submit([row]);
      await work({});
      const { tasks } = await service.getRequest(tenantId, request);
      if (tasks.find((task) => task.modelId === id)?.state === "failed") failed = request;
    }
    const { failure } = await service.getRequest(tenantId, failed as string);
    expect(failure).toMatch(/more than adaptiveEpsilon = 0\.5.*Train a new model/);
    const { disclosure, holds, meaning } = await service.getModel(tenantId, id);
    expect(disclosure?.epsilon).toBeLessThanOrEqual(0.5);
    expect(holds).toEqual({ epsilon: 0.5, delta: 1e-4, against: "adaptive" });
    expect(meaning).toMatch(/after seeing every release/);
    await service.deleteModel(tenantId, id);
    expect(await stateOf(failed as string)).toBe("completed");
  });

  it("do not fail for a model that was deleted while they were looked at", async () => {
    const { id } = await service.createModel(tenantId, { name: "b", datasetId, options });
    await makeHopeless(database, id);
    await work({});
    const left = await submit([1]);
    await work({});
    expect(await stateOf(left)).toBe("failed");
    const right = await submit([2]);
    await work({
      signer: async () => {
        await service.deleteModel(tenantId, id).catch(() => {});
        return signer;
      },
    });
    expect([await stateOf(left), await stateOf(right)]).toEqual(["completed", "completed"]);
    expect((await service.getRequest(tenantId, right)).failure).toBeNull();
  });
});
