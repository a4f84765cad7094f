import { and, eq, inArray } from "drizzle-orm";
import type { Statement } from "expunge";
import { type Dataset, selectRows, sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { costOf, recorded } from "../../../../test/explained.js";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { databaseLocation, USUAL_DATABASES } from "../../testing/databases.js";
import { misplacedRows } from "../../testing/placed-slots.js";
import { NO_LEASE, openTestService, signer, type TestService } from "../../testing/test-service.js";
import { claimedRows, correctedRows, tasks } from "../database/tables.js";
import { NO_SLOT, readOrder } from "../rows/model-order.js";
import { modelsToServe, modelsToTeachOrTrain } from "../work/waiting-models.js";
import { readProcess, type StoredProcess } from "./stored-process.js";
import { putBack, takeTasks } from "./take-tasks.js";

const all = syntheticDataset({ rowCount: 520 });
const range = (from: number, to: number): Dataset =>
  selectRows(
    all,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.each(USUAL_DATABASES)("on %s rows that wait for a model", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService;
  let { database, service, tenantId, datasetId, work } = {} as TestService;
  /** Requests wait for others to come: they can be taken back. */
  const unhurried = { maxWaitMs: 60_000 };

  beforeEach(async () => {
    opened = await openTestService(location(), range(0, 400));
    ({ database, service, tenantId, datasetId, work } = opened);
  });
  afterEach(async () => {
    await opened?.close();
  });

  const create = async (): Promise<string> =>
    (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
  const train = async (): Promise<string> => {
    const id = await create();
    await work(unhurried);
    return id;
  };
  const add = (dataset: Dataset) => service.addRows(tenantId, datasetId, { source: sourceOf(dataset) });
  const submit = async (rows: readonly number[]) =>
    (await service.submit(tenantId, { datasetId, rows })).request.id;
  const correct = (row: number, by: number, owner: string) => {
    const to = sourceOf({ ...range(by, by + 1), subjects: [owner] });
    return service.correct(tenantId, { datasetId, to, rows: [row] });
  };
  const learn = async (id: string) => {
    const { id: lesson } = await service.learn(tenantId, id, { steps: 5 });
    await work(unhurried);
    return service.getLesson(tenantId, id, lesson);
  };
  const waiting = async (id: string) => (await service.getModel(tenantId, id)).waitingRowCount;
  async function certified(requestId: string, modelId: string): Promise<Statement["predicate"]> {
    const { tasks } = await service.getRequest(tenantId, requestId);
    const { certificateId } = tasks.find((task) => task.modelId === modelId)!;
    const { envelope } = await service.getCertificate(tenantId, certificateId as string);
    expect(verify(envelope, { publicKey: signer.publicKey })).toMatchObject({ ok: true, issues: [] });
    return (JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as Statement).predicate;
  }

  /** Row by row: not in the model, not named by any request, and not to take another's place. */
  async function counted(modelId: string): Promise<number> {
    const { queries } = database;
    const { description } = await service.getDataset(tenantId, datasetId);
    const slotOfRow = await readOrder(database, modelId);
    const claimed = await queries
      .select({ row: claimedRows.row })
      .from(claimedRows)
      .where(eq(claimedRows.datasetId, datasetId));
    const awaited = await queries
      .select({ row: correctedRows.successor })
      .from(correctedRows)
      .innerJoin(tasks, eq(tasks.requestId, correctedRows.requestId))
      .where(and(eq(tasks.modelId, modelId), inArray(tasks.state, ["waiting", "failed"])));
    const out = new Set([...claimed, ...awaited].map(({ row }) => row));
    const rows = Array.from({ length: description!.rowCount }, (_, row) => row);
    return rows.filter((row) => (slotOfRow[row] ?? NO_SLOT) === NO_SLOT && !out.has(row)).length;
  }

  it("are those that its training left out for a request that was then taken back", async () => {
    const first = await train();
    const second = await create();
    const early = await submit([5, 6]);
    await work(unhurried);
    expect([await waiting(first), await waiting(second)]).toEqual([0, 0]);
    await add(range(400, 403));
    await service.cancel(tenantId, early);
    // The first one never was without them.
    expect([await waiting(first), await waiting(second)]).toEqual([3, 5]);
    expect(await service.previewLesson(tenantId, second)).toMatchObject({ rowCount: 5, claimedRowCount: 0 });
    expect(await learn(second)).toMatchObject({ state: "done", rowCount: 5 });
    expect([await waiting(second), await counted(second)]).toEqual([0, 0]);
    expect(await misplacedRows(database, second)).toEqual([]);
    await expect(service.learn(tenantId, second)).rejects.toMatchObject({ code: "E_CONFLICT" });
    // They are forgotten as others that joined: the certificate counts their visits from then on.
    const gone = await submit([5, 7]);
    await work();
    const { lives, request } = await certified(gone, second);
    expect(request.rowCount).toBe(2);
    expect(lives?.joined).toEqual([expect.objectContaining({ joined: 40, count: 1 })]);
    expect((await certified(gone, first)).lives?.joined ?? []).toEqual([]);
    for (const id of [first, second]) expect(await misplacedRows(database, id)).toEqual([]);
  });

  it("are those of a request that is taken back while the model is trained", async () => {
    await train();
    const early = await submit([5, 6]);
    const id = await create();
    let isDone = false;
    const giveWay = async (): Promise<void> => {
      if (isDone) return;
      isDone = true;
      await service.cancel(tenantId, early);
    };
    await work({ ...unhurried, giveWay });
    expect([isDone, await waiting(id), await counted(id)]).toEqual([true, 2, 2]);
    expect(await learn(id)).toMatchObject({ rowCount: 2 });
    expect(await misplacedRows(database, id)).toEqual([]);
  });

  it("are none that another request names still, or names again", async () => {
    await train();
    const id = await create();
    const [one, other] = [await submit([5, 6]), await submit([6, 7])];
    await work(unhurried);
    await service.cancel(tenantId, one);
    expect(await waiting(id)).toBe(1);
    await service.cancel(tenantId, other);
    expect(await waiting(id)).toBe(3);
    const again = await submit([6]);
    expect(await waiting(id)).toBe(2);
    await work();
    const { state, tasks } = await service.getRequest(tenantId, again);
    expect(state).toBe("completed");
    expect(tasks.find(({ modelId }) => modelId === id)).toMatchObject({
      certificateId: null,
      removedCount: 0,
    });
    expect(await learn(id)).toMatchObject({ rowCount: 2 });
    expect([await waiting(id), await counted(id)]).toEqual([0, 0]);
    expect(await misplacedRows(database, id)).toEqual([]);
  });

  it("are those of a request that another model has begun to serve, and puts back", async () => {
    const first = await train();
    const second = await train();
    await add(range(400, 404));
    const id = await submit([401]);
    const process = (await readProcess(database.queries, second)) as StoredProcess;
    const lot = await takeTasks({ database, lease: NO_LEASE }, process);
    expect((await service.getRequest(tenantId, id)).state).toBe("running");
    expect(await learn(first)).toMatchObject({ state: "done", rowCount: 3 });
    expect([await waiting(first), await counted(first)]).toEqual([0, 0]);
    await putBack({ database, lease: NO_LEASE }, second, lot);
    await service.cancel(tenantId, id);
    expect([await waiting(first), await counted(first)]).toEqual([1, 1]);
    expect(await learn(first)).toMatchObject({ state: "done", rowCount: 1 });
    for (const model of [first, second]) {
      expect(await waiting(model)).toBe(await counted(model));
      expect(await misplacedRows(database, model)).toEqual([]);
    }
  });

  it("are counted right over any life", async () => {
    const uniform = uniforms(kind === "postgres" ? 21 : 22);
    const models = [await train()];
    const owners = [...all.subjects!.slice(0, 400)];
    const open: string[] = [];
    const anyRow = (): number => Math.floor(uniform() * owners.length);
    for (let round = 0; round < 40; round++) {
      const what = uniform();
      if (what < 0.25) {
        const own = Array.from({ length: 6 }, (_, i) => `r${round}-${i}`);
        await add({ ...range(400, 406), subjects: own });
        owners.push(...own);
      } else if (what < 0.5) open.push(await submit([anyRow(), Math.floor(uniform() * 8), anyRow()]));
      else if (what < 0.65) {
        const row = uniform() < 0.5 ? owners.length - 1 : anyRow();
        const taken = await correct(row, 450 + round, owners[row]!).catch(() => null);
        if (taken !== null) owners.push(owners[row]!);
      } else if (what < 0.8) await service.cancel(tenantId, open.pop() ?? "none").catch(() => {});
      else if (what < 0.9)
        await service.learn(tenantId, models[round % models.length]!, { steps: 5 }).catch(() => {});
      else if (models.length < 3) models.push(await create());
      if (uniform() < 0.5) await work(uniform() < 0.6 ? { ...unhurried, maxLearned: 4 } : {});
      for (const id of models) {
        const { state } = await service.getModel(tenantId, id);
        if (state === "ready") expect([round, await waiting(id)]).toEqual([round, await counted(id)]);
      }
    }
    await work();
    expect(models.length).toBeGreaterThan(1);
    for (const id of models) {
      expect(await misplacedRows(database, id)).toEqual([]);
      await service.learn(tenantId, id, { steps: 5 }).catch(() => {});
      await work();
      expect([await waiting(id), await counted(id)]).toEqual([0, 0]);
      expect(await misplacedRows(database, id)).toEqual([]);
    }
  });

  it("are counted on few pages, however many rows were corrected behind one that nobody has it learn, and however many requests for others wait", async ({
    skip,
  }) => {
    skip(kind === "pglite", "its pages are not counted");
    const modelId = await train();
    await service.setSchedule(tenantId, modelId, { rows: 1000 });
    await add(range(400, 401));
    // Each corrects the one before, except the first: as they are stored once they are done.
    const count = 5000;
    const admin = new pg.Client({ connectionString: location() });
    await admin.connect();
    try {
      const rows = `generate_series(1, ${count}) i`;
      for (const text of [
        `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at, completed_at, kind)
           select md5(i::text)::uuid, '${tenantId}', '${datasetId}', 'completed', '', 1, now(), now(), now(), 'correction' from ${rows}`,
        `insert into tasks (request_id, model_id, state, received_at) select md5(i::text)::uuid, '${modelId}', 'done', now() from ${rows}`,
        `insert into claimed_rows select '${datasetId}', case when i = 1 then 7 else 399 + i end, md5(i::text)::uuid from ${rows}`,
        `insert into corrected_rows (request_id, dataset_id, "row", successor)
           select md5(i::text)::uuid, '${datasetId}', case when i = 1 then 7 else 399 + i end, 400 + i from ${rows}`,
        `insert into joined_rows select '${modelId}', 400 + i, 401 + i, 40 + i from ${rows}`,
        `update datasets set description = description || '{"rowCount": ${401 + count}}' where id = '${datasetId}'`,
        `update models set settled_count = ${count} where id = '${modelId}'`,
      ])
        await admin.query(text);
      // As many are still to be served: what one of them says of itself, the others do.
      const last = await submit([9]);
      const isIt = `request_id = '${last}'`;
      for (const text of [
        `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at)
           select md5('w' || i)::uuid, '${tenantId}', '${datasetId}', 'accepted', '', 1, now(), now() + interval '1 day' from ${rows}`,
        `insert into tasks (request_id, model_id, state, received_at, names_new_rows)
           select md5('w' || i)::uuid, model_id, state, received_at, names_new_rows from tasks, ${rows} where ${isIt}`,
        `insert into claimed_rows select dataset_id, "row", md5('w' || i)::uuid from claimed_rows, ${rows} where ${isIt}`,
        "vacuum analyze",
      ])
        await admin.query(text);
      expect(await waiting(modelId)).toBe(1);
      const asked = await recorded(async () => {
        await service.getModel(tenantId, modelId);
        await service.listModels(tenantId);
        // Which models deletions and trainings are chosen from.
        await modelsToServe(database.executor, {});
        await modelsToTeachOrTrain(database.queries);
      });
      expect(asked.filter(({ text }) => text.includes("m.settled_count")).length).toBe(3);
      for (const statement of asked) {
        const { buffers, scanned, text } = await costOf(admin, statement);
        expect(buffers, text).toBeLessThan(100);
        for (const table of ["claimed_rows", "corrected_rows", "joined_rows", "tasks"])
          expect(scanned[table] ?? 0, `${table}: ${text}`).toBe(0);
      }
    } finally {
      await admin.end();
    }
  });
});
