import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_SETS, type DefaultSet } from "./default-sets.js";
import { runDefaults } from "./defaults.js";
import type { DefaultsResult } from "./defaults-result.js";
import { defaultsMarkdown, shortfalls } from "./defaults-text.js";
import { madeUpEmbeddings, madeUpTable } from "./made-up-sets.js";

const small = { rowCount: 400, testCount: 300, featureCount: 6, seed: 3 };

describe("made-up tables", () => {
  it("are the same for the same options, and have norm 1 and the labels asked for", () => {
    const { train, test } = madeUpTable(small);
    expect(madeUpTable(small).train.features).toEqual(train.features);
    expect(madeUpTable({ ...small, seed: 4 }).train.features).not.toEqual(train.features);
    expect([train.rowCount, test.rowCount, train.featureCount]).toEqual([400, 300, 7]);
    expect(Math.hypot(...train.features.subarray(0, 7))).toBeCloseTo(1, 6);
    const share = (rate: number): number => {
      const { labels } = madeUpTable({ ...small, rowCount: 20_000, rate }).train;
      return labels.reduce((sum, label) => sum + (label > 0 ? 1 : 0), 0) / labels.length;
    };
    expect(share(0.5)).toBeCloseTo(0.5, 1);
    expect(Math.abs(share(0.01) - 0.01)).toBeLessThan(0.004);
    const { labels, labelNames } = madeUpTable({ ...small, classCount: 10 }).train;
    expect(new Set(labels).size).toBe(10);
    expect(labelNames.length).toBe(10);
  });

  it("and embeddings, which have no constant feature", () => {
    const { train } = madeUpEmbeddings({ ...small, featureCount: 16 });
    expect(train.featureCount).toBe(16);
    expect(new Set(train.labels)).toEqual(new Set([-1, 1]));
  });
});

describe("the sets that defaults are judged on", () => {
  it("have names of their own, and reach from 200 rows to a million", () => {
    expect(new Set(DEFAULT_SETS.map(({ name }) => name)).size).toBe(DEFAULT_SETS.length);
    expect(DEFAULT_SETS.length).toBeGreaterThan(20);
  });
});

describe("what falls short", () => {
  const result: DefaultsResult = {
    set: "s",
    measure: "accuracy",
    rowCount: 1000,
    featureCount: 5,
    classCount: 2,
    peer: { accuracy: 0.9, auc: 0.95, seconds: 1 },
    baseline: 0.5,
    before: 0.895,
    mean: 0.893,
    least: 0.8901,
    spread: 0.001,
    requestCount: 100,
    plan: { l2: 1e-3, batchSize: 1000, epochs: 100 },
    steps: 30,
    retrainingSteps: 100,
    trainingSeconds: 1,
    requestSeconds: 0.1,
  };

  it("is measured against scikit-learn's figure, by the number of rows", () => {
    expect(shortfalls(result)).toEqual([]);
    expect(shortfalls({ ...result, least: 0.8899, spread: 0.005 })).toEqual(["least", "spread"]);
    expect(shortfalls({ ...result, rowCount: 300, least: 0.881, spread: 0.02 })).toEqual([]);
    expect(shortfalls({ ...result, measure: "AUC" })).toEqual(["before", "mean", "least"]);
    expect(shortfalls({ ...result, rowCount: 200 })).toBeNull();
    expect(shortfalls({ ...result, peer: null })).toBeNull();
  });
});

describe("the experiment", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "expunge-defaults-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("trains with nothing set, serves requests, and writes its page; what is not there is left out, loudly", async () => {
    const set = (name: string, needs: string | null, more = {}): DefaultSet => ({
      name,
      measure: "accuracy",
      isQuick: true,
      needs,
      load: async () => madeUpTable({ ...small, rowCount: 120, ...more }),
      ...more,
    });
    const notes: string[] = [];
    const docs = join(folder, "docs", "defaults.md");
    const rare = { measure: "AUC", rate: 0.2 } as const;
    const findings = await runDefaults({
      data: folder,
      out: folder,
      docs,
      quick: true,
      sets: [
        set("here", null),
        set("rare", null, rare),
        set("elsewhere", "nowhere"),
        { ...set("large", null), isQuick: false },
      ],
      note: (text) => notes.push(text),
    });
    expect(findings.results.map((found) => found.set)).toEqual(["here", "rare"]);
    expect(notes.join(" ")).toMatch(/SKIPPED: elsewhere/);
    const [found] = findings.results;
    expect(found?.requestCount).toBe(100);
    expect(found?.before).toBeGreaterThan(found?.baseline as number);
    expect(found?.least).toBeLessThanOrEqual(found?.mean as number);
    const text = await readFile(docs, "utf8");
    expect(text).toContain(defaultsMarkdown(findings, { quick: true }).trim());
    expect(text).toContain("| here | 120 |");
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});
