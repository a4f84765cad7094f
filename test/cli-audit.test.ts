import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuditReport } from "expunge/audit";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateDemoData } from "../packages/lab/src/report/index.js";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

const data = generateDemoData({ rowCount: 600 });
const [first, second] = data.trainSubjects;
const few = ["--trials", "200", "--seed", "7", "--workers", "1"];
let cli: Cli;
const at = (...parts: string[]): string => join(cli.folder, ...parts);

beforeAll(async () => {
  cli = await buildCli();
  await writeFile(at("train.csv"), data.train);
  const schema = ["schema", "infer", "train.csv", "--label", "leaves", "--subject", "customer"];
  await cli.json([...schema, "--out", "schema.json"]);
  const promise = ["--epsilon", "1", "--delta", "1e-4", "--epochs", "5", "--batch-size", "32", "--l2", "0.1"];
  await cli.json(["train", "train.csv", "--schema", "schema.json", "--out", "model", ...promise]);
  const noise = ["--noise", "every-step"];
  await cli.json(["train", "train.csv", "--schema", "schema.json", "--out", "paper", ...promise, ...noise]);
});
afterAll(() => cli.remove());

describe("expunge audit", () => {
  it("gives a verdict of one page in plain words, on a row picked by a rule", async () => {
    const { code, stdout, stderr } = await cli.run(["audit", "model", ...few]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Privacy audit: consistent/);
    expect(stdout).toMatch(/Control, retrained models against retrained ones/);
    expect(stdout.replace(/\s+/g, " ")).toMatch(/audits the process with this plan.*not one given model/);
    expect(stdout).toMatch(/Nobody was named: row \d+ was picked/);
    expect(stdout.split("\n").length).toBeLessThan(50);
  });

  it("writes the whole report and a picture of the curve, and leaves the model as it was", async () => {
    const before = await readFile(at("model", "current"), "utf8");
    const report = await cli.json<AuditReport>([
      ...["audit", "model", ...few, "--subject", first as string],
      ...["--out", "audits/report.json", "--plot", "audits/curve.svg"],
    ]);
    expect(JSON.parse(await readFile(at("audits", "report.json"), "utf8"))).toEqual(report);
    expect(report).toMatchObject({ verdict: "consistent", trials: 200, isSeeded: true });
    expect(report.disclosure).toBeNull();
    expect(report.process).toMatchObject({ requesters: "independent", noise: { kind: "on-release" } });
    expect(report.process.constants.rowCount).toBe(data.trainRowCount);
    expect(await readFile(at("model", "current"), "utf8")).toBe(before);
    expect(await readdir(at("model", "certificates"))).toEqual([]);
    const svg = await readFile(at("audits", "curve.svg"), "utf8");
    const { document } = parseHTML(svg);
    expect(document.querySelector("svg")?.getAttribute("aria-label")).toMatch(/consistent\. Certified mu = /);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it("audits everything released where every step has noise, and says why not elsewhere", async () => {
    const audit = [...few, "--subject", first as string, "--disclosure"];
    const report = await cli.json<AuditReport>(["audit", "paper", ...audit]);
    expect(report.disclosure?.releases.length).toBeGreaterThan(0);
    expect(report.verdict).toBe("consistent");
    const { error } = await cli.json<Failure>(["audit", "model", ...audit], 2);
    expect(error.message).toMatch(/every-step/);
  });

  it("repeats a seeded audit, on a model that has forgotten somebody too", async () => {
    await cli.json(["forget", "model", "--subject", first as string]);
    const audit = ["audit", "model", ...few, "--subject", second as string];
    const report = await cli.json<AuditReport>(audit);
    expect(await cli.json<AuditReport>(audit)).toEqual(report);
    const gone = await cli.json<Failure>(["audit", "model", ...few, "--subject", first as string], 2);
    expect(gone.error.message).toMatch(/gone before/);
  });

  it.each<[string, string[], number, RegExp]>([
    ["too few trials", ["--trials", "10"], 2, /trials = 10 to be at least 50/],
    ["rows and subjects", ["--rows", "1", "--subject", "x"], 2, /not both/],
    ["a stranger", ["--subject", "nobody"], 6, /^--subject owns no row/],
    ["a confidence of 2", ["--trials", "50", "--confidence", "2"], 2, /confidence = 2/],
    ["a plot into a directory", ["--plot", "model"], 2, /is a directory/],
  ])("refuses %s", async (_, args, code, message) => {
    const { error } = await cli.json<Failure>(["audit", "model", ...args], code);
    expect(error.message).toMatch(message);
  });
});
