import { eq } from "drizzle-orm";
import type { Statement } from "expunge";
import { type Dataset, selectRows, sourceOf, withAllNumbers } from "expunge/data";
import { verify } from "expunge/verify";
import { afterEach, describe, expect, it } from "vitest";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { misplacedRows } from "../../testing/placed-slots.js";
import { sparseRows, tracesOf } from "../../testing/sparse-rows.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { datasets } from "../database/tables.js";
import { pagesOfDataset } from "../rows/pages.js";
import { type Page, type PagesOf, placePages, putAllPages, readPages } from "../rows/stored-pages.js";
import { readProcess } from "./stored-process.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.each(DATABASES)("on %s a model of sparse rows", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService;
  const all = sparseRows(460, 1, { isWeighted: true });
  const start = selectRows(
    all.sparse,
    Array.from({ length: 400 }, (_, i) => i),
  );
  const rest = (of: Dataset, from: number, to: number): Dataset =>
    selectRows(
      of,
      Array.from({ length: to - from }, (_, i) => from + i),
    );

  afterEach(() => opened?.close());

  const open = async (dataset: Dataset): Promise<TestService> => {
    opened = await openTestService(location(), dataset);
    return opened;
  };
  const train = async ({ service, tenantId, datasetId, work }: TestService, more: object = {}) => {
    const asked = { name: "m", datasetId, options: { ...options, ...more } };
    const { id } = await service.createModel(tenantId, asked);
    await work();
    return id;
  };
  const formOf = async ({ database, datasetId }: TestService) =>
    (await database.queries.select().from(datasets).where(eq(datasets.id, datasetId)))[0]?.pageForm;
  const forget = async ({ service, tenantId, datasetId, work }: TestService, named: object) => {
    const { request } = await service.submit(tenantId, { datasetId, ...named } as never);
    await work();
    return service.getRequest(tenantId, request.id);
  };
  const certified = async (
    { service, tenantId }: TestService,
    { tasks }: Awaited<ReturnType<typeof forget>>,
  ) => {
    const { envelope } = await service.getCertificate(tenantId, tasks[0]?.certificateId as string);
    expect(verify(envelope, { publicKey: signer.publicKey })).toMatchObject({ ok: true, issues: [] });
    return (JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as Statement).predicate;
  };
  const isStored = async ({ database }: TestService, dataset: Dataset, row: number): Promise<boolean[]> => {
    const bytes = await storedBytes(database);
    return tracesOf(dataset, row).map((trace) => bytes.includes(trace));
  };

  it("cannot be taken for one of rows with all their numbers, by a version that knows no others say", async () => {
    const test = await open(start);
    const { database, datasetId } = test;
    const [plain, sparse] = [false, true].map((isSparse) => pagesOfDataset({ id: datasetId, isSparse })) as [
      PagesOf,
      PagesOf,
    ];
    await expect(readPages(database, plain, 0, 0)).rejects.toMatchObject({ code: "E_MODEL" });
    // Pages that were sealed before their form was a part of it.
    const before = await readPages(database, sparse, 0, 100);
    await placePages(database.executor, plain, await putAllPages(database.objects, plain, before));
    const bytesOf = (pages: readonly Page[]) => pages.map(({ page, bytes }) => [page, Buffer.from(bytes)]);
    expect(bytesOf(await readPages(database, sparse, 0, 100))).toEqual(bytesOf(before));
    expect((await forget(test, { subjects: ["1-9"] })).state).toBe("completed");
    expect(await isStored(test, start, 9)).toEqual([false, false]);
    await expect(readPages(database, plain, 0, 100)).rejects.toMatchObject({ code: "E_MODEL" });
  });

  it("is trained, forgets, learns and is corrected on pages that hold only the numbers that are not 0", async () => {
    const test = await open(start);
    const { database, service, tenantId, datasetId, work } = test;
    expect(await formOf(test)).toBe("sparse");
    const modelId = await train(test);
    const process = (await readProcess(database.queries, modelId))!;
    expect(process.plan.sparse).toEqual({ capacity: 32 });
    expect(process.plan.isRowFormFromData).toBe(true);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // A tenth of what all their numbers would take.
    expect((await storedBytes(database)).length).toBeLessThan((400 * 5001 * 4) / 10);
    // Rows 9 and 18 are of the longest: of shorter ones parts could be found in others.
    expect(await isStored(test, start, 9)).toEqual([true, true]);
    const gone = await forget(test, { subjects: ["1-9"] });
    expect(gone.state).toBe("completed");
    expect((await certified(test, gone)).process.isRowFormFromData).toBe(true);
    expect(await isStored(test, start, 9)).toEqual([false, false]);
    expect(await isStored(test, start, 18)).toEqual([true, true]);
    expect(await misplacedRows(database, modelId)).toEqual([]);

    // Rows join, sparse ones and such as came with all their numbers.
    await service.addRows(tenantId, datasetId, {
      source: sourceOf(rest(all.sparse, 400, 425)),
      idempotencyKey: "a",
    });
    const again = { source: sourceOf(rest(all.sparse, 400, 425)), idempotencyKey: "a" };
    expect(await service.addRows(tenantId, datasetId, again)).toMatchObject({
      isRepeated: true,
      firstRow: 400,
    });
    const dense = sourceOf(rest(all.dense, 425, 450));
    expect(await service.addRows(tenantId, datasetId, { source: dense })).toMatchObject({ firstRow: 425 });
    const { id: lesson } = await service.learn(tenantId, modelId, { steps: 30 });
    await work();
    expect(await service.getLesson(tenantId, modelId, lesson)).toMatchObject({ state: "done", rowCount: 50 });
    expect(await misplacedRows(database, modelId)).toEqual([]);
    expect(await isStored(test, all.sparse, 441)).toEqual([true, true]);

    // A correction: the old value's bytes go, the new one's are there.
    const to = rest(all.sparse, 450, 451);
    const corrected = await service.correct(tenantId, {
      ...{ datasetId, rows: [441], to: sourceOf({ ...to, subjects: ["1-441"] }) },
    });
    await work();
    const request = await service.getRequest(tenantId, corrected.request.id);
    expect(request.state).toBe("completed");
    await certified(test, request);
    expect(await isStored(test, all.sparse, 441)).toEqual([false, false]);
    expect(await isStored(test, all.sparse, 450)).toEqual([true, true]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    const { items } = await service.listReleases(tenantId, modelId);
    expect(items.length).toBeGreaterThan(3);
  });

  it("leaves rows out that were claimed before it began, and their length too", async () => {
    const long = sparseRows(120, 5, { most: 60 }).sparse;
    const test = await open(long);
    await forget(test, { rows: Array.from({ length: 14 }, (_, i) => 9 * i) });
    const modelId = await train(test);
    const { sparse } = (await readProcess(test.database.queries, modelId))!.plan;
    const { starts } = long.sparse!;
    const rest = Array.from({ length: 120 }, (_, row) => row).filter((row) => row % 9 !== 0);
    const longest = Math.max(...rest.map((row) => starts[row + 1]! - starts[row]!));
    expect(sparse).toEqual({ capacity: 2 ** Math.ceil(Math.log2(1.25 * longest)) });
    expect(await misplacedRows(test.database, modelId)).toEqual([]);
  });

  it("names a row that is too long for it, which can be deleted, and goes on without it", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, work } = test;
    const modelId = await train(test);
    const long = sparseRows(3, 7, { most: 60, isWeighted: true }).sparse;
    await service.addRows(tenantId, datasetId, { source: sourceOf(long) });
    const learn = async () => {
      const { id } = await service.learn(tenantId, modelId, { steps: 20 });
      await work();
      return service.getLesson(tenantId, modelId, id);
    };
    const message = /Row (40\d) of the data set: expected at most 32 columns other than 0.*room for, found/;
    const failed = await learn();
    expect(failed).toMatchObject({ state: "failed", failure: expect.stringMatching(message) });
    const rows = [400, 401, 402].filter((row) => tracesOf(long, row - 400)[0].length > 4 * 32);
    expect(rows).toContain(Number(message.exec(failed.failure as string)?.[1]));
    expect((await forget(test, { rows })).state).toBe("completed");
    expect(await learn()).toMatchObject({ state: "done", rowCount: 3 - rows.length });
    expect(await misplacedRows(test.database, modelId)).toEqual([]);
  });

  it("refuses a correction to a row that is too long, and nothing is accepted", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId } = test;
    await train(test);
    const long = rest(sparseRows(3, 7, { most: 60, isWeighted: true }).sparse, 0, 1);
    const to = sourceOf({ ...long, subjects: ["1-5"] });
    await expect(service.correct(tenantId, { datasetId, rows: [5], to })).rejects.toThrow(
      /to\[0\]: expected at most 32 numbers other than 0, for which a model of the data set has room, found 61\. Nothing was accepted/,
    );
    expect((await service.listRequests(tenantId, {})).items).toEqual([]);
  });

  it("fails a correction that a model which was trained meanwhile has no room for, and serves others", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, work } = test;
    const asked = { name: "m", datasetId, options };
    const { id: modelId } = await service.createModel(tenantId, asked);
    // Of a training that has begun nobody knows the room yet.
    const long = rest(sparseRows(3, 7, { most: 60, isWeighted: true }).sparse, 0, 1);
    const { database } = test;
    await database.executor.executeSql("update models set state = 'training' where id = $1", [modelId]);
    const { request } = await service.correct(tenantId, {
      ...{ datasetId, rows: [5], to: sourceOf({ ...long, subjects: ["1-5"] }) },
    });
    await work();
    const { state, tasks } = await service.getRequest(tenantId, request.id);
    // It began anew, without the row, or it says what is wrong.
    if (state !== "completed") expect(tasks[0]?.failure).toMatch(/expected at most 32 columns other than 0/);
    expect((await forget(test, { rows: [18] })).state).toBe("completed");
  });

  it("has all numbers with a feature map, each row with its weight", async () => {
    const test = await open(start);
    const modelId = await train(test, { features: "gated-relu", featureCount: 2 });
    const process = (await readProcess(test.database.queries, modelId))!;
    expect(process.plan.sparse).toBeUndefined();
    expect(process.plan.weighting?.samples).toBe(true);
    expect((await forget(test, { rows: [3] })).state).toBe("completed");
    expect(await test.service.getModel(test.tenantId, modelId)).toMatchObject({ state: "ready" });
  });

  it("has all numbers where its data set has, also of sparse rows that are added", async () => {
    const weighted = rest(all.dense, 0, 120);
    const test = await open(weighted);
    const { service, tenantId, datasetId, database, work } = test;
    expect(await formOf(test)).toBeNull();
    const modelId = await train(test);
    expect((await readProcess(database.queries, modelId))!.plan.sparse).toBeUndefined();
    await service.addRows(tenantId, datasetId, { source: sourceOf(rest(all.sparse, 400, 410)) });
    await service.learn(tenantId, modelId, { steps: 10 });
    await work();
    expect(await misplacedRows(database, modelId)).toEqual([]);
    expect(withAllNumbers(sourceOf(weighted)).isSparse).toBeUndefined();
  });
});
