import { afterAll, beforeAll, expect, it } from "vitest";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import type { SqlExecutor } from "../database/open-database.js";
import { readProcess, type StoredProcess } from "../models/stored-process.js";
import { rowsOfBytes } from "./page-bytes.js";
import { pagedSource } from "./paged-source.js";
import { pagesOfModel } from "./pages.js";
import { placePages, putAllPages, type RowAccess, readPages } from "./stored-pages.js";

// Eleven rows a page, so 37 pages, the last of them shorter.
const dataset = syntheticDataset({ rowCount: 400, featureCount: 350 });

let test: TestService;
let process: StoredProcess;
let features: Float32Array;
let labels: Float32Array;
beforeAll(async () => {
  test = await openTestService("memory:", dataset);
  const options = { epsilon: 1, delta: 1e-4, epochs: 1, batchSize: 20, maxSteps: 1000 };
  const { id } = await test.service.createModel(test.tenantId, {
    name: "m",
    datasetId: test.datasetId,
    options,
  });
  await test.work();
  process = (await readProcess(test.database.queries, id)) as StoredProcess;
  const pages = await readPages(test.database, pagesOfModel(id), 0, 1000);
  const all = pages.map(({ bytes }) => rowsOfBytes(bytes, process.featureCount));
  features = Float32Array.from(all.flatMap((page) => [...page.features]));
  labels = Float32Array.from(all.flatMap((page) => [...page.labels]));
});
afterAll(() => test.close());

function counted(): { readonly access: RowAccess; readonly count: () => number } {
  const { executor, objects } = test.database;
  let calls = 0;
  const executeSql: SqlExecutor["executeSql"] = (...given) => {
    calls += 1;
    return executor.executeSql(...given);
  };
  return { access: { executor: { executeSql }, objects }, count: () => calls };
}

// Vitest compares long arrays number by number, which takes seconds.
const isSame = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

async function expectRows(
  source: ReturnType<typeof pagedSource>,
  first: number,
  count: number,
): Promise<void> {
  const { featureCount } = process;
  const read = { features: new Float32Array(count * featureCount), labels: new Float32Array(count) };
  await source.read(first, read.features, read.labels);
  expect(isSame(read.features, features.subarray(first * featureCount, (first + count) * featureCount))).toBe(
    true,
  );
  expect(isSame(read.labels, labels.subarray(first, first + count))).toBe(true);
}

it("gives the rows that are stored, in whatever order they are read, several readings at once", async () => {
  expect(process.slotCount).toBe(400);
  const uniform = uniforms(3);
  const source = pagedSource(counted().access, process);
  const readings = Array.from({ length: 200 }, () => {
    const first = Math.floor(uniform() * process.slotCount);
    const count = 1 + Math.floor(uniform() ** 3 * (process.slotCount - first - 1));
    return expectRows(source, first, count);
  });
  await Promise.all(readings);
});

it("asks the database few times for rows that are read one batch after another, and again", async () => {
  const { access, count } = counted();
  const source = pagedSource(access, process);
  for (let epoch = 0; epoch < 3; epoch++)
    for (let first = 0; first < process.slotCount; first += 20) await expectRows(source, first, 20);
  expect(count()).toBeLessThan(8);
});

it("fetches no more than is asked for where readings lie far apart", async () => {
  const { access } = counted();
  const fetched: number[] = [];
  const executeSql: SqlExecutor["executeSql"] = async (text, values, name) => {
    fetched.push(Number(values?.[2]) - Number(values?.[1]) + 1);
    return access.executor.executeSql(text, values, name);
  };
  const source = pagedSource({ ...access, executor: { executeSql } }, process);
  for (const first of [390, 0, 200, 100]) await expectRows(source, first, 1);
  expect(fetched).toEqual([1, 1, 1, 1]);
});

it("reads the pages of slots that are soon read one by one together, and the whole model where they are many", async () => {
  for (const [soon, fetches] of [
    [[5, 7, 100, 250, 399], 1],
    [Array.from({ length: 40 }, (_, i) => 10 * i), 1],
  ] as const) {
    const { access, count } = counted();
    const source = pagedSource(access, process);
    source.readSoon(soon);
    for (const slot of soon) await expectRows(source, slot, 1);
    expect(count()).toBe(fetches);
    for (let first = 0; first < process.slotCount; first += 20) await expectRows(source, first, 20);
    if (soon.length === 40) expect(count()).toBe(fetches);
  }
});

it("reads none of them that it holds", async () => {
  const { access, count } = counted();
  const fetched: number[] = [];
  const executeSql: SqlExecutor["executeSql"] = async (...given) => {
    const found = await access.executor.executeSql(...given);
    fetched.push(found.rows.length);
    return found as never;
  };
  const source = pagedSource({ ...access, executor: { executeSql } }, process);
  const soon = Array.from({ length: 37 }, (_, page) => 11 * page);
  // Pages 10 to 19.
  await expectRows(source, 110, 110);
  source.readSoon(soon);
  for (const slot of soon) await expectRows(source, slot, 1);
  expect([count(), fetched]).toEqual([2, [10, 27]]);
  source.readSoon(soon);
  for (const slot of soon) await expectRows(source, slot, 1);
  expect(count()).toBe(2);
});

it("reads no more of them together than it holds", async () => {
  const of = pagesOfModel(process.modelId);
  // More than 8 MiB of them.
  const bytes = new Uint8Array(4 * 11 * (process.featureCount + 1));
  const pages = Array.from({ length: 700 }, (_, i) => ({ page: 37 + i, bytes }));
  await placePages(test.database.executor, of, await putAllPages(test.database.objects, of, pages));
  const soon = [0, ...pages.map(({ page }) => 11 * page), 11 * 737 - 1];
  const { access, count } = counted();
  const source = pagedSource(access, { ...process, slotCount: 11 * 737 });
  source.readSoon(soon);
  await expectRows(source, soon[0]!, 1);
  const one = new Float32Array(process.featureCount);
  for (const slot of soon.slice(1)) await source.read(slot, one, new Float32Array(1));
  expect(count()).toBe(2);
  await test.database.executor.executeSql("delete from model_pages where model_id = $1 and page > 36", [
    of.id,
  ]);
});

it("says so where a page is missing, and reads the others still", async () => {
  const { access } = counted();
  const source = pagedSource(access, { ...process, slotCount: process.slotCount + 20 });
  const one = new Float32Array(process.featureCount);
  await expect(source.read(process.slotCount + 19, one, new Float32Array(1))).rejects.toMatchObject({
    code: "E_MODEL",
  });
  await expectRows(source, 0, 20);
});
