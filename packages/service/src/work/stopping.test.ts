import { selectRows, sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { sweep, type WorkerOptions } from "./worker.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const all = syntheticDataset({ rowCount: 500 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

/** What a worker waits for: the nth call of a kind, on an object of some pages where these are named. */
interface Waited {
  readonly call: "read" | "put";
  readonly pages?: "data set" | "evaluation data set" | "model";
  readonly nth?: number;
  /** Only calls after the first step of a training. */
  readonly isBehindSteps?: boolean;
}

describe("a worker that is told to end while the place of rows says nothing", () => {
  const location = databaseLocation("postgres");
  let opened: TestService;
  let evaluationDatasetId: string;
  let modelId: string;
  beforeEach(async () => {
    opened = await openTestService(location(), selectRows(all, range(0, 400)));
    const { service, tenantId } = opened;
    const source = sourceOf(selectRows(all, range(400, 500)));
    evaluationDatasetId = (await service.createDataset(tenantId, { name: "judges", source, schema: null }))
      .id;
  });
  afterEach(() => opened.close());

  const rowsOf = async (text: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> =>
    (await opened.database.executor.executeSql(text, values)).rows as Record<string, unknown>[];
  const model = () => opened.service.getModel(opened.tenantId, modelId);
  async function create(more: object = {}): Promise<void> {
    const { service, tenantId, datasetId } = opened;
    const asked = { name: "m", datasetId, evaluationDatasetId, options: { ...options, ...more } };
    modelId = (await service.createModel(tenantId, asked)).id;
  }
  async function objectsOf(pages: NonNullable<Waited["pages"]>): Promise<ReadonlySet<unknown>> {
    const [table, column, owner] = {
      "data set": ["dataset_pages", "dataset_id", opened.datasetId],
      "evaluation data set": ["dataset_pages", "dataset_id", evaluationDatasetId],
      model: ["model_pages", "model_id", modelId],
    }[pages] as [string, string, string];
    const found = await rowsOf(`select object_id::text as id from ${table} where ${column} = $1`, [owner]);
    return new Set(found.map(({ id }) => id));
  }
  /** Objects that the database does not know. */
  async function strangers(): Promise<string[]> {
    const known = new Set((await rowsOf("select id::text as id from row_objects")).map(({ id }) => id));
    const found: string[] = [];
    for await (const { name } of opened.database.objects.list()) if (!known.has(name)) found.push(name);
    return found.filter((name) => name !== "marker");
  }

  /** Ends a worker that waits. @param isHurried whether the few seconds are over in which it may be done with what it has in hand */
  async function stopAt(waited: Waited, { isHurried = true, isForEver = false } = {}): Promise<void> {
    const { objects } = opened.database;
    const { read, put } = objects;
    const own = waited.pages && (await objectsOf(waited.pages));
    const [stopping, hurrying] = [new AbortController(), new AbortController()];
    let [count, hasStepped, isWaiting] = [0, false, false];
    const isIt = (call: Waited["call"], name: string): boolean => {
      if (call !== waited.call || (own && !own.has(name))) return false;
      if (waited.isBehindSteps && !hasStepped) return false;
      count += 1;
      return count === (waited.nth ?? 1) || (isForEver && isWaiting);
    };
    const wait = (): Promise<never> => {
      isWaiting = true;
      return new Promise(() => {});
    };
    Object.assign(objects, {
      read: (...asked: Parameters<typeof read>) => (isIt("read", asked[0]) ? wait() : read(...asked)),
      put: (...asked: Parameters<typeof put>) => (isIt("put", asked[0]) ? wait() : put(...asked)),
    });
    const failures: unknown[] = [];
    const context: Partial<WorkerOptions> = {
      ...{ stopping: stopping.signal, signal: hurrying.signal },
      giveWay: async () => {
        hasStepped = true;
      },
      onFailure: ({ error }) => failures.push(error),
    };
    const ended = sweep(opened.context(context));
    await expect.poll(() => isWaiting).toBe(true);
    stopping.abort();
    if (isHurried) hurrying.abort();
    await ended;
    Object.assign(objects, { read, put });
    expect(failures).toEqual([]);
    expect(await rowsOf("select name from leases where name like 'model %'")).toEqual([]);
    if (!isForEver) expect(await strangers()).toEqual([]);
  }

  it.each([
    ["looks at all rows for a plan", { classWeights: "balanced" }],
    ["sorts rows", {}],
  ])("ends at once where it %s, and another trains the model", async (_, more) => {
    await create(more);
    await stopAt({ call: "read", pages: "data set" }, { isHurried: false });
    expect(await model()).toMatchObject({ state: "training", plan: null, failure: null });
    await opened.work();
    expect(await model()).toMatchObject({ state: "ready", timeline: { steps: 40 } });
  });

  it.each<[string, Waited]>([
    ["is scored", { call: "read", pages: "evaluation data set" }],
    ["is written", { call: "put", isBehindSteps: true }],
    ["has been written, but for its order", { call: "put", nth: 2, isBehindSteps: true }],
  ])("ends where a trained model %s, and another runs its last step anew", async (_, waited) => {
    await create();
    await stopAt(waited);
    expect(await model()).toMatchObject({ state: "training", plan: null, failure: null });
    const saved = "select steps_done::int as steps from training_checkpoints where model_id = $1";
    expect(await rowsOf(saved, [modelId])).toEqual([{ steps: 39 }]);
    expect(await rowsOf("select 1 from releases where model_id = $1", [modelId])).toEqual([]);
    await opened.work();
    expect(await model()).toMatchObject({ state: "ready", timeline: { steps: 40 } });
    expect(await rowsOf(saved, [modelId])).toEqual([]);
  });

  it("ends also where not even a checkpoint can be written: the model is trained anew", async () => {
    await create();
    await stopAt({ call: "put", isBehindSteps: true }, { isForEver: true });
    expect(await rowsOf("select 1 from training_checkpoints where model_id = $1", [modelId])).toEqual([]);
    await opened.work();
    expect(await model()).toMatchObject({ state: "ready", timeline: { steps: 40 } });
  });

  it.each<[string, Waited]>([
    ["rows are read", { call: "read", pages: "model" }],
    ["a release is scored", { call: "read", pages: "evaluation data set" }],
    ["a model's pages are written", { call: "put" }],
    ["the data set's pages are read", { call: "read", pages: "data set" }],
    ["the data set's pages are written", { call: "put", nth: 2 }],
  ])("ends where for a deletion %s, and another carries it out", async (_, waited) => {
    await create();
    await opened.work();
    const { service, tenantId, datasetId } = opened;
    const { id } = (await service.submit(tenantId, { datasetId, rows: [3, 4] })).request;
    const before = await model();
    await stopAt(waited);
    expect(await service.getRequest(tenantId, id)).toMatchObject({
      state: "running",
      tasks: [{ state: "waiting", certificateId: null, failure: null }],
    });
    expect(await model()).toEqual({ ...before, progress: null });
    await opened.work();
    const { state, tasks } = await service.getRequest(tenantId, id);
    expect(state).toBe("completed");
    const { envelope } = await service.getCertificate(tenantId, tasks[0]?.certificateId as string);
    expect(verify(envelope as never, { publicKey: signer.publicKey })).toMatchObject({ ok: true });
    expect((await model()).timeline).toMatchObject({ requestCount: 1, deletedCount: 2 });
  });

  it.each<[string, Waited]>([
    ["its rows are read", { call: "read", pages: "data set" }],
    ["a release is scored", { call: "read", pages: "evaluation data set" }],
    ["it is written", { call: "put", nth: 2 }],
  ])("ends where in a lesson %s, and another gives it", async (_, waited) => {
    await create();
    await opened.work();
    const { service, tenantId, datasetId } = opened;
    await service.addRows(tenantId, datasetId, { source: sourceOf(selectRows(all, range(400, 440))) });
    await service.learn(tenantId, modelId);
    const before = await model();
    await stopAt(waited);
    expect(await model()).toEqual(before);
    await opened.work();
    expect((await model()).timeline).toMatchObject({ lives: { joinedCount: 40, lessonCount: 1 } });
  });
});
