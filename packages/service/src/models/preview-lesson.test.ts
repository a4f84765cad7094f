import { type Dataset, selectRows, sourceOf } from "expunge/data";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation, USUAL_DATABASES } from "../../testing/databases.js";
import { misplacedRows } from "../../testing/placed-slots.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { findNewcomers } from "./newcomers.js";
import { readProcess } from "./stored-process.js";

const all = syntheticDataset({ rowCount: 460 });
const range = (from: number, to: number): Dataset =>
  selectRows(
    all,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.each(USUAL_DATABASES)("on %s a lesson that is only asked about", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService;
  let { database, service, tenantId, datasetId, work } = {} as TestService;

  beforeEach(async () => {
    opened = await openTestService(location(), range(0, 400));
    ({ database, service, tenantId, datasetId, work } = opened);
  });
  afterEach(async () => {
    await opened?.close();
  });

  const train = async (more: object = {}): Promise<string> => {
    const { id } = await service.createModel(tenantId, {
      ...{ name: "m", datasetId },
      options: { ...options, ...more },
    });
    await work();
    return id;
  };
  const add = (dataset: Dataset) => service.addRows(tenantId, datasetId, { source: sourceOf(dataset) });
  const submit = async (rows: readonly number[]) =>
    (await service.submit(tenantId, { datasetId, rows })).request.id;
  /** All that a lesson writes. */
  const stored = async (): Promise<unknown> => {
    const tables = [
      "lessons",
      "releases",
      "joined_rows",
      "model_order",
      "model_pages",
      "row_objects",
      "models",
    ];
    return Promise.all(
      tables.map(async (table) => (await database.executor.executeSql(`select * from ${table}`)).rows),
    );
  };

  it.each([
    { more: {}, length: { epochs: 2 } },
    { more: { sigma: 0.05 }, length: { steps: 70 } },
    { more: { sigma: 0.05, releaseAt: "epoch" }, length: {} },
  ])("says what the lesson then comes to, and writes nothing: $more, $length", async ({ more, length }) => {
    const modelId = await train(more);
    await submit([0, 1, 2, 3]);
    await work();
    await add(range(400, 430));
    const [before, written] = [await service.getModel(tenantId, modelId), await stored()];
    const preview = await service.previewLesson(tenantId, modelId, length);
    expect(await stored()).toEqual(written);
    expect(preview).toMatchObject({
      ...{ modelId, rowCount: 30, claimedRowCount: 0, awaitedRowCount: 0, laterRowCount: 0 },
      ...{ batchCountBefore: 20, batchCountAfter: 22, milliseconds: expect.any(Number) },
      ...{ holds: before.holds, meaning: before.meaning },
      ...{ privacyBefore: before.privacy, disclosureBefore: before.disclosure },
    });
    expect(preview.holds).not.toBeNull();
    const [newestBefore] = (await service.listReleases(tenantId, modelId)).items;
    await service.learn(tenantId, modelId, length);
    await work();
    const after = await service.getModel(tenantId, modelId);
    const [newest] = (await service.listReleases(tenantId, modelId)).items;
    expect(newest).toMatchObject({ kind: "lesson", joinedCount: preview.rowCount });
    expect(preview).toMatchObject({
      steps: newest?.unlearnSteps,
      epochs: newest!.unlearnSteps / 22,
      gradientEvaluations: newest?.gradientEvaluations,
      ...{ noiseBefore: newestBefore?.noise, noiseAfter: newest?.noise },
      ...{ privacyAfter: after.privacy, disclosureAfter: after.disclosure, holds: after.holds },
    });
    expect(after.timeline?.lives?.phases.at(-1)?.batchCount).toBe(preview.batchCountAfter);
    if ("sigma" in more)
      expect(preview.disclosureAfter!.epsilon).toBeGreaterThan(preview.disclosureBefore!.epsilon);
    else expect([preview.privacyAfter, preview.disclosureAfter]).toEqual([null, null]);
  });

  it("says which rows stay out, and why", async () => {
    const modelId = await train();
    await add(range(400, 420));
    const to = { ...range(450, 451), subjects: [all.subjects![7]!] };
    await service.correct(tenantId, { datasetId, to: sourceOf(to), rows: [7] });
    await submit([405, 406, 9]);
    const preview = await service.previewLesson(tenantId, modelId);
    expect(preview).toMatchObject({
      ...{ rowCount: 18, claimedRowCount: 2, awaitedRowCount: 1, laterRowCount: 0 },
      ...{ batchCountAfter: 21, epochs: 1, steps: 21, gradientEvaluations: 420 },
    });
    expect((await service.getModel(tenantId, modelId)).waitingRowCount).toBe(preview.rowCount);
    // More than one lesson holds: as many as it takes, and the others counted.
    const process = (await readProcess(database.queries, modelId))!;
    const { rows, others, isMore } = await findNewcomers(database, process, 10);
    expect([rows.length, others, isMore]).toEqual([10, { claimed: 2, awaited: 1, later: 8 }, true]);
    await work();
    // The row of the correction has its place; the slots that the deletion emptied are not enough.
    await service.learn(tenantId, modelId);
    await work();
    expect(await misplacedRows(database, modelId)).toEqual([]);
    const nothing = await service.previewLesson(tenantId, modelId, { epochs: 3 });
    const { noise } = (await service.listReleases(tenantId, modelId)).items[0]!;
    expect(nothing).toMatchObject({
      ...{ rowCount: 0, claimedRowCount: 0, awaitedRowCount: 0, laterRowCount: 0 },
      ...{ steps: 0, epochs: 0, gradientEvaluations: 0, milliseconds: 0 },
      ...{ batchCountBefore: 21, batchCountAfter: 21, noiseBefore: noise, noiseAfter: noise },
    });
  });

  it("is worked out one at a time, and not for who has left", async () => {
    const modelId = await train();
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => service.previewLesson(tenantId, modelId)),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(17);
    for (const one of all.slice(17))
      expect(one).toMatchObject({ status: "rejected", reason: { code: "E_LOCKED" } });
    await expect(service.previewLesson(tenantId, modelId, {}, AbortSignal.abort())).rejects.toMatchObject({
      code: "E_ABORTED",
    });
  });

  it("is refused where the lesson would be", async () => {
    const preview = (id: string, length = {}) => service.previewLesson(tenantId, id, length);
    const asked = { name: "m", datasetId, options };
    const { id: waiting } = await service.createModel(tenantId, asked as never);
    await expect(preview(waiting)).rejects.toMatchObject({
      code: "E_CONFLICT",
      details: { state: "waiting" },
    });
    await work();
    for (const length of [{ epochs: 0 }, { steps: 1.5 }, { epochs: 1, steps: 1 }])
      await expect(preview(waiting, length)).rejects.toMatchObject({ code: "E_OPTION" });
    const epochs = await train({ sigma: 0.05, releaseAt: "epoch" });
    await expect(preview(epochs, { steps: 3 })).rejects.toMatchObject({ code: "E_OPTION" });
    const adaptive = { requesters: "adaptive", adaptiveEpsilon: 3, rowsPerRequest: 4, maxSteps: 4000 };
    await expect(preview(await train(adaptive))).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(service.previewLesson("nobody", waiting)).rejects.toThrow();
    await service.deleteModel(tenantId, waiting);
    await expect(preview(waiting)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});
