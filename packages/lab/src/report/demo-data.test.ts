import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { type Dataset, parseSchema, readTable } from "expunge/data";
import { describe, expect, it } from "vitest";
import { objectiveFrom } from "../../../expunge/src/objective/index.js";
import { type DemoData, generateDemoData } from "./demo-data.js";
import { DEMO_SCHEMA } from "./demo-schema.js";

type Row = Record<string, string>;

function rowsOf(csv: string): Row[] {
  return parse(csv, { columns: true }) as Row[];
}

/** Through files and the schema, as the demo does it. */
async function datasetFrom(csv: string): Promise<Dataset> {
  const directory = await mkdtemp(join(tmpdir(), "expunge-demo-data-"));
  try {
    const path = join(directory, "rows.csv");
    await writeFile(path, csv);
    return await readTable(path, DEMO_SCHEMA);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Full-batch gradient descent with l2 = 0.01: no noise, no subsampling. */
async function testAccuracy(data: DemoData): Promise<number> {
  const train = await datasetFrom(data.train);
  const weights = new Float64Array(train.featureCount);
  const outputOf = ({ features, featureCount }: Dataset, i: number) => {
    let sum = 0;
    for (let k = 0; k < featureCount; k++) sum += features[i * featureCount + k]! * weights[k]!;
    return sum;
  };
  const into = new Float64Array(1);
  const loss = objectiveFrom({ kind: "logistic" });
  for (let step = 0; step < 150; step++) {
    const gradient = weights.map((weight) => 0.01 * weight);
    for (let i = 0; i < train.rowCount; i++) {
      loss.derivative([outputOf(train, i)], train.labels[i]!, into);
      for (let k = 0; k < weights.length; k++) {
        gradient[k]! += (into[0]! * train.features[i * weights.length + k]!) / train.rowCount;
      }
    }
    for (let k = 0; k < weights.length; k++) weights[k]! -= gradient[k]! / 0.26;
  }
  const test = await datasetFrom(data.test);
  let right = 0;
  for (let i = 0; i < test.rowCount; i++) if ((outputOf(test, i) >= 0 ? 1 : -1) === test.labels[i]) right++;
  return right / test.rowCount;
}

describe("generateDemoData", () => {
  const data = generateDemoData();
  const all = rowsOf(data.all);
  const train = rowsOf(data.train);
  const test = rowsOf(data.test);

  it("gives the asked number of rows, split by person", () => {
    expect(all).toHaveLength(12_000);
    expect(train).toHaveLength(data.trainRowCount);
    expect(test).toHaveLength(data.testRowCount);
    expect(data.trainRowCount + data.testRowCount).toBe(12_000);
    expect(data.testRowCount / 12_000).toBeGreaterThan(0.17);
    expect(data.testRowCount / 12_000).toBeLessThan(0.23);
    expect([...new Set(train.map((row) => row.customer))]).toEqual(data.trainSubjects);
    expect([...new Set(test.map((row) => row.customer))]).toEqual(data.testSubjects);
    const trained = new Set(data.trainSubjects);
    expect(data.testSubjects.some((subject) => trained.has(subject))).toBe(false);
  });

  it("gives people of 1 to 8 rows, with addresses that nobody can own", () => {
    const counts = new Map<string, number>();
    for (const row of all) counts.set(row.customer!, (counts.get(row.customer!) ?? 0) + 1);
    expect(new Set(counts.values())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
    for (const subject of counts.keys()) expect(subject).toMatch(/^[a-z]+\.[a-z]+\.\d{4}@example\.com$/);
  });

  it("writes only what its schema declares", () => {
    for (const column of DEMO_SCHEMA.columns) {
      const found = new Set(all.map((row) => row[column.name]!));
      expect(found.size).toBeGreaterThan(1);
      const given = [...found].filter((text) => text !== "?" && text !== "");
      if (column.kind === "categorical") expect(given.sort()).toEqual([...column.categories].sort());
      if (column.kind === "numeric") expect(given.every((text) => /^-?\d+(\.\d+)?$/.test(text))).toBe(true);
      if (column.kind !== "ignored" && column.missing === "error") expect(given.length).toBe(found.size);
    }
    expect(new Set(all.map((row) => row.leaves))).toEqual(new Set(["yes", "no"]));
    expect(all.some((row) => row.satisfaction === "?")).toBe(true);
  });

  it("comes with a schema that the schema reader accepts as it stands", () => {
    expect(data.schema).toBe(DEMO_SCHEMA);
    expect(parseSchema(JSON.stringify(DEMO_SCHEMA))).toEqual(DEMO_SCHEMA);
    expect(Object.isFrozen(DEMO_SCHEMA.columns[1])).toBe(true);
  });

  it.each([2025, 1, 42])(
    "lets a logistic model reach 0.8 to 0.9 on people it has not seen, seed %i",
    async (seed) => {
      const drawn = generateDemoData({ seed });
      const accuracy = await testAccuracy(drawn);
      const rows = rowsOf(drawn.test);
      const yesShare = rows.filter((row) => row.leaves === "yes").length / rows.length;
      expect(yesShare).toBeGreaterThan(0.28);
      expect(yesShare).toBeLessThan(0.42);
      expect(accuracy).toBeGreaterThan(0.8);
      expect(accuracy).toBeLessThan(0.9);
    },
  );

  it("repeats itself for a seed, and leaves the table as it is for another split", () => {
    expect(generateDemoData({ rowCount: 500 })).toEqual(generateDemoData({ rowCount: 500 }));
    expect(generateDemoData({ rowCount: 500, testShare: 0.5 }).all).toBe(
      generateDemoData({ rowCount: 500 }).all,
    );
    expect(generateDemoData({ rowCount: 500, seed: 1 }).all).not.toBe(
      generateDemoData({ rowCount: 500 }).all,
    );
  });

  it.each([{ seed: 0.5 }, { rowCount: 1 }, { testShare: 1 }])("refuses %j", (options) => {
    expect(() => generateDemoData(options)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});
