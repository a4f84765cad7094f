import type { Statement } from "expunge";
import { createDataset, type Dataset, selectRows, sourceOf } from "expunge/data";
import { certificateDigest, commitToRequest, decodeEntry } from "expunge/ledger";
import { verify } from "expunge/verify";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { misplacedRows } from "../../testing/placed-slots.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { NO_LEASE, openTestService, signer, type TestService } from "../../testing/test-service.js";
import { isId } from "../database/ids.js";
import type { SqlExecutor } from "../database/open-database.js";
import { ledgerStaged } from "../database/tables.js";
import { pagesOfDataset } from "../rows/pages.js";
import { lockPages } from "../rows/stored-pages.js";
import { type Rests, workOnce } from "../work/worker.js";
import { unlearnModel } from "./unlearn-model.js";

const all = syntheticDataset({ rowCount: 520 });
const range = (from: number, to: number): Dataset =>
  selectRows(
    all,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );
const start = range(0, 400);

/** Until somebody of this database waits for a lock. */
async function waitingForLock({ executeSql }: SqlExecutor): Promise<void> {
  const text = `select pg_stat_clear_snapshot(), (select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as count`;
  while ((await executeSql<{ count: number }>(text)).rows[0]?.count === 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
}
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.each(DATABASES)("on %s a model that lives", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService;
  let { database, service, tenantId, datasetId, work } = {} as TestService;

  beforeEach(async () => {
    opened = await openTestService(location(), start);
    ({ database, service, tenantId, datasetId, work } = opened);
  });
  afterEach(async () => {
    await opened?.close();
  });

  const train = async (more: object = {}): Promise<string> => {
    const asked = { name: "m", datasetId, options: { ...options, ...more } };
    const { id } = await service.createModel(tenantId, asked);
    await work();
    return id;
  };
  const add = (dataset: Dataset, idempotencyKey?: string) =>
    service.addRows(tenantId, datasetId, {
      source: sourceOf(dataset),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  const submit = async (named: object): Promise<string> =>
    (await service.submit(tenantId, { datasetId, ...named } as never)).request.id;
  const submitted = async (named: object): Promise<string> => {
    const id = await submit(named);
    await work();
    return id;
  };
  const correct = async (to: Dataset, rows?: readonly number[], more: object = {}) =>
    service.correct(tenantId, { datasetId, to: sourceOf(to), ...(rows ? { rows } : {}), ...more });
  const view = (id: string) => service.getRequest(tenantId, id);
  const model = (id: string) => service.getModel(tenantId, id);
  const learn = async (id: string, length: object = {}) => {
    const { id: lesson } = await service.learn(tenantId, id, length);
    await work();
    return service.getLesson(tenantId, id, lesson);
  };
  /** Of the certificate that a request came to, verified. */
  async function certified(requestId: string): Promise<Statement["predicate"]> {
    const { tasks } = await view(requestId);
    const { envelope } = await service.getCertificate(tenantId, tasks[0]?.certificateId as string);
    expect(verify(envelope, { publicKey: signer.publicKey })).toMatchObject({ ok: true, issues: [] });
    return (JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as Statement).predicate;
  }
  const bytesOfRow = (dataset: Dataset, row: number): Buffer => {
    const { features, featureCount } = dataset;
    return Buffer.from(features.slice(row * featureCount, (row + 1) * featureCount).buffer);
  };
  /** In the data set or a model of this test: the database is one for all of them. */
  async function isStored(dataset: Dataset, row: number): Promise<boolean> {
    const { items } = await service.listModels(tenantId);
    const owners = [datasetId, ...items.map(({ id }) => id)];
    return (await storedBytes(database, ({ owner }) => owners.includes(owner))).includes(
      bytesOfRow(dataset, row),
    );
  }

  it("learns the rows that arrive, each once, in free slots and in new batches", async () => {
    const modelId = await train();
    expect(await add(range(400, 430), "monday")).toMatchObject({
      firstRow: 400,
      rowCount: 30,
      isRepeated: false,
    });
    expect(await add(range(400, 430), "monday")).toMatchObject({
      firstRow: 400,
      rowCount: 30,
      isRepeated: true,
    });
    await expect(add(range(400, 431), "monday")).rejects.toMatchObject({ code: "E_CONFLICT" });
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 30, timeline: { steps: 40 } });
    // Emptied, for some of them.
    await submit({ rows: [0, 1, 2, 3] });
    await work();
    const before = await model(modelId);
    expect(await learn(modelId, { steps: 50 })).toMatchObject({
      state: "done",
      rowCount: 30,
      isScheduled: false,
    });
    const after = await model(modelId);
    expect(after).toMatchObject({
      waitingRowCount: 0,
      timeline: { lives: { joinedCount: 30, lessonCount: 1 } },
    });
    expect(after.timeline?.steps).toBe((before.timeline?.steps as number) + 50);
    expect(after.timeline?.lives?.phases).toHaveLength(2);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    const [newest] = (await service.listReleases(tenantId, modelId)).items;
    expect(newest).toMatchObject({
      kind: "lesson",
      joinedCount: 30,
      rowCount: 0,
      unlearnSteps: 50,
      requestCount: 0,
    });
    await expect(service.learn(tenantId, modelId)).rejects.toMatchObject({ code: "E_CONFLICT" });
    // Who joined is forgotten like others.
    const id = await submit({ rows: [405, 7] });
    await work();
    const { lives, ...rest } = await certified(id);
    expect(lives).toMatchObject({ joinedCount: 30, lessonCount: 1, isCorrection: false });
    expect(lives?.joined).toEqual([expect.objectContaining({ joined: before.timeline?.steps, count: 1 })]);
    expect(rest).toMatchObject({ request: { rowCount: 2 } });
    expect(lives?.previous).toMatch(/^[0-9a-f]{64}$/);
    expect([await isStored(all, 405), await isStored(all, 406)]).toEqual([false, true]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("says nothing of rows that it never had", async () => {
    const modelId = await train();
    const subjects = ["new@example.com", "new@example.com", "other@example.com"];
    await add({ ...range(400, 403), subjects });
    const waiting = await submit({ subjects: ["new@example.com"] });
    await work();
    expect(await view(waiting)).toMatchObject({
      state: "completed",
      rowCount: 2,
      tasks: [{ state: "done", certificateId: null, removedCount: 0 }],
    });
    expect((await service.receipts(tenantId, waiting, ["new@example.com"]))[0]).toEqual([]);
    expect([await isStored(all, 400), await isStored(all, 402)]).toEqual([false, true]);
    expect(await learn(modelId)).toMatchObject({ state: "done", rowCount: 1 });
    // One row learned, another not yet.
    await add({ ...range(403, 405), subjects: ["other@example.com", "third@example.com"] });
    const both = await submit({ subjects: ["other@example.com", "third@example.com"] });
    await work();
    expect(await view(both)).toMatchObject({ rowCount: 3, tasks: [{ state: "done", removedCount: 1 }] });
    const { request } = await certified(both);
    // Of two people one had rows in the model.
    expect(request).toMatchObject({ rowCount: 1, subjects: { count: 1 } });
    const receipts = await service.receipts(tenantId, both, ["other@example.com", "third@example.com"]);
    expect(receipts.map(({ length }) => length)).toEqual([1, 0]);
    expect([await isStored(all, 402), await isStored(all, 403), await isStored(all, 404)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // A row that is claimed while a lesson is given, by a request that is then taken back, is learned by the next one.
    await add(range(405, 408));
    const undecided = await submit({ rows: [406] });
    await service.learn(tenantId, modelId);
    // As where requests wait for others to come.
    await work({ maxWaitMs: 60_000 });
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 0 });
    await service.cancel(tenantId, undecided);
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 1 });
    expect(await learn(modelId)).toMatchObject({ state: "done", rowCount: 1 });
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // Nothing is left to learn: no lesson waits, and one that waits comes to nothing.
    await expect(service.learn(tenantId, modelId)).rejects.toMatchObject({ code: "E_CONFLICT" });
  });

  it("corrects a row: the old value is erased and certified, the new one has its slot", async () => {
    const modelId = await train();
    const owner = all.subjects![0]!;
    const rows = all.subjects!.flatMap((subject, row) => (subject === owner ? [row] : []));
    const to = { ...range(500, 501), subjects: [owner] };
    const preview = await service.previewCorrection(tenantId, { datasetId, rows: [0], to: sourceOf(to) });
    expect(preview).toMatchObject({ rowCount: 1, models: [{ rowCount: 1 }] });
    const { request, isRepeated, ledgerSalt } = await correct(to, [0], { idempotencyKey: "k" });
    expect([request.kind, isRepeated]).toEqual(["correction", false]);
    const staged = (await database.queries.select().from(ledgerStaged)).map(({ entry }) =>
      decodeEntry(entry),
    );
    const entry = staged.find(({ requestId }) => requestId === request.id);
    const asked = { datasetId, rows: [0] };
    expect(entry).toMatchObject({
      commitment: commitToRequest({ ...asked, kind: "correction" }, ledgerSalt!),
    });
    expect(entry).not.toMatchObject({ commitment: commitToRequest(asked, ledgerSalt!) });
    expect((await correct(to, [0], { idempotencyKey: "k" })).isRepeated).toBe(true);
    await expect(service.cancel(tenantId, request.id)).rejects.toMatchObject({ code: "E_CONFLICT" });
    await expect(correct(to, [0])).rejects.toMatchObject({ code: "E_CONFLICT" });
    await work();
    expect(await view(request.id)).toMatchObject({
      state: "completed",
      kind: "correction",
      tasks: [{ state: "done", removedCount: 1 }],
    });
    const { lives } = await certified(request.id);
    expect(lives).toMatchObject({ isCorrection: true, joinedCount: 1, lessonCount: 0, joined: [] });
    expect([await isStored(all, 0), await isStored(all, 500)]).toEqual([false, true]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 0 });
    const [newest] = (await service.listReleases(tenantId, modelId)).items;
    expect(newest).toMatchObject({ kind: "correction", joinedCount: 1, rowCount: 1 });
    // Corrected once more, and deleted with all that is hers.
    const again = await correct({ ...range(501, 502), subjects: [owner] }, [400]);
    await work();
    expect((await certified(again.request.id)).lives?.joined).toEqual([
      expect.objectContaining({ joined: 40, count: 1 }),
    ]);
    const gone = await submit({ subjects: [owner] });
    await work();
    expect((await certified(gone)).request.rowCount).toBe(rows.length);
    expect(await isStored(all, 501)).toBe(false);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("takes corrections of what waits, of what it has, and deletions of both, in any order", async () => {
    const modelId = await train();
    await add({ ...range(400, 402), subjects: ["a@example.com", "b@example.com"] });
    const waiting = await correct({ ...range(500, 501), subjects: ["a@example.com"] });
    const had = await correct({ ...range(501, 502), subjects: [all.subjects![5]!] }, [5]);
    const deleted = await submit({ subjects: [all.subjects![5]!] });
    await work();
    expect(await view(waiting.request.id)).toMatchObject({
      state: "completed",
      tasks: [{ certificateId: null, removedCount: 0 }],
    });
    expect((await certified(had.request.id)).lives?.isCorrection).toBe(true);
    expect((await certified(deleted)).lives?.isCorrection).toBe(false);
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 2 });
    expect(await learn(modelId)).toMatchObject({ rowCount: 2 });
    for (const [row, isThere] of [
      [400, false],
      [401, true],
      [500, true],
      [501, false],
      [5, false],
    ] as const)
      expect([row, await isStored(all, row)]).toEqual([row, isThere]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("takes no correction that does not fit, and keeps nothing of it", async () => {
    await add({ ...range(400, 402), subjects: ["many", "many"] });
    const { description } = await service.getDataset(tenantId, datasetId);
    const somebody = { ...range(500, 501), subjects: ["nobody@example.com"] };
    const twice = { ...range(500, 502), subjects: [all.subjects![3]!, all.subjects![3]!] };
    const narrow = syntheticDataset({ rowCount: 40, featureCount: 5 });
    for (const [what, refused, code] of [
      ["an owner of several rows", () => correct({ ...somebody, subjects: ["many"] }), "E_OPTION"],
      ["somebody else's row", () => correct(somebody, [3]), "E_DATA"],
      ["somebody unknown", () => correct(somebody), "E_UNKNOWN_SUBJECT"],
      ["rows without owners", () => correct({ ...somebody, subjects: null }, [3]), "E_DATA"],
      ["fewer rows than it names", () => correct(range(500, 501), [3, 4]), "E_OPTION"],
      ["one row twice", () => correct(twice, [3, 3]), "E_OPTION"],
      ["a row that is not there", () => correct(range(500, 501), [4000]), "E_UNKNOWN_SUBJECT"],
      ["another width", () => correct(narrow, [3]), "E_DATA"],
    ] as const)
      await expect(refused(), what).rejects.toMatchObject({ code });
    expect((await service.getDataset(tenantId, datasetId)).description).toEqual(description);
    expect((await service.listRequests(tenantId)).items).toEqual([]);
  });

  it("learns by its schedule, and pauses where a lesson fails", async () => {
    const modelId = await train();
    await service.setSchedule(tenantId, modelId, { rows: 20, steps: 10 });
    await add(range(400, 410));
    await work();
    expect((await service.listLessons(tenantId, modelId)).items).toEqual([]);
    await add(range(410, 420));
    await work();
    expect((await service.listLessons(tenantId, modelId)).items).toMatchObject([
      { state: "done", rowCount: 20, isScheduled: true, options: { steps: 10 } },
    ]);
    await service.setSchedule(tenantId, modelId, { everyHours: 1 });
    await add(range(420, 425));
    await work();
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 5, schedule: { everyHours: 1 } });
    await database.executor.executeSql(
      "update lessons set finished_at = finished_at - interval '61 minutes'",
    );
    await work();
    expect(await model(modelId)).toMatchObject({
      waitingRowCount: 0,
      timeline: { lives: { lessonCount: 2 } },
    });
    await service.setSchedule(tenantId, modelId, null);
    await add(range(425, 430));
    await database.executor.executeSql("update lessons set finished_at = finished_at - interval '9 hours'");
    await work();
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 5, schedule: null });
    for (const schedule of [{}, { rows: 0 }, { everyHours: -1 }, { rows: 5, epochs: 1, steps: 1 }])
      await expect(service.setSchedule(tenantId, modelId, schedule)).rejects.toMatchObject({
        code: "E_OPTION",
      });
  });

  it("against anybody who asks takes in no row after its training, since nobody could count them", async () => {
    const adaptive = { requesters: "adaptive", adaptiveEpsilon: 3, rowsPerRequest: 4, maxSteps: 4000 };
    const refusal = { code: "E_OPTION", details: { field: "requesters", found: "adaptive" } };
    const asked = { name: "m", datasetId, options: { ...options, ...adaptive } as never };
    const schedule = { rows: 1, epochs: 1 };
    await expect(service.createModel(tenantId, { ...asked, schedule })).rejects.toMatchObject(refusal);
    const { id: modelId } = await service.createModel(tenantId, asked);
    // Before it is trained, too.
    await expect(service.setSchedule(tenantId, modelId, schedule)).rejects.toMatchObject(refusal);
    await work();
    await expect(service.setSchedule(tenantId, modelId, schedule)).rejects.toMatchObject(refusal);
    expect(await model(modelId)).toMatchObject({ state: "ready", schedule: null });
    const owner = all.subjects![3]!;
    const to = { ...range(500, 501), subjects: [owner] };
    const uncorrectable = { code: "E_CONFLICT", details: { field: "requesters", modelId } };
    await expect(correct(to, [3])).rejects.toMatchObject(uncorrectable);
    await expect(
      service.previewCorrection(tenantId, { datasetId, rows: [3], to: sourceOf(to) }),
    ).rejects.toMatchObject(uncorrectable);
    expect((await service.listRequests(tenantId)).items).toEqual([]);
    expect((await service.getDataset(tenantId, datasetId)).description?.rowCount).toBe(400);
    // Deleted and added again: what is new stays out of the model.
    await submit({ subjects: [owner] });
    await work();
    await add({ ...range(400, 404), subjects: Array(4).fill(owner) });
    // None of them waits for anything.
    expect(await model(modelId)).toMatchObject({ waitingRowCount: 0 });
    await expect(service.learn(tenantId, modelId)).rejects.toMatchObject(refusal);
    // As an earlier version may have stored them.
    const { executeSql } = database.executor;
    await executeSql("update models set schedule = $1 where id = $2", [JSON.stringify(schedule), modelId]);
    await work();
    expect((await service.listLessons(tenantId, modelId)).items).toEqual([]);
    await executeSql(
      "insert into lessons (id, model_id, state, options, is_scheduled) values ($1, $2, 'waiting', '{}', false)",
      ["00000000-0000-4000-8000-000000000001", modelId],
    );
    await work();
    expect((await service.listLessons(tenantId, modelId)).items).toMatchObject([
      { state: "failed", failure: expect.stringMatching(/requesters = adaptive/) },
    ]);
    const again = await submit({ subjects: [owner] });
    await work();
    expect((await view(again)).tasks).toMatchObject([{ removedCount: 0, certificateId: null }]);
    const after = await model(modelId);
    expect(after.timeline?.lives).toBeUndefined();
    expect(after.disclosure?.epsilon).toBeLessThan(3);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("against anybody who asks is not trained on more rows of a person than its limit is for", async () => {
    const adaptive = { requesters: "adaptive", adaptiveEpsilon: 3, rowsPerRequest: 4, maxSteps: 4000 };
    const asked = { name: "m", datasetId, options: { ...options, ...adaptive } as never };
    const { id } = await service.createModel(tenantId, asked);
    await add({ ...range(400, 405), subjects: Array(5).fill("many@example.com") });
    await work();
    expect(await model(id)).toMatchObject({
      state: "failed",
      failure: expect.stringMatching(/rowsPerRequest = 4 to be at least 5/),
    });
    // What is left out by a request does not count.
    await train();
    await submit({ rows: [402] });
    await database.executor.executeSql("update models set state = 'waiting' where id = $1", [id]);
    await work({ maxWaitMs: 60_000 });
    expect(await model(id)).toMatchObject({ state: "ready", failure: null });
  });

  it("against anybody who asks refuses a correction that was taken in before", async () => {
    const modelId = await train({
      requesters: "adaptive",
      adaptiveEpsilon: 3,
      maxSteps: 4000,
      rowsPerRequest: 4,
    });
    const { limit } = (await model(modelId)).plan!;
    const setLimit = (value: object | null, requesters: string) =>
      database.executor.executeSql(
        "update models set plan = plan || $1, options = options || $2 where id = $3",
        [...[{ limit: value }, { requesters }].map((part) => JSON.stringify(part)), modelId],
      );
    await setLimit(null, "independent");
    const { request } = await correct({ ...range(500, 501), subjects: [all.subjects![3]!] }, [3]);
    await setLimit(limit, "adaptive");
    await work();
    expect(await view(request.id)).toMatchObject({
      state: "failed",
      failure: expect.stringMatching(/adaptive requesters takes no corrections/),
    });
    expect((await model(modelId)).timeline?.lives).toBeUndefined();
  });

  it("says in the ledger that a certificate answers a request only where it says something of its rows", async () => {
    const modelId = await train();
    // It has not served them yet, so that their rows are still there to be named.
    await train();
    await add(range(400, 402));
    const first = await submit({ rows: [5, 401] });
    const waiting = await submit({ rows: [400] });
    const serve = () => unlearnModel({ database, lease: NO_LEASE, signer: async () => signer }, modelId);
    await serve();
    const covered = await submit({ rows: [5] });
    const neverHad = await submit({ rows: [401] });
    await serve();
    const certificateOf = async (id: string) =>
      (await view(id)).tasks.find((task) => task.modelId === modelId)?.certificateId ?? null;
    const certificateId = await certificateOf(first);
    expect(certificateId).not.toBeNull();
    expect(await Promise.all([waiting, covered, neverHad].map(certificateOf))).toEqual([
      null,
      certificateId,
      null,
    ]);
    const staged = await database.queries.select().from(ledgerStaged);
    const answered = staged.flatMap((row) => {
      const entry = decodeEntry(row.entry);
      return row.certificateId === certificateId && entry.kind === "certificate" ? [entry] : [];
    });
    expect(answered.map(({ requestId }) => requestId)).toEqual([first, covered]);
    const { envelope } = await service.getCertificate(tenantId, certificateId!);
    const digests = answered.map(({ certificateDigest, modelBefore, modelAfter }) => [
      certificateDigest,
      modelBefore,
      modelAfter,
    ]);
    expect(digests[0]).toEqual(digests[1]);
    expect(digests[0]?.[0]).toBe(certificateDigest(envelope));
    expect((await service.listReleases(tenantId, modelId)).items[0]).toMatchObject({ requestCount: 1 });
    await work();
    for (const id of [first, waiting, covered, neverHad]) expect((await view(id)).state).toBe("completed");
  });

  it("trains on what is there when it begins, whatever arrives meanwhile", async () => {
    const asked = { name: "m", datasetId, options };
    const { id } = await service.createModel(tenantId, asked);
    let isAdded = false;
    const giveWay = async (): Promise<void> => {
      if (isAdded) return;
      isAdded = true;
      await add(range(400, 410));
      await correct({ ...range(500, 501), subjects: [all.subjects![0]!] }, [0]);
    };
    await work({ giveWay });
    expect(await model(id)).toMatchObject({
      state: "ready",
      plan: { process: { rowCount: 400 } },
      waitingRowCount: 10,
    });
    expect(await misplacedRows(database, id)).toEqual([]);
    expect(await learn(id)).toMatchObject({ rowCount: 10 });
    expect(await misplacedRows(database, id)).toEqual([]);
    const { id: second } = await service.createModel(tenantId, asked);
    await work();
    expect(await model(second)).toMatchObject({ plan: { process: { rowCount: 411 } }, waitingRowCount: 0 });
  });

  it("says nothing of a row that its training left out, and gives its slot to another", async () => {
    await train();
    const { id } = await service.createModel(tenantId, { name: "second", datasetId, options });
    const early = await submit({ rows: [5] });
    // The first model keeps its request waiting for others, so that the row is still there.
    await work({ maxWaitMs: 60_000 });
    expect((await view(early)).tasks).toMatchObject([{ state: "waiting" }]);
    await add(range(400, 440));
    await service.learn(tenantId, id);
    await work({ maxWaitMs: 60_000 });
    expect(await model(id)).toMatchObject({ waitingRowCount: 0 });
    const late = await submit({ rows: [5] });
    await work();
    for (const request of [early, late]) expect((await view(request)).state).toBe("completed");
    const ofSecond = (await view(late)).tasks.find(({ modelId }) => modelId === id);
    expect(ofSecond).toMatchObject({ state: "done", certificateId: null, removedCount: 0 });
    expect(await misplacedRows(database, id)).toEqual([]);
  });

  it("gives a lesson that was interrupted again, and lets requests that are due go first", async () => {
    const modelId = await train();
    await add(range(400, 450));
    const { id: lesson } = await service.learn(tenantId, modelId, { epochs: 40 });
    const before = await model(modelId);
    await expect(
      work({
        giveWay: async () => {
          throw new Error("killed");
        },
        onFailure: ({ error }) => {
          throw error;
        },
      }),
    ).rejects.toThrow("killed");
    expect((await model(modelId)).timeline).toEqual(before.timeline);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // A row of the lesson is deleted while it runs: it has joined by then, and is forgotten as others are.
    let id: string | undefined;
    await work({
      giveWay: async () => {
        id ??= await submit({ rows: [401, 9] });
      },
    });
    expect(await service.getLesson(tenantId, modelId, lesson)).toMatchObject({ state: "done", rowCount: 50 });
    expect((await view(id!)).tasks).toMatchObject([{ state: "done", removedCount: 2 }]);
    expect((await certified(id!)).lives?.joined).toHaveLength(1);
    expect(await isStored(all, 401)).toBe(false);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // One that is due at once does not wait for the lesson's end, and its row does not join.
    await add(range(450, 460));
    const { id: postponed } = await service.learn(tenantId, modelId, { epochs: 40 });
    let hasty: string | undefined;
    const giveWay = async (): Promise<void> => {
      hasty ??= await submit({ rows: [451, 10], dueAt: new Date(Date.now() + 1000) });
    };
    await work({ giveWay, checkpointMs: 0 });
    expect((await view(hasty!)).tasks).toMatchObject([{ state: "done", removedCount: 1 }]);
    expect(await service.getLesson(tenantId, modelId, postponed)).toMatchObject({
      state: "done",
      rowCount: 9,
    });
    expect((await service.listReleases(tenantId, modelId)).items.map(({ kind }) => kind).slice(0, 2)).toEqual(
      ["lesson", "deletion"],
    );
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("takes as many rows at once as a lesson may hold, and the others in the next ones", async () => {
    const modelId = await train();
    await add(range(400, 425));
    await service.learn(tenantId, modelId, { steps: 5 });
    for (let round = 0; round < 3; round++) await work({ maxLearned: 10 });
    const given = (await service.listLessons(tenantId, modelId)).items;
    expect(given).toMatchObject([
      { state: "done", rowCount: 5, isScheduled: false, options: { steps: 5 } },
      { state: "done", rowCount: 10 },
      { state: "done", rowCount: 10 },
    ]);
    expect(await model(modelId)).toMatchObject({
      waitingRowCount: 0,
      timeline: { lives: { joinedCount: 25, lessonCount: 3 } },
    });
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // What does not fit into memory will not fit the next time either.
    await add(range(425, 430));
    await service.learn(tenantId, modelId);
    const giveWay = async (): Promise<void> => {
      throw new RangeError("Array buffer allocation failed");
    };
    await work({ giveWay });
    const [failed] = (await service.listLessons(tenantId, modelId)).items;
    expect(failed).toMatchObject({ state: "failed", failure: "Array buffer allocation failed" });
  });

  it("looks no more at what its corrections brought, and waits for no row that a correction is to bring", async () => {
    const modelId = await train();
    const rowCountOf = async (): Promise<unknown> => {
      const text = "select row_count from models where id = $1";
      return (await database.executor.executeSql<{ row_count: number }>(text, [modelId])).rows[0]?.row_count;
    };
    const ofOwner = (row: number, owner: number): Dataset => ({
      ...range(row, row + 1),
      subjects: [all.subjects![owner]!],
    });
    for (const [i, row] of [0, 1, 400].entries()) {
      await correct(ofOwner(500 + i, row === 400 ? 0 : row), [row]);
      await work();
      expect([await rowCountOf(), (await model(modelId)).waitingRowCount]).toEqual([401 + i, 0]);
    }
    await add(range(403, 404));
    // Not served yet: its successor does not wait, and no lesson is given for it.
    await service.setSchedule(tenantId, modelId, { rows: 2, steps: 5 });
    await correct(ofOwner(503, 2), [2]);
    for (let round = 0; round < 2; round++) await work({ maxWaitMs: 60_000 });
    expect((await model(modelId)).waitingRowCount).toBe(1);
    await service.setSchedule(tenantId, modelId, { rows: 1, steps: 5 });
    for (let round = 0; round < 2; round++) await work({ maxWaitMs: 60_000 });
    expect((await service.listLessons(tenantId, modelId)).items).toMatchObject([{ rowCount: 1 }]);
    expect([await rowCountOf(), (await model(modelId)).waitingRowCount]).toEqual([404, 0]);
    await work();
    expect([await rowCountOf(), (await model(modelId)).waitingRowCount]).toEqual([405, 0]);
    // A row that is gone before any lesson, and one that waits before others.
    await add(range(405, 409));
    await submit({ rows: [405, 407] });
    await work({ maxWaitMs: 0 });
    expect(await misplacedRows(database, modelId)).toEqual([]);
    expect((await service.listLessons(tenantId, modelId)).items).toHaveLength(2);
    expect([await rowCountOf(), (await model(modelId)).waitingRowCount]).toEqual([409, 0]);
  });

  it("keeps one range of rows that joined at once, and reads when they did row by row", async () => {
    const modelId = await train();
    await add(range(400, 410));
    await learn(modelId, { steps: 5 });
    await correct({ ...range(500, 502), subjects: [all.subjects![8]!, all.subjects![7]!] }, [8, 7]);
    await work();
    const { rows } = await database.executor.executeSql<{ first_row: number; end_row: number }>(
      "select first_row, end_row, step::float8 from joined_rows where model_id = $1 order by first_row",
      [modelId],
    );
    expect(rows).toEqual([
      { first_row: 400, end_row: 410, step: 40 },
      { first_row: 410, end_row: 412, step: expect.any(Number) },
    ]);
    const { lives } = await certified(await submitted({ rows: [9, 403, 410, 411] }));
    const counted = lives?.joined?.map(({ joined, count }) => [joined, count]) ?? [];
    expect(counted.filter(([joined]) => joined === 40)).toEqual([[40, 1]]);
    expect(counted.reduce((sum, [, count]) => sum + count!, 0)).toBe(3);
  });

  it("holds no data set while rows are written, and writes them again where it has changed", async () => {
    const { objects, executor } = database;
    const put = objects.put.bind(objects);
    const during = (use: () => Promise<unknown>): void => {
      vi.spyOn(objects, "put").mockImplementationOnce(async (...what) => {
        await use();
        await put(...what);
      });
    };
    // Erased from the last page; rows behind the others; both, while a correction is written.
    during(() => submit({ rows: [3] }));
    expect(await add(range(400, 410))).toMatchObject({ firstRow: 400 });
    during(() => add(range(410, 412)));
    expect(await add(range(412, 414))).toMatchObject({ firstRow: 412 });
    during(async () => {
      await submit({ rows: [4] });
      await add(range(414, 415));
    });
    await correct({ ...range(500, 501), subjects: [all.subjects![5]!] }, [5]);
    vi.restoreAllMocks();
    for (const row of [3, 4, 5, 6, 400, 409, 410, 411, 412, 413, 414, 500])
      expect([row, await isStored(all, row)]).toEqual([row, row > 5]);
    const modelId = await train();
    expect(await model(modelId)).toMatchObject({ plan: { process: { rowCount: 416 } } });
    expect(await misplacedRows(database, modelId)).toEqual([]);
    const known = await executor.executeSql<{ id: string }>(
      "select id from row_objects where not is_condemned",
    );
    const names: string[] = [];
    for await (const { name } of objects.list()) if (isId(name)) names.push(name);
    expect(names.filter((name) => !known.rows.some(({ id }) => id === name))).toEqual([]);
  });

  it("takes one of two data sets' rows under one key that come at once", async () => {
    const source = () => sourceOf(range(400, 401));
    const more = { name: "more", source: sourceOf(start), schema: null };
    const other = (await service.createDataset(tenantId, more)).id;
    const both = [datasetId, other].map((id) =>
      service.addRows(tenantId, id, { source: source(), idempotencyKey: "same" }),
    );
    const failed = (await Promise.allSettled(both)).flatMap((one) =>
      one.status === "rejected" ? [one.reason] : [],
    );
    expect(failed).toEqual([expect.objectContaining({ code: "E_CONFLICT" })]);
  });

  it("says of a correction that is repeated what became of the row, and remembers it behind its data set", async () => {
    const subjects = ["once@example.com"];
    await add({ ...range(400, 401), subjects });
    await train();
    const to = { ...range(500, 501), subjects };
    const { request } = await correct(to, undefined, { idempotencyKey: "one" });
    // Its owner has two rows until it is completed; then the old one belongs to nobody.
    await expect(correct(to)).rejects.toMatchObject({ code: "E_CONFLICT" });
    await work();
    await expect(correct(to, [400])).rejects.toMatchObject({ code: "E_CONFLICT" });
    expect((await correct(to)).isRepeated).toBe(false);
    await work();
    for (const { id } of (await service.listModels(tenantId)).items) await service.deleteModel(tenantId, id);
    await service.deleteDataset(tenantId, datasetId);
    expect(await correct(to, undefined, { idempotencyKey: "one" })).toMatchObject({
      isRepeated: true,
      request: { id: request.id, kind: "correction", state: "completed" },
    });
    const other = correct(to, undefined, { idempotencyKey: "two" });
    await expect(other).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });

  it("keeps no deletion waiting where a lesson fails, for as long as the lesson rests", async () => {
    const modelId = await train();
    await add(range(400, 410));
    const { id: lesson } = await service.learn(tenantId, modelId, { steps: 5 });
    const rests: Rests = new Map();
    const giveWay = async (): Promise<void> => {
      throw new Error("no room");
    };
    await workOnce(opened.context({ giveWay }), rests);
    for (const [key, rest] of rests) rests.set(key, { ...rest, until: Number.POSITIVE_INFINITY });
    const request = await submit({ rows: [3] });
    await workOnce(opened.context(), rests);
    expect(await view(request)).toMatchObject({ state: "completed", tasks: [{ removedCount: 1 }] });
    expect(await service.getLesson(tenantId, modelId, lesson)).toMatchObject({ state: "waiting" });
  });

  it("locks a correction's models before pages, as deletions do", async ({ skip }) => {
    skip(kind === "pglite", "one connection");
    const modelId = await train();
    let corrected: Promise<unknown> | undefined;
    await database.transaction(async ({ executor }) => {
      // As a deletion that commits, whose row lies in the last page, which is the only one.
      await executor.executeSql("update models set failure = null where id = $1", [modelId]);
      corrected = correct({ ...range(500, 501), subjects: [all.subjects![0]!] }, [0]);
      await waitingForLock(executor);
      await lockPages(executor, pagesOfDataset({ id: datasetId, isSparse: false }), [0]);
    });
    expect(await corrected).toMatchObject({ isRepeated: false });
    await work();
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it.each([
    { more: { features: "fourier", featureCount: 16, featureBandwidth: 1 } },
    { more: { sigma: 0.05 } },
    { more: { deletion: "replace" } },
    { more: { sigma: 0.05, releaseAt: "epoch" } },
  ])("lives with $more", async ({ more }) => {
    const modelId = await train(more);
    await add(range(400, 425));
    expect(await learn(modelId)).toMatchObject({ state: "done", rowCount: 25 });
    const corrected = await correct({ ...range(500, 501), subjects: [all.subjects![410]!] }, [410]);
    const deleted = await submit({ rows: [411, 3] });
    await work();
    expect((await certified(corrected.request.id)).lives).toMatchObject({ isCorrection: true });
    expect((await certified(deleted)).request.rowCount).toBe(2);
    expect(await learnedAgain(modelId)).toMatchObject({ state: "done", rowCount: 5 });
    const { privacy, disclosure } = await model(modelId);
    if ("sigma" in more)
      expect([privacy?.epsilon, disclosure?.epsilon].every((value) => value! > 0)).toBe(true);
  });

  async function learnedAgain(modelId: string) {
    await add(range(425, 430));
    return learn(modelId);
  }

  it("keeps every row in a slot of its own over any life", async () => {
    const uniform = uniforms(kind === "postgres" ? 11 : 12);
    const modelId = await train();
    let rowCount = 400;
    const rows = (): number[] => [
      ...new Set(Array.from({ length: 3 }, () => Math.floor(uniform() * rowCount))),
    ];
    const owned = new Map<number, string>(start.subjects!.map((subject, row) => [row, subject]));
    for (let round = 0; round < 12; round++) {
      const what = uniform();
      if (what < 0.35) {
        const dataset = {
          ...range(400, 400 + 12),
          subjects: Array.from({ length: 12 }, (_, i) => `r${round}-${i}`),
        };
        await add(dataset);
        for (const [i, subject] of dataset.subjects.entries()) owned.set(rowCount + i, subject);
        rowCount += 12;
      } else if (what < 0.6) await submit({ rows: rows() });
      else if (what < 0.8) {
        const row = rows()[0]!;
        const done = await correct({ ...range(500 + round, 501 + round), subjects: [owned.get(row)!] }, [
          row,
        ]).catch((error) => error);
        if (done instanceof Error)
          expect(done).toMatchObject({ code: expect.stringMatching(/E_CONFLICT|E_DATA/) });
        else owned.set(rowCount++, owned.get(row)!);
      } else await service.learn(tenantId, modelId, { steps: 5 }).catch(() => {});
      if (uniform() < 0.6) await work();
    }
    await work();
    expect(await misplacedRows(database, modelId)).toEqual([]);
    for (const { id } of (await service.listRequests(tenantId)).items) {
      const { state, tasks } = await view(id);
      expect(state).toBe("completed");
      if (tasks[0]?.certificateId) await certified(id);
    }
  });

  it("keeps labels' units and rows' weights as they were", async () => {
    const { features, labels, subjects } = syntheticDataset({ rowCount: 300, task: "regression" });
    const input = (from: number, to: number): Dataset =>
      createDataset({
        features: Array.from({ length: to - from }, (_, i) => [
          ...features.slice((from + i) * 6, (from + i + 1) * 6),
        ]),
        labels: [...labels.slice(from, to)],
        subjects: subjects!.slice(from, to),
        task: "regression",
        sampleWeights: Array.from({ length: to - from }, (_, i) => ((from + i) % 4 === 0 ? 0.5 : 1)),
      } as never);
    const created = await service.createDataset(tenantId, {
      name: "r",
      source: sourceOf(input(0, 280)),
      schema: null,
    });
    const asked = {
      name: "m",
      datasetId: created.id,
      options: { ...options, maxSteps: 5000 },
    };
    const { id } = await service.createModel(tenantId, asked);
    await work();
    await service.addRows(tenantId, created.id, { source: sourceOf(input(280, 300)) });
    expect(await learn(id)).toMatchObject({ state: "done", rowCount: 20 });
    expect(await misplacedRows(database, id)).toEqual([]);
  });
});
