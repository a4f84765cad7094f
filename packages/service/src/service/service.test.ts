import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { createSigner, type FeatureMap, type FitOptions, makeTrainingPlan } from "expunge";
import { type Dataset, sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { rowMapperOf } from "../../../expunge/src/features/index.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { makeHopeless, NO_LEASE } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { type Database, openDatabase } from "../database/open-database.js";
import { openQueue, type Queue } from "../database/queue.js";
import { requests, tenants } from "../database/tables.js";
import { type Rests, sweep, workOnce } from "../work/worker.js";
import { createService } from "./create-service.js";
import type { ModelView, ReleaseView, Service, SubjectReceipt } from "./service.js";

const signer = createSigner(new Uint8Array(32).fill(3));
const dataset = syntheticDataset({ rowCount: 400 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const everyStep = { ...options, sigma: 0.05 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-service-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Bytes of every table and of all pages, for looking whether something is still there. */
async function allBytes(database: Database): Promise<Buffer> {
  const { rows } = await database.executor.executeSql(
    "select table_name, column_name from information_schema.columns where table_schema = 'public' and udt_name = 'bytea'",
  );
  const found: Buffer[] = [];
  for (const { table_name, column_name } of rows as { table_name: string; column_name: string }[]) {
    const { rows: values } = await database.executor.executeSql(
      `select encode("${column_name}", 'hex') as bytes from "${table_name}" where "${column_name}" is not null`,
    );
    for (const { bytes } of values as { bytes: string }[]) found.push(Buffer.from(bytes, "hex"));
  }
  return Buffer.concat([...found, await storedBytes(database)]);
}

const bytesOfRow = (row: number): Buffer =>
  Buffer.from(dataset.features.slice(row * dataset.featureCount, (row + 1) * dataset.featureCount).buffer);
const rowsOf = (subject: string): number[] =>
  dataset.subjects?.flatMap((name, row) => (name === subject ? [row] : [])) ?? [];

describe.each(DATABASES)("the service on %s", (kind) => {
  const location = databaseLocation(kind);
  let database: Database;
  let queue: Queue;
  let service: Service;
  const tenantId = newId();
  const stranger = newId();

  beforeAll(async () => {
    database = await openDatabase(location());
    queue = await openQueue(database);
    service = createService(database, queue);
    await database.queries.insert(tenants).values([
      { id: tenantId, name: `one ${tenantId}` },
      { id: stranger, name: `two ${stranger}` },
    ]);
  });
  afterAll(async () => {
    await queue?.close();
    await database?.close();
  });

  const context = () => ({ database, queue, signer: async () => signer, scratch: root });
  const work = async (): Promise<void> => {
    while ((await workOnce(context())) > 0);
  };
  async function trained(
    count = 1,
    fit: FitOptions = options,
  ): Promise<{ datasetId: string; models: ModelView[] }> {
    const { id: datasetId } = await service.createDataset(tenantId, {
      name: "people",
      source: sourceOf(dataset),
      schema: null,
    });
    const made: ModelView[] = [];
    for (let i = 0; i < count; i++)
      made.push(await service.createModel(tenantId, { name: `m${i}`, datasetId, options: fit }));
    await work();
    return { datasetId, models: await Promise.all(made.map(({ id }) => service.getModel(tenantId, id))) };
  }

  it("maps rows by a plan's features, with weights behind them, and leaves out rows that are gone", async () => {
    const sampleWeights = new Float32Array(dataset.rowCount).fill(0.5);
    const source = sourceOf({ ...dataset, hasSampleWeights: true, sampleWeights });
    const { id: datasetId } = await service.createDataset(tenantId, { name: "f", source, schema: null });
    await service.submit(tenantId, { datasetId, subjects: [dataset.subjects?.[399] as string] });
    await work();
    const fit = { ...options, features: "fourier", featureCount: 30 } as const;
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options: fit });
    await work();
    const { plan } = await service.getModel(tenantId, id);
    expect(plan).toMatchObject({
      featureCount: 30,
      features: { kind: "fourier", isBandwidthFromData: true },
    });
    const mapped = new Float32Array(30);
    const row = rowsOf(dataset.subjects?.[7] as string)[0] as number;
    rowMapperOf(plan?.features as FeatureMap)(
      dataset.features.subarray(row * dataset.featureCount, (row + 1) * dataset.featureCount),
      mapped,
    );
    const stored = Buffer.from(Float32Array.of(...mapped, 0.5).buffer);
    expect((await allBytes(database)).includes(stored)).toBe(true);
    const { request } = await service.submit(tenantId, {
      datasetId,
      subjects: [dataset.subjects?.[7] as string],
    });
    await work();
    const done = await service.getRequest(tenantId, request.id);
    expect(done).toMatchObject({ state: "completed", failure: null });
    expect((await allBytes(database)).includes(stored)).toBe(false);
    const { envelope } = await service.getCertificate(tenantId, done.tasks[0]?.certificateId as string);
    const model = await service.weights(tenantId, id);
    const found = verify(envelope, { publicKey: signer.publicKey, model });
    expect(found.issues).toEqual([]);
    expect(found.statement?.predicate.data.featureCount).toBe(dataset.featureCount);
    expect(found.statement?.predicate.process.features).toMatchObject({ kind: "fourier", count: 30 });
  });

  it("reads a bandwidth off rows from the first to the last, however few a page holds", async () => {
    const fourier = { features: "fourier", featureCount: 5 } as const;
    // The second of them so wide that a page holds one row.
    for (const [rowCount, featureCount] of [
      [900, 6],
      [20, 4200],
    ] as const) {
      const rows = syntheticDataset({ rowCount, featureCount });
      // The first half are far from each other, the others nearly the same.
      const features = rows.features.map((x, i) => (i < rows.features.length / 2 ? x : x / 50));
      const ordered = { ...rows, features };
      const source = sourceOf(ordered);
      const { id: datasetId } = await service.createDataset(tenantId, { name: "o", source, schema: null });
      const { plan } = await service.planModel(tenantId, { datasetId, options: fourier });
      expect(plan.features?.bandwidth).toBe(makeTrainingPlan(ordered, fourier).features?.bandwidth);
    }
  });

  it("plans by statements that have the time that a large data set needs", async () => {
    const source = sourceOf(syntheticDataset({ rowCount: 100, featureCount: 3 }));
    const { id: datasetId } = await service.createDataset(tenantId, { name: "p", source, schema: null });
    const { transaction } = database;
    const kinds: unknown[] = [];
    const noting: typeof transaction = (use, as) => {
      kinds.push(as);
      return transaction(use, as);
    };
    Object.assign(database, { transaction: noting });
    try {
      const balanced = { ...options, classWeights: "balanced" } as const;
      await service.planModel(tenantId, { datasetId, options: balanced });
    } finally {
      Object.assign(database, { transaction });
    }
    expect(kinds).toEqual(["large"]);
  });

  it("weighs rows and labels, and erases a row's weight with it", async () => {
    const weighted = {
      ...dataset,
      hasSampleWeights: true,
      sampleWeights: Float32Array.from({ length: dataset.rowCount }, (_, row) => 1 - row / 1000),
    };
    const source = sourceOf(weighted);
    const { id: datasetId } = await service.createDataset(tenantId, { name: "w", source, schema: null });
    const subject = dataset.subjects?.[7] as string;
    const weightBytes = (row: number): Buffer =>
      Buffer.concat([bytesOfRow(row), Buffer.from(Float32Array.of(1 - row / 1000).buffer)]);
    await expect(
      service.createModel(tenantId, { name: "m", datasetId, options: { classWeights: { maybe: 1 } } }),
    ).rejects.toThrow(/to name labels of the data/);
    const fit = { ...options, classWeights: "balanced" } as const;
    const evaluation = await service.createDataset(tenantId, { name: "e", source, schema: null });
    const { id } = await service.createModel(tenantId, {
      name: "m",
      datasetId,
      evaluationDatasetId: evaluation.id,
      options: fit,
    });
    await work();
    const { plan } = await service.getModel(tenantId, id);
    const counts = [-1, 1].map((label) => dataset.labels.filter((one) => one === label).length) as [
      number,
      number,
    ];
    const least = Math.min(...counts);
    expect(plan?.weighting).toEqual({
      classes: counts.map((count) => Number((least / count).toPrecision(2))),
      isBalanced: true,
      samples: true,
    });
    const { items } = await service.listReleases(tenantId, id);
    expect(items[0]?.accuracy).toBeGreaterThan(0.8);
    await service.deleteDataset(tenantId, evaluation.id);
    const [row] = rowsOf(subject) as [number];
    expect((await allBytes(database)).includes(weightBytes(row))).toBe(true);
    const { request } = await service.submit(tenantId, { datasetId, subjects: [subject] });
    await work();
    const done = await service.getRequest(tenantId, request.id);
    expect(done).toMatchObject({ state: "completed", failure: null });
    const { envelope } = await service.getCertificate(tenantId, done.tasks[0]?.certificateId as string);
    const model = await service.weights(tenantId, id);
    const found = verify(envelope, { publicKey: signer.publicKey, model });
    expect(found.issues).toEqual([]);
    expect(found.statement?.predicate.process.weighting).toEqual(plan?.weighting);
    const after = await allBytes(database);
    expect(after.includes(bytesOfRow(row))).toBe(false);
    // Another row of the data set keeps its own.
    expect(after.includes(weightBytes(399))).toBe(true);
  });

  it.each([
    { noise: "on-release", fit: options },
    { noise: "every-step", fit: everyStep },
    { noise: "on-release", fit: { ...options, kernel: "float32", maxNoise: 0.1 } },
  ] as const)(
    "trains, forgets a subject in every model, certifies it, and keeps no byte of the rows: noise $noise, $fit",
    async ({ fit, noise }) => {
      const { datasetId, models } = await trained(2, fit);
      expect(models.map(({ state }) => state)).toEqual(["ready", "ready"]);
      const subject = dataset.subjects?.[7] as string;
      const before = await allBytes(database);
      for (const row of rowsOf(subject)) expect(before.includes(bytesOfRow(row))).toBe(true);
      expect(before.includes(Buffer.from(subject))).toBe(false);

      const preview = await service.preview(tenantId, { datasetId, subjects: [subject] });
      const { request } = await service.submit(tenantId, { datasetId, subjects: [subject] });
      expect(request).toMatchObject({ state: "accepted", rowCount: rowsOf(subject).length });
      await work();
      const done = await service.getRequest(tenantId, request.id);
      expect(done).toMatchObject({ state: "completed", failure: null });
      expect(done.tasks).toHaveLength(2);
      const [receipts] = await service.receipts(tenantId, request.id, [subject]);
      expect(receipts).toHaveLength(2);
      for (const { modelId, certificateId, holds, meaning } of done.tasks) {
        const { envelope } = await service.getCertificate(tenantId, certificateId as string);
        const model = await service.weights(tenantId, modelId);
        const receipt = receipts?.find((one) => one.modelId === modelId);
        expect(receipt?.certificateId).toBe(certificateId);
        const { salt, proof } = receipt as SubjectReceipt;
        const evidence = { id: subject, salt, proof };
        const found = verify(envelope, { publicKey: signer.publicKey, model, subject: evidence });
        expect(found).toMatchObject({ ok: true, issues: [], holds });
        expect(holds).toMatchObject({ against: "independent", delta: 1e-4 });
        expect(meaning).toBe(found.statement?.predicate.holds.statement);
        const view = await service.getModel(tenantId, modelId);
        expect(view).toMatchObject({ holds, meaning, plan: { noise: { kind: noise } } });
        const cost = preview.models.find((one) => one.modelId === modelId);
        const { items } = await service.listReleases(tenantId, modelId);
        expect(items[0]).toMatchObject({
          certificateId,
          rowCount: rowsOf(subject).length,
          requestCount: 1,
          unlearnSteps: cost?.steps,
          noise: cost?.noise,
        });
        expect(cost).toMatchObject({ holds: { against: "independent" }, delta: 1e-4 });
        expect(view.timeline).toMatchObject({
          steps: (items[1]?.steps as number) + (cost?.steps as number),
          requestCount: 1,
          deletedCount: rowsOf(subject).length,
          certificateId,
        });
        expect(view.privacy === null).toBe(noise === "on-release");
        expect(view.disclosure === null).toBe(noise === "on-release");
      }
      const after = await allBytes(database);
      for (const row of rowsOf(subject)) expect(after.includes(bytesOfRow(row))).toBe(false);

      const again = await service.submit(tenantId, { datasetId, subjects: [subject] });
      expect(again.request.rowCount).toBe(0);
      await work();
      expect(await service.getRequest(tenantId, again.request.id)).toMatchObject({ state: "completed" });
      const { labels, probabilities } = await service.predict(tenantId, models[0]?.id as string, [
        [1, 0, 0, 0, 0, 0],
      ]);
      expect(labels).toHaveLength(1);
      expect(probabilities?.[0]).toBeGreaterThan(0);
    },
  );

  it("measures every release on rows of its own, those that were claimed left out", async () => {
    const { datasetId } = await trained(0);
    const input = { name: "held out", source: sourceOf(dataset), schema: null };
    const { id: evaluationDatasetId } = await service.createDataset(tenantId, input);
    const ask = { name: "measured", datasetId, evaluationDatasetId, options };
    const { id } = await service.createModel(tenantId, ask);
    await work();
    const subject = dataset.subjects?.[7] as string;
    await service.submit(tenantId, { datasetId: evaluationDatasetId, subjects: [subject] });
    await service.submit(tenantId, { datasetId, rows: [3] });
    await work();
    const { items } = await service.listReleases(tenantId, id);
    expect(items).toHaveLength(2);
    expect(items[0]).not.toHaveProperty("evaluation");
    const left = dataset.rowCount - rowsOf(subject).length;
    for (const [i, rowCount] of [left, dataset.rowCount].entries()) {
      const { version, accuracy } = items[i] as ReleaseView;
      const found = await service.releaseEvaluation(tenantId, id, version);
      expect(found).toMatchObject({ task: "binary", rowCount, accuracy, notes: expect.any(Array) });
      if (found?.task !== "binary") throw new Error("a model of two classes");
      expect(found.confusion?.flat().reduce((a, b) => a + b)).toBe(rowCount);
      expect(found.auc).toBeGreaterThan(0.5);
      expect(found.calibration?.bins.length).toBeGreaterThan(0);
      expect(JSON.stringify(found).length).toBeLessThan(8192);
      await expect(service.releaseEvaluation(stranger, id, version)).rejects.toMatchObject({
        code: "E_NOT_FOUND",
      });
    }
    const unmeasured = (await trained(1)).models[0] as ModelView;
    expect(await service.releaseEvaluation(tenantId, unmeasured.id, 1)).toBeNull();
  });

  it("measures classes by their names, and takes no data set of others", async () => {
    const stored = async (some: Partial<Dataset>): Promise<string> => {
      const source = sourceOf({ ...dataset, ...some });
      return (await service.createDataset(tenantId, { name: "named", source, schema: null })).id;
    };
    const datasetId = await stored({ labelNames: ["1", "2"] });
    // The same classes, numbered the other way round.
    const turned = await stored({ labelNames: ["2", "1"], labels: dataset.labels.map((label) => -label) });
    const ask = { name: "named", datasetId, options };
    const { id } = await service.createModel(tenantId, { ...ask, evaluationDatasetId: turned });
    await work();
    const [release] = (await service.listReleases(tenantId, id)).items;
    expect(release?.accuracy).toBeGreaterThan(0.7);
    const others = await stored({ labelNames: ["0", "1"] });
    await expect(
      service.createModel(tenantId, { ...ask, evaluationDatasetId: others }),
    ).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/of labels 1, 2, found 0 too/),
    });
  });

  it("measures a regression, and says so where it is no better than the mean", async () => {
    const labels = Float32Array.from({ length: dataset.rowCount }, (_, row) => ((row * 7919) % 13) / 13);
    const values = { ...dataset, labels, task: "regression", labelNames: [] } as const;
    const input = { name: "values", source: sourceOf(values), schema: null };
    const { id: datasetId } = await service.createDataset(tenantId, input);
    const { id: evaluationDatasetId } = await service.createDataset(tenantId, input);
    const ask = { name: "values", datasetId, evaluationDatasetId, options: { epochs: 1, l2: 10 } };
    const { id } = await service.createModel(tenantId, ask);
    await work();
    const [release] = (await service.listReleases(tenantId, id)).items;
    const found = await service.releaseEvaluation(tenantId, id, release?.version as number);
    expect(found).toMatchObject({ task: "regression", notes: [{ code: "not-above-mean" }] });
    expect(release?.rootMeanSquaredError).toBeCloseTo(
      (found as { rootMeanSquaredError: number }).rootMeanSquaredError,
      12,
    );
  });

  it("serves many requests with few certificates, in order, each row once", async () => {
    const { datasetId, models } = await trained();
    const accepted = [];
    for (let row = 0; row < 30; row++)
      accepted.push(await service.submit(tenantId, { datasetId, rows: [row, row + 1] }));
    await work();
    const model = await service.getModel(tenantId, models[0]?.id as string);
    expect(model.timeline?.deletedCount).toBe(31);
    expect(model.timeline?.requestCount).toBeLessThan(30);
    for (const { request } of accepted)
      expect(await service.getRequest(tenantId, request.id)).toMatchObject({ state: "completed" });
    const { items } = await service.listCertificates(tenantId, { modelId: model.id });
    expect(items).toHaveLength(model.timeline?.requestCount as number);
    for (const { envelope } of items) expect(verify(envelope, { publicKey: signer.publicKey }).ok).toBe(true);
  });

  it("takes one key for one request, and a request back until it is started", async () => {
    const { datasetId } = await trained();
    const ask = { datasetId, rows: [3], idempotencyKey: "ann@example.com" };
    const first = await service.submit(tenantId, ask);
    const stored = await database.queries.select().from(requests).where(eq(requests.id, first.request.id));
    expect(JSON.stringify(stored)).not.toContain("ann@");
    const [second, third] = await Promise.all([service.submit(tenantId, ask), service.submit(tenantId, ask)]);
    expect([second.request.id, third.request.id]).toEqual([first.request.id, first.request.id]);
    expect(second.isRepeated).toBe(true);
    await expect(service.submit(tenantId, { ...ask, rows: [4] })).rejects.toMatchObject({
      code: "E_CONFLICT",
    });
    expect(await service.cancel(tenantId, first.request.id)).toMatchObject({ state: "cancelled" });
    const again = await service.submit(tenantId, { datasetId, rows: [3] });
    expect(again.request.rowCount).toBe(1);
    await work();
    await expect(service.cancel(tenantId, again.request.id)).rejects.toMatchObject({ code: "E_CONFLICT" });
  });

  it("leaves claimed rows out of later trainings, and serves requests that come during one", async () => {
    const { datasetId } = await trained(0);
    const early = await service.submit(tenantId, { datasetId, rows: [11] });
    expect(early.request.state).toBe("completed");
    const model = await service.createModel(tenantId, { name: "late", datasetId, options });
    const between = await service.submit(tenantId, { datasetId, rows: [12] });
    await work();
    expect(await service.getRequest(tenantId, between.request.id)).toMatchObject({
      state: "completed",
      tasks: [],
    });
    expect(await service.getModel(tenantId, model.id)).toMatchObject({
      timeline: { requestCount: 0 },
      holds: null,
      meaning: expect.stringMatching(/certifies nothing about anybody yet/),
    });
    const bytes = await allBytes(database);
    expect(bytes.includes(bytesOfRow(13))).toBe(true);
  });

  it("shows nothing of one tenant to another", async () => {
    const { datasetId, models } = await trained();
    const { request } = await service.submit(tenantId, { datasetId, rows: [1] });
    await work();
    const { tasks } = await service.getRequest(tenantId, request.id);
    const calls = [
      () => service.getDataset(stranger, datasetId),
      () => service.getModel(stranger, models[0]?.id as string),
      () => service.createModel(stranger, { name: "x", datasetId, options }),
      () => service.predict(stranger, models[0]?.id as string, [[1, 0, 0, 0, 0, 0]]),
      () => service.weights(stranger, models[0]?.id as string),
      () => service.submit(stranger, { datasetId, rows: [2] }),
      () => service.preview(stranger, { datasetId, rows: [2] }),
      () => service.getRequest(stranger, request.id),
      () => service.cancel(stranger, request.id),
      () => service.getCertificate(stranger, tasks[0]?.certificateId as string),
      () => service.getModel(tenantId, "no id at all"),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect((await service.listModels(stranger)).items).toEqual([]);
    expect((await service.listRequests(stranger)).items).toEqual([]);
    expect((await service.listCertificates(stranger)).items).toEqual([]);
    expect((await service.listDatasets(stranger)).items).toEqual([]);
  });

  it("pages through a list without losing or repeating anything", async () => {
    const { datasetId } = await trained(0);
    const ids = [];
    for (let row = 20; row < 27; row++)
      ids.push((await service.submit(tenantId, { datasetId, rows: [row] })).request.id);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await service.listRequests(tenantId, { limit: 3, ...(after ? { after } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(ids.every((id) => seen.includes(id))).toBe(true);
    await expect(service.listRequests(tenantId, { limit: 0 })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(service.listRequests(tenantId, { after: "x" })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("names what is wrong with a request, and a model that cannot be trained", async () => {
    const { datasetId } = await trained(0);
    await expect(service.submit(tenantId, { datasetId, subjects: ["nobody"] })).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
      message: expect.not.stringContaining("nobody"),
    });
    await expect(service.submit(tenantId, { datasetId, rows: [400] })).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
    });
    await expect(service.submit(tenantId, { datasetId })).rejects.toMatchObject({ code: "E_OPTION" });
    const bad = { name: "x", datasetId, options: { ...options, epsilon: -1 } };
    await expect(service.createModel(tenantId, bad)).rejects.toThrow(/epsilon/);
    const tooFew = { ...everyStep, sigma: 1e-6, maxSteps: 1 };
    for (const fit of [tooFew, { ...options, maxNoise: 1e-9, maxSteps: 1 }])
      await expect(
        service.createModel(tenantId, { name: "hopeless", datasetId, options: fit }),
      ).rejects.toMatchObject({
        code: "E_INFEASIBLE",
        message: expect.stringMatching(/could forget nobody.*Nearest feasible/),
      });
    expect((await service.listModels(tenantId)).items.some(({ name }) => name === "hopeless")).toBe(false);
    const model = await service.createModel(tenantId, { name: "old", datasetId, options: everyStep });
    await makeHopeless(database, model.id);
    await work();
    const { request } = await service.submit(tenantId, { datasetId, rows: [9] });
    await work();
    const failed = await service.getRequest(tenantId, request.id);
    expect(failed).toMatchObject({
      state: "failed",
      failure: expect.stringContaining("cannot be certified"),
    });
    expect(failed.tasks[0]).toMatchObject({
      holds: null,
      meaning: expect.stringMatching(/Nothing is proved/),
    });
    expect((await service.getModel(tenantId, model.id)).timeline?.requestCount).toBe(0);
  });

  it("leaves a damaged model alone, says why, serves the others, and goes on when it is mended", async () => {
    const { datasetId, models } = await trained(2);
    const [broken, whole] = models.map(({ id }) => id) as [string, string];
    const { rows } = await database.executor.executeSql(
      "select page, encode(key, 'hex') as key from model_pages where model_id = $1",
      [broken],
    );
    await database.executor.executeSql(
      "update model_pages set key = decode(repeat('00', 32), 'hex') where model_id = $1",
      [broken],
    );
    const failures: string[] = [];
    const onFailure = ({ error }: { readonly error: Error }): void => void failures.push(error.message);
    const rests: Rests = new Map();
    const { request } = await service.submit(tenantId, { datasetId, rows: [41, 42] });
    await workOnce({ ...context(), onFailure }, rests);
    // However long a round takes.
    for (const [key, rest] of rests) rests.set(key, { ...rest, until: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 4; i++) await workOnce({ ...context(), onFailure }, rests);
    const view = await service.getRequest(tenantId, request.id);
    expect(view.state).toBe("running");
    expect(view.tasks.find(({ modelId }) => modelId === whole)?.state).toBe("done");
    expect(view.tasks.find(({ modelId }) => modelId === broken)?.state).toBe("waiting");
    expect((await service.getModel(tenantId, broken)).failure).toMatch(
      /damaged: page \d+ does not fit its checksum/,
    );
    // It was tried once, and then rested.
    expect(failures).toHaveLength(1);
    for (const { page, key } of rows as { page: number; key: string }[])
      await database.executor.executeSql(
        "update model_pages set key = decode($1, 'hex') where model_id = $2 and page = $3",
        [key, broken, page],
      );
    await sweep(context());
    expect(await service.getRequest(tenantId, request.id)).toMatchObject({ state: "completed" });
    expect((await service.getModel(tenantId, broken)).failure).toBeNull();
  });

  it("serves requests whatever the clock does", async () => {
    const { datasetId } = await trained();
    const accepted = [];
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      for (const time of ["2031-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "2026-12-31T23:59:59Z"]) {
        vi.setSystemTime(new Date(time));
        accepted.push(await service.submit(tenantId, { datasetId, rows: [accepted.length] }));
        await work();
      }
    } finally {
      vi.useRealTimers();
    }
    await work();
    for (const { request } of accepted)
      expect(await service.getRequest(tenantId, request.id)).toMatchObject({ state: "completed" });
  });

  it("applies a request once where two workers serve it at the same time", async () => {
    const { datasetId, models } = await trained();
    const modelId = models[0]?.id as string;
    await service.submit(tenantId, { datasetId, rows: [30] });
    const { unlearnModel } = await import("../models/unlearn-model.js");
    const outcomes = await Promise.allSettled([
      unlearnModel({ ...context(), lease: NO_LEASE }, modelId),
      unlearnModel({ ...context(), lease: NO_LEASE }, modelId),
    ]);
    const codes = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
    expect(codes.every((code) => code === "E_CONFLICT")).toBe(true);
    await work();
    const { timeline } = await service.getModel(tenantId, modelId);
    expect(timeline?.requestCount).toBe(1);
  });
});
