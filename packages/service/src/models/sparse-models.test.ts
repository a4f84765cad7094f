import { eq } from "drizzle-orm";
import type { Statement } from "expunge";
import { createDataset, type Dataset, selectRows, sourceOf, withAllNumbers } from "expunge/data";
import { rowWidthAt } from "expunge/process";
import { verify } from "expunge/verify";
import { afterEach, describe, expect, it } from "vitest";
import { databaseLocation, USUAL_DATABASES } from "../../testing/databases.js";
import { misplacedRows } from "../../testing/placed-slots.js";
import { sparseRows, tracesOf } from "../../testing/sparse-rows.js";
import { storedBytes, storedPages } from "../../testing/stored-rows.js";
import { NO_LEASE, openTestService, signer, type TestService } from "../../testing/test-service.js";
import { datasets, models } from "../database/tables.js";
import { requireSpace } from "../requests/require-space.js";
import { pagesOfDataset } from "../rows/pages.js";
import { contentsForModel } from "../rows/rows-for-model.js";
import { type Page, type PagesOf, placePages, putAllPages, readPages } from "../rows/stored-pages.js";
import { learnModel } from "./learn-model.js";
import { previewLesson } from "./preview-lesson.js";
import { readProcess } from "./stored-process.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.each(USUAL_DATABASES)("on %s a model of sparse rows", (kind) => {
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
  const isStored = async (
    { database, datasetId }: TestService,
    dataset: Dataset,
    row: number,
  ): Promise<boolean[]> => {
    const { queries } = database;
    const own = await queries.select({ id: models.id }).from(models).where(eq(models.datasetId, datasetId));
    const ids = [datasetId, ...own.map(({ id }) => id)];
    const bytes = await storedBytes(database, ({ owner }) => ids.includes(owner));
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
    expect(
      (await storedBytes(database, ({ owner }) => [datasetId, modelId].includes(owner))).length,
    ).toBeLessThan((400 * 5001 * 4) / 10);
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

  const learn = async ({ service, tenantId, work }: TestService, modelId: string, steps = 20) => {
    const { id } = await service.learn(tenantId, modelId, { steps });
    await work();
    return service.getLesson(tenantId, modelId, id);
  };
  const capacityOf = async ({ database }: TestService, modelId: string) =>
    (await readProcess(database.queries, modelId))!.timeline.capacity;
  /** Rows of up to 61 numbers, where models of `start` have room for 32. */
  const long = sparseRows(3, 7, { most: 60, isWeighted: true }).sparse;
  const longRow = rest(long, 0, 1);

  it("learns longer rows than it has room for: all are stored anew, once", async () => {
    const test = await open(start);
    const { database, service, tenantId, datasetId } = test;
    const modelId = await train(test);
    const pagesOf = async () =>
      (await storedPages(database, ({ table, owner }) => table === "model_pages" && owner === modelId)).map(
        ({ bytes }) => bytes,
      );
    const before = await pagesOf();
    await service.addRows(tenantId, datasetId, { source: sourceOf(long) });
    expect(await service.previewLesson(tenantId, modelId, { steps: 20 })).toMatchObject({ rowCount: 3 });
    expect(await learn(test, modelId)).toMatchObject({ state: "done", rowCount: 3 });
    expect(await capacityOf(test, modelId)).toBe(128);
    expect((await readProcess(database.queries, modelId))!.plan.sparse).toEqual({ capacity: 32 });
    expect(await misplacedRows(database, modelId)).toEqual([]);
    // About as long as other pages: a row is erased by writing its page anew.
    const after = await pagesOf();
    expect(after.length).toBeGreaterThan(2 * before.length);
    expect(Math.max(...after.map((text) => Buffer.from(text, "base64").length))).toBeLessThan(2 ** 14 + 2000);
    expect(await isStored(test, long, 0)).toEqual([true, true]);
    const gone = await forget(test, { rows: [400] });
    expect(gone.state).toBe("completed");
    expect((await certified(test, gone)).process.isRowFormFromData).toBe(true);
    expect(await isStored(test, long, 0)).toEqual([false, false]);
    await service.addRows(tenantId, datasetId, { source: sourceOf(rest(all.sparse, 400, 425)) });
    expect(await learn(test, modelId)).toMatchObject({ state: "done", rowCount: 25 });
    expect(await capacityOf(test, modelId)).toBe(128);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("learns fewer rows at once where with room for the longest they would take too much memory", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, database } = test;
    const modelId = await train(test);
    await service.addRows(tenantId, datasetId, { source: sourceOf(rest(all.sparse, 400, 425)) });
    await service.addRows(tenantId, datasetId, { source: sourceOf(longRow) });
    const process = (await readProcess(database.queries, modelId))!;
    const rows = Array.from({ length: 26 }, (_, i) => 400 + i);
    // The 25 take 66 numbers each; with the long one all would take 258.
    const some = await contentsForModel(database, process, rows, 26 * 100);
    expect([some.rows, some.wider]).toEqual([rows.slice(0, 20), process]);
    expect(some.contents).toHaveLength(20 * 66);
    const alone = await contentsForModel(database, process, rows.slice(20), 26 * 100);
    expect(alone.rows).toEqual(rows.slice(20));
    expect(alone.wider.timeline.capacity).toBe(128);
    expect(alone.contents).toHaveLength(6 * 258);
  });

  it("takes rows in any order, and says which they are where all would take too much memory", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, database } = test;
    const modelId = await train(test);
    await service.addRows(tenantId, datasetId, { source: sourceOf(rest(all.sparse, 400, 460)) });
    const process = (await readProcess(database.queries, modelId))!;
    const ascending = Array.from({ length: 60 }, (_, i) => 400 + i);
    const rows = ascending.map((_, i) => 400 + ((37 * i) % 60));
    const { contents } = await contentsForModel(database, process, ascending, 60 * 66);
    const ofRows = (taken: readonly number[]) =>
      taken.flatMap((row) => [...contents.subarray((row - 400) * 66, (row - 399) * 66)]);
    const whole = await contentsForModel(database, process, rows, 60 * 66);
    expect(whole.rows).toEqual(rows);
    expect([...whole.contents]).toEqual(ofRows(rows));
    const some = await contentsForModel(database, process, rows, 45 * 66);
    expect(some.rows).toEqual(rows.filter((row) => row < 440));
    expect([...some.contents]).toEqual(ofRows(some.rows));
  });

  const plain = sparseRows(180, 2);

  it.each(["sparse", "dense"] as const)(
    "is corrected in smaller lots where all would take too much memory: %s rows",
    async (form) => {
      const test = await open(rest(plain[form], 0, 120));
      const { service, tenantId, datasetId, database, work } = test;
      const modelId = await train(test);
      const process = (await readProcess(database.queries, modelId))!;
      expect(process.plan.sparse !== undefined).toBe(form === "sparse");
      const width = rowWidthAt(process) + 1;
      const correct = async (first: number): Promise<string> => {
        const rows = Array.from({ length: 20 }, (_, i) => first + i);
        const to = {
          ...rest(plain[form], 120 + first, 140 + first),
          subjects: rows.map((row) => `2-${row}`),
        };
        return (await service.correct(tenantId, { datasetId, rows, to: sourceOf(to) })).request.id;
      };
      const done = async (ids: readonly string[]): Promise<void> => {
        for (const id of ids) {
          const request = await service.getRequest(tenantId, id);
          expect(request).toMatchObject({ state: "completed", tasks: [{ removedCount: 20 }] });
          await certified(test, request);
        }
        expect(await misplacedRows(database, modelId)).toEqual([]);
      };
      const served = async () =>
        (await service.listReleases(tenantId, modelId)).items
          .filter(({ kind }) => kind === "correction")
          .map(({ requestCount }) => requestCount)
          .sort();
      const three = [await correct(0), await correct(20), await correct(40)];
      await work({ maxCorrectedNumbers: 45 * width });
      await done(three);
      expect(await served()).toEqual([1, 2]);
    },
  );

  it.each(["sparse", "dense"] as const)(
    "is corrected by one request however many rows it names, with the room that was planned: %s rows",
    async (form) => {
      const test = await open(rest(plain[form], 0, 120));
      const { service, tenantId, datasetId, database, work } = test;
      const modelId = await train(test);
      const rows = Array.from({ length: 60 }, (_, i) => i);
      const to = { ...rest(plain[form], 120, 180), subjects: rows.map((row) => `2-${row}`) };
      const { request } = await service.correct(tenantId, { datasetId, rows, to: sourceOf(to) });
      await work({ maxCorrectedNumbers: 100 });
      expect(await service.getRequest(tenantId, request.id)).toMatchObject({ state: "completed" });
      expect(await misplacedRows(database, modelId)).toEqual([]);
    },
  );

  it.each(["sparse", "dense"] as const)(
    "is not corrected to more numbers at once than a lot of corrections may have: %s rows",
    async (form) => {
      const test = await open(rest(plain[form], 0, 120));
      const { datasetId, database } = test;
      const modelId = await train(test);
      const width = rowWidthAt((await readProcess(database.queries, modelId))!) + 1;
      const { rowCount, ...rows } = rest(plain[form], 120, 140);
      const ask = (most: number) =>
        requireSpace(database.queries, datasetId, { rowCount, rows: rows as never }, most);
      await ask(20 * width);
      await expect(ask(20 * width - 1)).rejects.toMatchObject({
        code: "E_OPTION",
        message: expect.stringMatching(/^Expected at most 19 corrected rows at once, found 20: each /),
        details: { field: "to", found: 20, expected: 19, modelId },
      });
    },
  );

  /** Trains a model, for which rows are corrected once its training runs. @returns it, and what became of the request */
  const correctInTraining = async (
    { service, tenantId, datasetId, work }: TestService,
    rows: number[],
    corrected: Dataset,
    more: object = {},
  ) => {
    const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
    let asked: Promise<string> | undefined;
    const ask = async (): Promise<string> => {
      const to = sourceOf({ ...corrected, subjects: rows.map((row) => `1-${row}`) });
      return (await service.correct(tenantId, { datasetId, rows, to })).request.id;
    };
    await work({ giveWay: async () => void (await (asked ??= ask())), ...more });
    return { modelId, request: await service.getRequest(tenantId, (await asked) as string) };
  };

  it("goes on where one correction came during its training and would take too much memory", async () => {
    const test = await open(start);
    const { database } = test;
    // Room for two rows of those: each takes 128 pairs, its weight and its label.
    const { modelId, request } = await correctInTraining(test, [9, 10, 11], long, {
      maxCorrectedNumbers: 2 * 258,
    });
    expect(request).toMatchObject({ state: "failed" });
    expect(request.failure).toContain("3 corrected rows with room for the longest of them");
    expect((await forget(test, { rows: [20] })).state).toBe("completed");
    expect(await capacityOf(test, modelId)).toBeUndefined();
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  /** Rows of so many numbers other than 0, of 2^17. */
  const wideRows = (lengths: readonly number[]): Dataset => {
    const [starts, columns]: [number[], number[]] = [[0], []];
    for (const length of lengths) {
      for (let i = 0; i < length; i++) columns.push(i);
      starts.push(columns.length);
    }
    const labels = lengths.map((_, row) => (row % 2 === 0 ? 1 : -1));
    return createDataset({
      ...{ featureCount: 2 ** 17, labels, task: "binary", scaling: "clip" },
      features: { starts, columns, values: columns.map((column) => 1 / (1 + column)) },
    });
  };

  it("is named where a correction can never be carried out, which is refused", async () => {
    const test = await open(wideRows(Array.from({ length: 1100 }, (_, row) => 1 + (row % 3))));
    const { service, tenantId, datasetId, database } = test;
    const modelId = await train(test, { batchSize: 1024 });
    expect((await readProcess(database.queries, modelId))!.plan.sparse).toEqual({ capacity: 4 });
    const asked = (lengths: readonly number[]) => ({
      ...{ datasetId, rows: lengths.map((_, row) => row) },
      to: sourceOf(wideRows(lengths)),
    });
    const correct = (lengths: readonly number[]) => service.correct(tenantId, asked(lengths));
    const preview = (lengths: readonly number[]) => service.previewCorrection(tenantId, asked(lengths));
    for (const ask of [correct, preview]) {
      // Room for 2^17 numbers: 1,024 rows of 2^18 words.
      await expect(ask([3, 60_000, 1])).rejects.toMatchObject({
        code: "E_DATA",
        message: expect.stringMatching(/^to\[1\]: .* found one of 60000: .* Nothing was accepted\./),
        details: { index: 1, found: 60_000, modelId },
      });
      // Room for 2^16 numbers: 511 rows of 2^17 words and their labels are less than 2^26.
      await expect(ask([...Array.from({ length: 511 }, () => 2), 30_000])).rejects.toMatchObject({
        code: "E_OPTION",
        message: expect.stringMatching(
          /^Expected at most 511 corrected rows at once, found 512: .* to\[511\] has/,
        ),
        details: { field: "to", index: 511, expected: 511, found: 512, modelId },
      });
    }
    expect((await service.listRequests(tenantId, {})).items).toEqual([]);
    expect((await correct([3, 30_000])).request.state).toBe("accepted");
    // Whoever works next in this database, another test that is, would write a gibibyte of pages for it.
    await service.deleteModel(tenantId, modelId);
  });

  it("says of a lesson how many rows it takes, where the longest that waits makes all take much memory", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, database, work } = test;
    const modelId = await train(test);
    await service.addRows(tenantId, datasetId, { source: sourceOf(rest(all.sparse, 400, 425)) });
    await service.addRows(tenantId, datasetId, { source: sourceOf(longRow) });
    // The 25 take 66 numbers each; with the long one all would take 258.
    const maxLearnedNumbers = 26 * 100;
    const expected = [
      { rowCount: 20, laterRowCount: 6 },
      { rowCount: 6, laterRowCount: 0 },
    ];
    for (const counts of expected) {
      const model = await service.getModel(tenantId, modelId);
      expect(await previewLesson(database, tenantId, model, { steps: 20 }, maxLearnedNumbers)).toMatchObject(
        counts,
      );
      const { id } = await service.learn(tenantId, modelId, { steps: 20 });
      await learnModel({ ...test.context({ maxLearnedNumbers }), lease: NO_LEASE }, modelId);
      const lesson = await service.getLesson(tenantId, modelId, id);
      expect(lesson).toMatchObject({ state: "done", rowCount: counts.rowCount });
    }
    await work();
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("is corrected to a longer row than it has room for", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, database, work } = test;
    const modelId = await train(test);
    const to = sourceOf({ ...longRow, subjects: ["1-9"] });
    const { request } = await service.correct(tenantId, { datasetId, rows: [9], to });
    await work();
    const done = await service.getRequest(tenantId, request.id);
    expect(done).toMatchObject({ state: "completed", tasks: [{ state: "done", removedCount: 1 }] });
    expect((await certified(test, done)).lives).toMatchObject({ isCorrection: true });
    expect(await capacityOf(test, modelId)).toBe(128);
    expect(await isStored(test, start, 9)).toEqual([false, false]);
    expect(await isStored(test, long, 0)).toEqual([true, true]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
    expect((await forget(test, { subjects: ["1-9"] })).state).toBe("completed");
    expect(await isStored(test, long, 0)).toEqual([false, false]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("is corrected so where the correction came while it was trained", async () => {
    const test = await open(start);
    const { database } = test;
    const { modelId, request } = await correctInTraining(test, [9], longRow);
    // The training had the old value.
    expect(request).toMatchObject({ state: "completed", tasks: [{ state: "done", removedCount: 1 }] });
    await certified(test, request);
    const { plan, timeline } = (await readProcess(database.queries, modelId))!;
    expect([plan.sparse?.capacity, timeline.capacity]).toEqual([32, 128]);
    expect(await misplacedRows(database, modelId)).toEqual([]);
  });

  it("stands as it was, and nothing is left, where its rows cannot be stored anew", async () => {
    const test = await open(start);
    const { service, tenantId, datasetId, database, context } = test;
    const modelId = await train(test);
    await service.addRows(tenantId, datasetId, { source: sourceOf(long) });
    await service.learn(tenantId, modelId, { steps: 20 });
    const namesOf = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of database.objects.list()) names.push(name);
      return names.sort();
    };
    const before = await namesOf();
    const { weights } = (await readProcess(database.queries, modelId))!;
    let [failures, isDone] = [0, false];
    for (let most = 0; !isDone; most++) {
      let count = 0;
      const put: typeof database.objects.put = async (...what) => {
        if (count++ === most) throw new Error("the disk is full");
        return database.objects.put(...what);
      };
      const objects = { ...database.objects, put };
      const given = { ...context({ database: { ...database, objects } }), lease: NO_LEASE };
      isDone = await learnModel(given, modelId).then(
        () => true,
        () => false,
      );
      if (isDone) break;
      failures += 1;
      expect(await namesOf()).toEqual(before);
      const process = (await readProcess(database.queries, modelId))!;
      expect([process.timeline.capacity, process.weights]).toEqual([undefined, weights]);
      expect(await misplacedRows(database, modelId)).toEqual([]);
    }
    // Its pages, and its order.
    expect(failures).toBeGreaterThan(1);
    expect(await capacityOf(test, modelId)).toBe(128);
    expect(await misplacedRows(database, modelId)).toEqual([]);
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
