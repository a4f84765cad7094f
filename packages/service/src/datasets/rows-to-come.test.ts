import type { DataDescription } from "expunge";
import { createDataset, type Dataset, sourceOf } from "expunge/data";
import { describe, expect, it } from "vitest";
import { rowsToCome } from "./rows-to-come.js";

const FEATURES = 20_000;

/** A row for each count, of so many numbers. */
function rowsOf(counts: readonly number[]): Dataset {
  const [starts, columns, values]: [number[], number[], number[]] = [[0], [], []];
  for (const [row, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      columns.push((row % 1000) + i);
      values.push(0.1 / Math.sqrt(count));
    }
    starts.push(columns.length);
  }
  const labels = counts.map((_, row) => (row % 2 ? 1 : -1));
  const shape = { featureCount: FEATURES, labels, task: "binary", scaling: "clip" } as const;
  return createDataset({ ...shape, features: { starts, columns, values }, logOdds: 0 });
}

const growing = (dataset: Dataset) => ({
  description: { ...dataset, rowCount: dataset.rowCount } as unknown as DataDescription,
  shape: { featureCount: FEATURES, pageRows: 20, isSparse: true } as never,
  hasSubjects: false,
});

describe("sparse rows that come to a data set", () => {
  it("take room for what each has, and not for as much as the longest", async () => {
    const counts = Array.from({ length: 40_000 }, (_, row) => (row === 17 ? 16_000 : 1));
    const dataset = rowsOf(counts);
    const { rowCount, rows } = await rowsToCome(growing(dataset), sourceOf(dataset));
    expect(rowCount).toBe(counts.length);
    expect(rows.sparse).toEqual(dataset.sparse);
    expect(rows.labels).toEqual(dataset.labels);
  });

  it("are refused beyond so many, also where they have next to no numbers", async () => {
    const many = rowsOf(new Array(66_000).fill(1));
    const coming = rowsToCome(growing(many), sourceOf(many));
    await expect(coming).rejects.toThrow(/numbers other than 0 at once, each row counting as 32 more/);
  });
});
