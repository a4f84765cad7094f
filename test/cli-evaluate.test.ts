import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClassEvaluation } from "../packages/expunge/src/unlearner/metrics.js";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

type Summary = ClassEvaluation & { readonly rows: number; readonly score: number; readonly loss: number };

/** Row i of a table in which x tells y, mostly; `amount` is 100 x + 1000. */
function line(i: number): string {
  const x = ((i * 0.6180339887498949) % 1) - 0.5;
  const isYes = x + 0.3 * (((i * 0.7548776662466927) % 1) - 0.5) > 0;
  return `${x.toFixed(4)},${isYes ? "yes" : "no"},${(100 * x + 1000).toFixed(2)}`;
}

const HEADER = "x,y,amount";
const lines = Array.from({ length: 600 }, (_, i) => line(i));

let cli: Cli;
const at = (name: string): string => join(cli.folder, name);
const table = (name: string, rows: readonly string[]) =>
  writeFile(at(name), `${[HEADER, ...rows].join("\n")}\n`);

/** A NumPy file of float32 numbers. */
function npyFile(shape: string, values: readonly number[]): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const magic = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, text.length, 0]);
  return Buffer.concat([magic, Buffer.from(text), Buffer.from(Float32Array.from(values).buffer)]);
}

async function train(name: string, label: object, task: string, ignored: string): Promise<void> {
  const schema = {
    version: 1,
    task,
    label,
    subject: null,
    columns: [
      { name: "x", kind: "numeric", centre: 0, scale: 0.5, missing: "error" },
      { name: ignored, kind: "ignored" },
    ],
    missingMarks: [""],
    scaling: "clip",
    intercept: 0.5,
    csv: { header: true, delimiter: "," },
  };
  await writeFile(at(`${name}.json`), JSON.stringify(schema));
  const options = ["--schema", `${name}.json`, "--epsilon", "1", "--delta", "1e-5", "--seed", "1"];
  const { code, stderr } = await cli.run(["train", "train.csv", ...options, "--out", name]);
  if (code !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  cli = await buildCli();
  await table("train.csv", lines.slice(0, 500));
  await table("test.csv", lines.slice(500));
  await table(
    "yes.csv",
    lines.filter((row) => row.includes(",yes,")),
  );
  await train("model", { column: "y", positive: ["yes"], negative: ["no"] }, "binary", "amount");
  await train("amounts", { column: "amount", centre: 1000, scale: 50 }, "regression", "y");
});

afterAll(() => cli.remove());

describe("expunge evaluate", () => {
  it("prints accuracy beside the majority baseline first, then the rest", async () => {
    const { code, stdout } = await cli.run(["evaluate", "model", "test.csv"]);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([A-Za-z][\w "]*?) {2,}\S/gm)].map(([, name]) => name);
    expect(names.slice(0, 4)).toEqual(["rows", "accuracy", "majority baseline", "balanced accuracy"]);
    expect(stdout).toMatch(/recall of "yes" +0\.\d{4}\n/);
    expect(stdout).toMatch(/Confusion .*\n +no +yes\n {2}no +\d+ +\d+\n {2}yes +\d+ +\d+\n/);
    expect(stdout).toMatch(/Calibration of "yes"/);
  });

  it("prints all of it as JSON", async () => {
    const found = await cli.json<Summary>(["evaluate", "model", "test.csv"]);
    expect(found).toMatchObject({ rows: 100, rowCount: 100, task: "binary", threshold: 0.5 });
    expect(found.score).toBe(found.accuracy);
    expect(found.loss).toBeCloseTo(found.logLoss as number, 9);
    expect(found.confusion?.flat().reduce((a, b) => a + b, 0)).toBe(100);
  });

  it("moves with --threshold, and says loudly where all rows are called the same", async () => {
    const always = await cli.json<Summary>(["evaluate", "model", "test.csv", "--threshold", "0.000001"]);
    expect(always.classes[1]).toMatchObject({ predictedCount: 100 });
    expect(always.notes.map(({ code }) => code)).toContain("one-class-predicted");
    const { stdout } = await cli.run(["evaluate", "model", "test.csv", "--threshold", "0.000001"]);
    expect(stdout).toMatch(/WARNING one-class-predicted: The model calls every row "yes"/);
    for (const threshold of ["0", "1", "half"]) {
      const { error } = await cli.json<Failure>(
        ["evaluate", "model", "test.csv", "--threshold", threshold],
        2,
      );
      expect(error.code).toBe("E_OPTION");
    }
  });

  it("takes a file of one class", async () => {
    const found = await cli.json<Summary>(["evaluate", "model", "yes.csv"]);
    expect(found).toMatchObject({ auc: null, baseline: { label: "yes", share: 1 } });
    expect(found.recall).toBe(found.accuracy);
    const { code, stdout } = await cli.run(["evaluate", "model", "yes.csv"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/AUC +not defined\n/);
    expect(stdout).toMatch(/WARNING one-class-in-data/);
  });

  it("takes one row, and plain numbers of one class, coded as in training", async () => {
    await table("row.csv", lines.slice(0, 1));
    expect(await cli.json<Summary>(["evaluate", "model", "row.csv"])).toMatchObject({ rows: 1, auc: null });
    await writeFile(at("x.npy"), npyFile("(4, 1)", [1, 2, -1, -2]));
    await writeFile(at("y.npy"), npyFile("(4,)", [1, 1, 0, 0]));
    await writeFile(at("zeros.npy"), npyFile("(4,)", [0, 0, 0, 0]));
    const options = ["--epsilon", "1", "--delta", "1e-5", "--seed", "1", "--out", "numbers"];
    expect((await cli.run(["train", "x.npy", "--labels", "y.npy", ...options])).code).toBe(0);
    const found = await cli.json<Summary>(["evaluate", "numbers", "x.npy", "--labels", "zeros.npy"]);
    expect(found.classes.map(({ rowCount }) => rowCount)).toEqual([4, 0]);
  });

  it("draws the calibration", async () => {
    const { code, stdout } = await cli.run(["evaluate", "model", "test.csv", "--figure", "figures/cal.svg"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/drawn in figures\/cal\.svg/);
    const svg = await readFile(at("figures/cal.svg"), "utf8");
    expect(new Resvg(svg).render().width).toBe(520);
    expect(svg).toContain("“yes”");
  });

  it("judges a regression in the label's own unit, and draws none", async () => {
    const { stdout } = await cli.run(["evaluate", "amounts", "test.csv"]);
    expect(stdout).toMatch(/R squared +-?[\d.]+ {2}\(predicting the mean: 0\)/);
    const [, ofMean] = /mean absolute error .*predicting the mean: ([\d.]+)/.exec(stdout) as RegExpExecArray;
    // x is spread evenly over (-1/2, 1/2): |100 x| is 25 on average.
    expect(Number(ofMean)).toBeGreaterThan(23);
    expect(Number(ofMean)).toBeLessThan(27);
    const predicted = await cli.json<number[]>(["predict", "amounts", "test.csv"]);
    expect(predicted.every((value) => value > 800 && value < 1200)).toBe(true);
    const { error } = await cli.json<Failure>(["evaluate", "amounts", "test.csv", "--figure", "cal.svg"], 2);
    expect(error.message).toMatch(/objective huberRegression gives none/);
    const refused = await cli.json<Failure>(["evaluate", "amounts", "test.csv", "--threshold", "0.4"], 2);
    expect(refused.error.message).toMatch(/threshold is for two classes/);
  });
});
