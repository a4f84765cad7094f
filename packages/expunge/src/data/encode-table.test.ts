import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { type EncodeOptions, encodeTable } from "./encode-table.js";
import { readFeatureRows, readTable } from "./read-table.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();

const DRAFT = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["yes"], negative: ["no"] },
  subject: "who",
  columns: [
    { name: "age", kind: "numeric", centre: 40, scale: 10, missing: "indicator" },
    { name: "city", kind: "categorical", categories: ["a", "b"], unknown: "other", missing: "ignore" },
  ],
  missingMarks: [""],
  scaling: "clip",
  intercept: 0.5,
};
const SCHEMA = parseSchema(DRAFT);
const ROWS = Array.from({ length: 40_000 }, (_, i) =>
  [`p${i % 1000}`, i % 7 === 0 ? "" : 20 + (i % 63), "abc"[i % 3], i % 2 ? "yes" : "no"].join(","),
);
const CSV = `who,age,city,y\n${ROWS.join("\n")}\n`;
const SCALED: EncodeOptions = { isRaw: false, hasLabels: true };

async function encoded(path: string, options: EncodeOptions, schema = SCHEMA) {
  const table = await encodeTable(path, schema, options);
  const features: number[] = [];
  const labels: number[] = [];
  const leftOut: number[] = [];
  let chunkCount = 0;
  for await (const chunk of table.chunks) {
    expect(chunk.features).toHaveLength(chunk.rowCount * table.featureNames.length);
    expect(chunk.features).toBeInstanceOf(options.isRaw ? Float64Array : Float32Array);
    for (const value of chunk.features) features.push(value);
    for (const label of chunk.labels ?? []) labels.push(label);
    leftOut.push(...chunk.leftOut);
    chunkCount += 1;
  }
  return { ...table, features, labels, leftOut, chunkCount };
}

describe("encodeTable", () => {
  it("gives the very numbers that a model is trained on, in several chunks", async () => {
    const path = await file("t.csv", CSV);
    const dataset = await readTable(path, SCHEMA);
    const { features, labels, featureNames, chunkCount } = await encoded(path, SCALED);
    expect(features).toEqual(Array.from(dataset.features));
    expect(labels).toEqual(Array.from(dataset.labels));
    expect(chunkCount).toBeGreaterThan(1);
    expect(featureNames).toEqual([
      "age",
      "age is missing",
      "city = a",
      "city = b",
      "city is other",
      "intercept",
    ]);
  });

  it("gives raw rows as predictions take them, without label or owner in the file", async () => {
    const lines = ROWS.slice(0, 100).map((row) => row.split(",").slice(1, 3).join(","));
    const path = await file("t.csv", `age,city\n${lines.join("\n")}\n`);
    const { features, labels, featureNames, hasSubjects } = await encoded(path, {
      isRaw: true,
      hasLabels: false,
    });
    expect(features).toEqual((await readFeatureRows(path, SCHEMA)).flatMap((row) => [...row]));
    expect({ labels, hasSubjects, columns: featureNames.length }).toEqual({
      labels: [],
      hasSubjects: false,
      columns: 5,
    });
    await errorOf("E_SCHEMA", () => encodeTable(path, SCHEMA, SCALED));
  });

  it("leaves rows out by their owner, and says which", async () => {
    const path = await file("t.csv", CSV);
    const isLeftOut = (subject: string) => subject === "p7" || subject === "p999";
    const dataset = await readTable(path, SCHEMA);
    const { features, labels, leftOut } = await encoded(path, { ...SCALED, isLeftOut });
    const gone = ROWS.flatMap((row, i) => (/^p(7|999),/.test(row) ? [i] : []));
    expect(leftOut).toEqual(gone.map((i) => i + 1));
    const kept = ROWS.flatMap((_, i) => (gone.includes(i) ? [] : [i]));
    const width = dataset.featureCount;
    expect(features).toEqual(kept.flatMap((i) => [...dataset.features.subarray(i * width, (i + 1) * width)]));
    expect(labels).toEqual(kept.map((i) => dataset.labels[i]));
    const nobody = await encoded(path, { ...SCALED, isLeftOut: () => true });
    expect([nobody.features, nobody.leftOut.length]).toEqual([[], ROWS.length]);
  });

  it("gives the intercept a name of its own", async () => {
    const columns = [{ name: "intercept", kind: "numeric", centre: 0, scale: 1, missing: "error" }];
    const schema = parseSchema({ ...DRAFT, columns, subject: null });
    const { featureNames } = await encoded(await file("t.csv", "intercept,y\n1,yes\n"), SCALED, schema);
    expect(featureNames).toEqual(["intercept", "intercept_"]);
  });

  it("names the row of a cell that is none", async () => {
    const path = await file("t.csv", "who,age,city,y\nann,1,a,yes\nbob,x,a,no\n");
    const error = await errorOf("E_DATA", () => encoded(path, SCALED));
    expect(error.message).toMatch(/row 2.*column "age": expected a finite number, found "x"/);
    const empty = await file("t.csv", "who,age,city,y\n");
    await errorOf("E_DATA", () => encoded(empty, SCALED));
  });
});
