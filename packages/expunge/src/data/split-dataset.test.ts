import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { createDataset } from "./create-dataset.js";
import type { Dataset } from "./dataset.js";
import { selectRows, splitDataset } from "./split-dataset.js";

function sample(rowCount: number, subjectCount: number | null): Dataset {
  return createDataset({
    features: Array.from({ length: rowCount }, (_, i) => [1, i]),
    labels: Array.from({ length: rowCount }, (_, i) => (i % 2 ? 1 : -1)),
    task: "binary",
    ...(subjectCount === null
      ? {}
      : { subjects: Array.from({ length: rowCount }, (_, i) => `s${i % subjectCount}`) }),
  });
}

describe("splitDataset", () => {
  it("puts all rows of a subject on the same side, loses none, and is the same for the same seed", () => {
    fc.assert(
      fc.property(
        // At least fifty people, so that no side is ever empty by chance.
        fc.integer({ min: 300, max: 400 }),
        fc.integer({ min: 50, max: 90 }),
        fc.string(),
        (n, s, seed) => {
          const dataset = sample(n, s);
          const { train, test } = splitDataset(dataset, { testFraction: 0.4, seed });
          const sides = new Set(train.subjects);
          expect(test.subjects?.some((subject) => sides.has(subject))).toBe(false);
          expect(train.rowCount + test.rowCount).toBe(n);
          expect(splitDataset(dataset, { testFraction: 0.4, seed })).toEqual({ train, test });
        },
      ),
      { numRuns: 30 },
    );
  });

  it("gives about the asked share, and another cut for another seed", () => {
    const dataset = sample(4000, null);
    const one = splitDataset(dataset, { testFraction: 0.25, seed: 1 });
    const two = splitDataset(dataset, { testFraction: 0.25, seed: 2 });
    expect(Math.abs(one.test.rowCount / 4000 - 0.25)).toBeLessThan(0.03);
    expect(one.test.features).not.toEqual(two.test.features);
  });

  it.each([0, 1, -1, Number.NaN])("refuses testFraction = %d", async (testFraction) => {
    await errorOf("E_OPTION", () => splitDataset(sample(10, null), { testFraction, seed: 1 }));
  });

  it("refuses a cut that leaves a side empty", async () => {
    const error = await errorOf("E_OPTION", () =>
      splitDataset(sample(10, 1), { testFraction: 0.5, seed: 1 }),
    );
    expect(error.message).toMatch(/leaves one side of 10 rows empty/);
  });
});

describe("selectRows", () => {
  it("takes rows in the order asked, with labels and owners", () => {
    const dataset = sample(5, 5);
    const { features, labels, subjects, rowCount } = selectRows(dataset, [3, 0]);
    expect(rowCount).toBe(2);
    expect([...features]).toEqual([...dataset.features.subarray(6, 8), ...dataset.features.subarray(0, 2)]);
    expect([...labels]).toEqual([1, -1]);
    expect(subjects).toEqual([dataset.subjects?.[3], dataset.subjects?.[0]]);
  });

  it.each([[[5]], [[-1]], [[0.5]], [[]]])("refuses %j", async (rows) => {
    await errorOf("E_OPTION", () => selectRows(sample(5, null), rows));
  });
});
