import { createDataset } from "expunge/data";
import { afterAll, beforeAll, expect, it } from "vitest";
import { storedPages } from "../../testing/stored-rows.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { datasets } from "../database/tables.js";
import { byPage, changedPages } from "./changed-pages.js";
import { readDatasetRows, rowPagesOf } from "./dataset-pages.js";
import { type DatasetShape, shapeOfDataset, widthOf } from "./dataset-rows.js";
import { Erasure } from "./erasure.js";
import { pagesOfDataset, SPARSE_PAGE_ROWS } from "./pages.js";
import type { RowAccess } from "./stored-pages.js";

/* Pages of sparse rows are as long as their rows are: however long, a few megabytes are held at once. */

const COLUMNS = 40_000;
const ROWS = 900;
/** Each has a tenth of the columns: a page of 20 of them takes 640 KiB. */
const ENTRIES = COLUMNS / 10;
const MIB = 2 ** 20;

let test: TestService;
let shape: DatasetShape;
beforeAll(async () => {
  const starts = Array.from({ length: ROWS + 1 }, (_, row) => row * ENTRIES);
  const columns = Array.from(
    { length: ROWS * ENTRIES },
    (_, i) => 10 * (i % ENTRIES) + (Math.floor(i / ENTRIES) % 10),
  );
  const dataset = createDataset({
    ...({ featureCount: COLUMNS, task: "binary", scaling: "clip" } as const),
    features: { starts, columns, values: columns.map(() => 1) },
    labels: Array.from({ length: ROWS }, (_, row) => (row % 2 ? 1 : -1)),
  });
  test = await openTestService("memory:", dataset);
  const [found] = await test.database.queries.select().from(datasets);
  shape = shapeOfDataset(test.datasetId, found!.description!, found!);
});
afterAll(() => test?.close());

/** Notes how many bytes are read at once. */
function watched(): { readonly access: RowAccess; readonly most: () => number; readonly sum: () => number } {
  const { executor, objects } = test.database;
  let [most, sum, open] = [0, 0, 0];
  const read: typeof objects.read = async (name, ranges) => {
    const bytes = ranges.reduce((all, { length }) => all + length, 0);
    open += bytes;
    sum += bytes;
    most = Math.max(most, open);
    try {
      return await objects.read(name, ranges);
    } finally {
      open -= bytes;
    }
  };
  return { access: { executor, objects: { ...objects, read } }, most: () => most, sum: () => sum };
}

it("reads all rows, some of them, and pages that change, few at a time", async () => {
  expect(shape.isSparse).toBe(true);
  const sizes = (await storedPages(test.database)).map(({ bytes }) => Buffer.from(bytes, "base64").length);
  expect(Math.min(...sizes)).toBeGreaterThan(MIB / 2);
  const page = Math.max(...sizes);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const uses: ((access: RowAccess) => Promise<number>)[] = [
    async (access) => {
      let count = 0;
      for await (const { labels } of rowPagesOf(access, shape)) count += labels.length;
      return count;
    },
    async (access) => {
      const rows = Array.from({ length: ROWS / SPARSE_PAGE_ROWS }, (_, i) => i * SPARSE_PAGE_ROWS);
      const { sparse } = await readDatasetRows(access, shape, rows);
      expect(sparse!.columns).toHaveLength(rows.length * ENTRIES);
      return rows.length * SPARSE_PAGE_ROWS;
    },
    async (access) => {
      const rows = Uint32Array.from({ length: ROWS }, (_, row) => row);
      const paged = {
        ...{ of: pagesOfDataset(shape), featureCount: widthOf(shape), pageRows: shape.pageRows },
        without: (bytes: Uint8Array) => bytes,
      };
      let count = 0;
      for await (const _ of changedPages(access, paged, byPage(rows, shape.pageRows)))
        count += SPARSE_PAGE_ROWS;
      return count;
    },
  ];
  for (const use of uses) {
    const { access, most, sum } = watched();
    expect(await use(access)).toBe(ROWS);
    expect(sum()).toBeGreaterThan(0.99 * whole);
    expect(most()).toBeLessThan(2 * MIB + page);
  }
});

it("are erased by a transaction itself where they are of few bytes, however few there are", async () => {
  const erase = (rows: readonly number[]): Promise<void> =>
    test.database.transaction((transaction) => new Erasure().erase(transaction, shape, rows));
  const rows = [0, 1, 2, 3, 4].map((page) => page * SPARSE_PAGE_ROWS);
  await expect(erase(rows)).rejects.toMatchObject({ rows: Uint32Array.from(rows) });
  await erase(rows.slice(0, 1));
});
