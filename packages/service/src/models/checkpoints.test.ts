import { verify } from "expunge/verify";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { TABLES } from "../backup/copy-rows.js";
import { sweepDeletions, sweepTrainings } from "../work/rounds.js";
import { startWorker, sweep, type WorkerOptions } from "../work/worker.js";

const dataset = syntheticDataset({ rowCount: 400 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const HOUR = 3_600_000;

describe("a training", () => {
  const location = databaseLocation("postgres");
  let opened: TestService;
  let modelId: string;

  beforeEach(async () => {
    opened = await openTestService(location(), dataset);
    const { service, tenantId, datasetId } = opened;
    modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
  });
  afterEach(() => opened.close());

  const rowsOf = async (text: string): Promise<readonly Record<string, unknown>[]> =>
    (await opened.database.executor.executeSql(text, [modelId])).rows as Record<string, unknown>[];
  const checkpoints = () => rowsOf("select steps_done from training_checkpoints where model_id = $1");
  const bytesOf = (name: string) =>
    storedBytes(opened.database, ({ table, owner }) => table === name && owner === modelId);
  const order = async () => (await bytesOf("model_order")).toString("hex");
  const model = () => opened.service.getModel(opened.tenantId, modelId);
  const request = (id: string) => opened.service.getRequest(opened.tenantId, id);
  async function submit(rows: number[], dueInMs?: number): Promise<string> {
    const { service, tenantId, datasetId } = opened;
    const due = dueInMs === undefined ? {} : { dueAt: new Date(Date.now() + dueInMs) };
    return (await service.submit(tenantId, { datasetId, rows, ...due })).request.id;
  }
  /** Ends the worker at the training's first pause, after something was done in it. */
  async function stopWithin(use: () => Promise<unknown> = async () => {}, more: Partial<WorkerOptions> = {}) {
    const stopping = new AbortController();
    const giveWay = async (): Promise<void> => {
      if (stopping.signal.aborted) return;
      await use();
      stopping.abort();
    };
    await sweep(opened.context({ stopping: stopping.signal, giveWay, ...more }));
  }
  const bytesOfRow = (row: number): Buffer => {
    const { features, featureCount } = dataset;
    return Buffer.from(features.slice(row * featureCount, (row + 1) * featureCount).buffer);
  };
  async function isInModel(row: number): Promise<boolean> {
    return (await bytesOf("model_pages")).includes(bytesOfRow(row));
  }

  it("that is ended goes on from its checkpoint, which is never shown, backed up or left behind", async () => {
    await stopWithin();
    const [saved] = await checkpoints();
    expect(Number(saved?.steps_done)).toBeGreaterThan(0);
    expect(await model()).toMatchObject({ state: "training", plan: null, timeline: null, failure: null });
    await expect(opened.service.weights(opened.tenantId, modelId)).rejects.toMatchObject({
      code: "E_CONFLICT",
    });
    expect(TABLES).not.toContain("training_checkpoints");
    const drawn = await order();
    expect(drawn.length).toBeGreaterThan(dataset.rowCount);
    await opened.work();
    expect(await model()).toMatchObject({ state: "ready", timeline: { steps: 40 } });
    // The order was not drawn anew: it went on.
    expect(await order()).toBe(drawn);
    expect(await checkpoints()).toEqual([]);
  });

  it("leaves no order behind that it wrote again, since it had not heard that the first one counted", async () => {
    const { database } = opened;
    const { transaction } = database;
    let lost = 0;
    const losing: typeof transaction = async (use, kind) => {
      const result = await transaction(use, kind);
      if (lost > 0 || (await checkpoints()).length === 0) return result;
      lost += 1;
      throw Object.assign(new Error("Connection terminated unexpectedly"), { code: "08006" });
    };
    Object.assign(database, { transaction: losing });
    await opened.work({ checkpointMs: 0 }).finally(() => Object.assign(database, { transaction }));
    expect(lost).toBe(1);
    expect((await model()).state).toBe("ready");
    const { rows } = await database.executor.executeSql<{ id: string }>(
      "select id::text as id from row_objects",
    );
    const known = new Set(rows.map(({ id }) => id));
    const strangers: string[] = [];
    for await (const { name } of database.objects.list()) if (!known.has(name)) strangers.push(name);
    expect(strangers.filter((name) => name !== "marker")).toEqual([]);
  });

  it("that goes on reads from where rows lie without holding the model, however long that takes", async () => {
    await stopWithin();
    const { objects } = opened.database;
    const { read } = objects;
    const other = new pg.Client({ connectionString: location() });
    await other.connect();
    const refused: unknown[] = [];
    const looking: typeof read = async (...asked) => {
      await other
        .query("select 1 from models where id = $1 for update nowait", [modelId])
        .catch((error) => refused.push(error));
      return read(...asked);
    };
    Object.assign(objects, { read: looking });
    await opened.work().finally(() => Object.assign(objects, { read }));
    await other.end();
    expect(refused).toEqual([]);
    expect(await model()).toMatchObject({ state: "ready", timeline: { steps: 40 } });
  });

  it("that goes on from a checkpoint which changes while it is read changes nothing, and tries again", async () => {
    await stopWithin();
    const { objects } = opened.database;
    const { read } = objects;
    const changing: typeof read = async (...asked) => {
      Object.assign(objects, { read });
      await rowsOf("update training_checkpoints set steps_done = steps_done + 1 where model_id = $1");
      return read(...asked);
    };
    const versionNow = async () => (await rowsOf("select version, state from models where id = $1"))[0];
    const before = await versionNow();
    Object.assign(objects, { read: changing });
    const failures: unknown[] = [];
    await sweep(opened.context({ onFailure: ({ error }) => failures.push(error) }));
    expect(failures).toMatchObject([{ code: "E_CONFLICT" }]);
    expect(await versionNow()).toEqual(before);
    await rowsOf("update training_checkpoints set steps_done = steps_done - 1 where model_id = $1");
    await opened.work();
    expect(await model()).toMatchObject({ state: "ready", timeline: { steps: 40 } });
  });

  it("that goes on has the rows that it had, and serves who asked meanwhile when it is done", async () => {
    await stopWithin();
    const id = await submit([1, 2, 3]);
    await opened.work();
    const { state, tasks } = await request(id);
    expect(state).toBe("completed");
    const { envelope } = await opened.service.getCertificate(
      opened.tenantId,
      tasks[0]?.certificateId as string,
    );
    expect(verify(envelope as never, { publicKey: signer.publicKey })).toMatchObject({ ok: true });
    expect((await model()).timeline).toMatchObject({ deletedCount: 3, requestCount: 1 });
    expect([await isInModel(1), await isInModel(4)]).toEqual([false, true]);
  });

  it.each([
    { when: "whoever serves deletions sees it", work: sweepDeletions },
    { when: "it would go on", work: sweepTrainings },
  ])(
    "that waits while a request is nearly due begins anew without its rows, when $when",
    async ({ work }) => {
      await stopWithin();
      const drawn = await order();
      const patient = await submit([4]);
      const hasty = await submit([1, 2], HOUR / 2);
      await work(opened.context(), new Map());
      for (const id of [patient, hasty])
        expect(await request(id)).toMatchObject({
          state: "completed",
          tasks: [{ state: "done", certificateId: null }],
        });
      await opened.work();
      expect(await model()).toMatchObject({ state: "ready", timeline: { deletedCount: 0, steps: 40 } });
      expect(await order()).not.toBe(drawn);
      expect([await isInModel(1), await isInModel(4), await isInModel(5)]).toEqual([false, false, true]);
      expect(await checkpoints()).toEqual([]);
    },
  );

  it("that runs while a request is nearly due does so too", async () => {
    let id: string | undefined;
    const giveWay = async (): Promise<void> => {
      id ??= await submit([1, 2], 1000);
    };
    await sweep(opened.context({ giveWay, checkpointMs: 0 }));
    expect(await request(id as string)).toMatchObject({
      state: "completed",
      tasks: [{ certificateId: null }],
    });
    expect(await model()).toMatchObject({ state: "ready", timeline: { deletedCount: 0 } });
    expect([await isInModel(1), await isInModel(4)]).toEqual([false, true]);
  });

  it("is done in the end where requests are due at once all the time: each attempt lasts twice as long", async () => {
    let row = 10;
    const giveWay = async (): Promise<void> => {
      if (row < 110) await submit([row++], 1000);
    };
    await sweep(opened.context({ giveWay, checkpointMs: 0 }));
    expect(await model()).toMatchObject({ state: "ready" });
    const [{ version }] = (await rowsOf("select version from models where id = $1")) as [{ version: number }];
    expect(version).toBeGreaterThan(2);
    expect(version).toBeLessThan(60);
  });

  it("that cannot write its rows says so, without a path of the worker's host", async () => {
    await sweep(opened.context({ scratch: "/nowhere/scratch" }));
    const { failure, state } = await model();
    expect(state).toBe("training");
    expect(failure).toMatch(/a file/);
    expect(failure).not.toContain("nowhere");
    // With room it is done; later tests find nothing of it.
    await opened.work();
    expect(await model()).toMatchObject({ state: "ready", failure: null });
  });

  it("that was taken over from, or whose model is deleted, saves nothing", async () => {
    await stopWithin(() =>
      opened.database.executor.executeSql("update leases set holder = gen_random_uuid()"),
    );
    expect(await checkpoints()).toEqual([]);
    await opened.database.executor.executeSql("delete from leases");
    await stopWithin();
    expect(await checkpoints()).toHaveLength(1);
    await stopWithin(() => opened.service.deleteModel(opened.tenantId, modelId));
    expect(await checkpoints()).toEqual([]);
    expect(await order()).toBe("");
  });

  it("keeps no deletion waiting, however many there are, and ends when the worker does", async () => {
    const { service, tenantId, datasetId, work } = opened;
    await work();
    const endless = { ...options, epochs: 1_000_000 };
    const { id: otherData } = await service.createDataset(tenantId, {
      name: "others",
      source: (await import("expunge/data")).sourceOf(dataset),
      schema: null,
    });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.push(
        (await service.createModel(tenantId, { name: "e", datasetId: otherData, options: endless })).id,
      );
    const worker = startWorker(opened.context({ pollMs: 10, sweepMs: 100 }));
    const states = async () =>
      Promise.all(ids.map(async (id) => (await service.getModel(tenantId, id)).state));
    while (!(await states()).includes("training")) await new Promise((resolve) => setTimeout(resolve, 20));
    const { id } = (await service.submit(tenantId, { datasetId, rows: [7] })).request;
    while ((await request(id)).state !== "completed") await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await states()).not.toContain("ready");
    while (
      (await opened.database.executor.executeSql("select 1 from models where progress > 0")).rows.length === 0
    )
      await new Promise((resolve) => setTimeout(resolve, 20));
    await worker.stop();
    const { rows } = await opened.database.executor.executeSql(
      "select 1 from training_checkpoints where steps_done > 0",
    );
    expect(rows).toHaveLength(1);
    expect(await states()).not.toContain("ready");
  });
});
