import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf, realData, temporaryFiles } from "../../testing/files.js";
import { npyFile, numpyFile } from "../../testing/numpy-files.js";
import { labelsFor } from "../unlearner/known-labels.js";
import { parseNpyIds } from "./parse-npy-ids.js";
import { readNumeric } from "./read-numeric.js";

const file = temporaryFiles();
const cases = realData("cases");

/** A vector of float64 as .npy. */
function vector(values: readonly number[]): Uint8Array {
  const header = Buffer.from(`{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }\n`);
  const body = new Uint8Array(Float64Array.from(values).buffer);
  return Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0, ...header, ...body]);
}

describe("readNumeric", () => {
  it("reads a .npz with X and y, and takes 0/1 for -1/+1", async () => {
    const dataset = await readNumeric(await file("d.npz", numpyFile("npz")));
    expect(dataset).toMatchObject({
      rowCount: 2,
      featureCount: 3,
      task: "binary",
      scaling: { kind: "l2", intercept: 0 },
    });
    expect([...dataset.labels]).toEqual([-1, 1]);
  });

  it("reads two .npy files, with an intercept and owners", async () => {
    const features = await file("x.npy", numpyFile("<f2"));
    const labels = await file("y.npy", vector([0.5, 2.5]));
    const dataset = await readNumeric(features, {
      labels,
      intercept: 1,
      scaling: "clip",
      subjects: ["a", "b"],
    });
    expect(dataset).toMatchObject({ task: "regression", featureCount: 4, subjects: ["a", "b"] });
  });

  it.each([
    ["-1/+1", [-1, 1], "binary"],
    ["0, 2", [0, 2], "binary"],
    ["-1, 2", [-1, 2], "binary"],
    ["0, 0.5", [0, 0.5], "regression"],
  ])("guesses the task of labels %s", async (_, values, task) => {
    const labels = await file("y.npy", vector(values));
    expect((await readNumeric(await file("x.npy", numpyFile("<f4")), { labels })).task).toBe(task);
  });

  it.each([
    ["0/1", [1, 0], ["0", "1"], [1, -1]],
    ["1/2", [1, 2], ["1", "2"], [-1, 1]],
    ["-1/+1", [1, -1], ["-1", "+1"], [1, -1]],
    ["9/0/5", [9, 0, 5, 9], ["0", "5", "9"], [2, 0, 1, 2]],
    ["-1/0/1", [-1, 0, 1], ["-1", "0", "1"], [0, 1, 2]],
  ])("keeps the names of labels %s", async (_, values, names, codes) => {
    const rows = Float32Array.from(values, (__, i) => i + 1);
    const path = await file("x.npy", npyFile(rows, `${rows.length}, 1`));
    const labels = await file("y.npy", vector(values));
    const dataset = await readNumeric(path, { labels });
    expect(dataset.labelNames).toEqual(names);
    expect([...dataset.labels]).toEqual(codes);
    // As a trained model takes the rows of one class only.
    const given = { task: dataset.task, allowOneClass: true };
    const one = await file("y.npy", vector(values.map(() => values[0]!)));
    const judged = await readNumeric(path, { ...given, labels: one });
    expect(Array.from(labelsFor(dataset, judged))).toEqual(values.map(() => codes[0]));
    const strange = await file("y.npy", vector(values.map(() => 7)));
    const others = await readNumeric(path, { ...given, labels: strange });
    const error = await errorOf("E_DATA", async () => labelsFor(dataset, others));
    expect(error.message).toMatch(/^Row 1: expected a label that the model knows \(.*\), found 7/);
  });

  it.each([
    ["ownersText", ["ann", "zo\u00eb", "ann"]],
    ["ownersBytes", ["ann", "bob", "ann"]],
    ["ownersWide", ["9007199254740993", "9007199254740992", "7"]],
    ["ownersNarrow", ["1", "2", "1"]],
  ] as const)("takes the owners of a .npz from its array subject: %s", async (name, subjects) => {
    const path = await file("d.npz", numpyFile(name));
    const dataset = await readNumeric(path);
    expect(dataset).toMatchObject({ rowCount: 3, featureCount: 2, labelNames: ["0", "1"], subjects });
    expect((await readNumeric(path, { subjects: ["a", "b", "c"] })).subjects).toEqual(["a", "b", "c"]);
  });

  it("refuses owners that are not exact", async () => {
    const path = await file("d.npz", numpyFile("ownersFloat"));
    expect((await errorOf("E_DATA", () => readNumeric(path))).message).toMatch(
      /subject\.npy: row 2: expected a subject id that is exact/,
    );
  });

  it("refuses ids in float32 from 2^24 on, and what is no list of ids", async () => {
    const single = parseNpyIds(npyFile(Float32Array.of(7, 2 ** 24 - 1), "2,"), "subject");
    expect(single).toEqual(["7", "16777215"]);
    const wide = npyFile(Float32Array.of(7, 2 ** 24 + 1), "2,");
    expect((await errorOf("E_DATA", () => parseNpyIds(wide, "subject"))).message).toMatch(
      /row 2: expected a subject id that is exact, found a .* beyond 2\^24/,
    );
    expect((await errorOf("E_DATA", () => parseNpyIds(numpyFile("object"), "subject"))).message).toMatch(
      /expected ids of shape \(rows\): texts, .*found Python objects\. Save them as numpy\.array\(ids, dtype=str\)\./,
    );
  });

  it.skipIf(cases === null)("the case npz-owners: the owners are used", async () => {
    const { subjects, rowCount } = await readNumeric(join(cases as string, "npz-owners", "d.npz"));
    expect(subjects).toHaveLength(rowCount);
  });

  it("takes whole numbers of which each has few rows for amounts", async () => {
    const rows = Float32Array.from({ length: 500 }, (_, i) => i + 1);
    const path = await file("x.npy", npyFile(rows, "500, 1"));
    const taskOf = async (different: number) => {
      const values = Array.from(rows, (_, i) => (i * 7) % different);
      return (await readNumeric(path, { labels: await file("y.npy", vector(values)) })).task;
    };
    expect([await taskOf(50), await taskOf(51), await taskOf(100)]).toEqual([
      "multiclass",
      "regression",
      "regression",
    ]);
  });

  it.each([
    [0, -1],
    [1, 1],
    [-1, -1],
  ])("takes labels that are all %i for %i where that is asked for", async (label, code) => {
    const labels = await file("y.npy", vector([label, label]));
    const options = { labels, task: "binary", allowOneClass: true } as const;
    expect([...(await readNumeric(await file("x.npy", numpyFile("<f4")), options)).labels]).toEqual([
      code,
      code,
    ]);
  });

  it("looks at all labels: sorted ones begin with many of a kind", async () => {
    const count = 150_000;
    const header = Buffer.from(`{'descr': '|b1', 'fortran_order': False, 'shape': (${count}, 1), }\n`);
    const begin = Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0, ...header]);
    const features = await file("x.npy", Buffer.concat([begin, new Uint8Array(count).fill(1)]));
    const sorted = (last: number): number[] =>
      Array.from({ length: count }, (_, i) => (i < 120_000 ? 0 : last));
    const labels = await file("y.npy", vector(sorted(1)));
    const dataset = await readNumeric(features, { labels });
    expect([dataset.task, dataset.labels[0], dataset.labels[count - 1]]).toEqual(["binary", -1, 1]);
    const odd = await file("y.npy", vector(sorted(0.5)));
    expect((await readNumeric(features, { labels: odd })).task).toBe("regression");
  });

  it("takes no NaN for the class that rows of one class do not have", async () => {
    const path = await file("one.npy", npyFile(Float32Array.of(1, 2, 3), "3, 1"));
    const labels = await file("one-labels.npy", vector([5, Number.NaN, 5]));
    const options = { labels, task: "binary", allowOneClass: true } as const;
    const error = await errorOf("E_DATA", () => readNumeric(path, options));
    expect(error.message).toContain("row 2: expected a label that is one of not 5, 5, found NaN");
  });

  it("refuses labels of another count, features of another shape, a .npz without them", async () => {
    const features = await file("x.npy", numpyFile("<f4"));
    const three = await file("y.npy", vector([1, -1, 1]));
    expect((await errorOf("E_DATA", () => readNumeric(features, { labels: three }))).message).toMatch(
      /labels of shape \(2\), one a row, found \(3\)/,
    );
    expect((await errorOf("E_DATA", () => readNumeric(three, { labels: three }))).message).toMatch(
      /shape \(rows, columns\), found \(3\)/,
    );
    await errorOf("E_OPTION", () => readNumeric(features));
    const { zipSync } = await import("fflate");
    const archive = await file("d.npz", zipSync({ "z.npy": numpyFile("<f4") }));
    expect((await errorOf("E_DATA", () => readNumeric(archive))).message).toMatch(
      /features and labels.*found z/,
    );
  });
});

const real = realData("cifar10-squeezenet");
describe.skipIf(real === null)("the CIFAR-10 features as a data set", () => {
  it("train on 10,000 rows of 512 features and test on 2,000, cats first", async () => {
    for (const [part, rows] of [
      ["train", 10_000],
      ["test", 2000],
    ] as const) {
      const labels = join(real as string, `${part}-labels.npy`);
      const dataset = await readNumeric(join(real as string, `${part}-features.npy`), { labels });
      expect(dataset).toMatchObject({ rowCount: rows, featureCount: 512, task: "binary" });
      expect(dataset.labels[0]).toBe(1);
    }
  });
});
