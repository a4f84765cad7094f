import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { asyncBufferFromFile } from "hyparquet/src/node.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelCard } from "../packages/expunge/src/cli/model-card.js";
import { readTable } from "../packages/expunge/src/data/index.js";
import { parseNpy } from "../packages/expunge/src/data/parse-npy.js";
import { parseNpyIds } from "../packages/expunge/src/data/parse-npy-ids.js";
import { parseSchema } from "../packages/expunge/src/data/schema.js";
import { NPY_HEADER_BYTES } from "../packages/expunge/src/export/npy.js";
import { buildCli, type Cli } from "./cli-harness.js";

const ROWS = 400;
const xOf = (i: number): number => ((i * 0.6180339887498949) % 1) - 0.5;
const FORGOTTEN = "p7";
const WIDTH = 4;

let cli: Cli;
const at = (name: string): string => join(cli.folder, name);
const bytes = async (name: string): Promise<Uint8Array> => new Uint8Array(await readFile(at(name)));
const isGone = (i: number): boolean => i >> 1 === 7;

beforeAll(async () => {
  cli = await buildCli();
  const lines = Array.from(
    { length: ROWS },
    (_, i) => `p${i >> 1},${xOf(i).toFixed(4)},${"ab"[i % 2]},${xOf(i) > 0 ? "yes" : "no"}`,
  );
  await writeFile(at("t.csv"), `id,x,kind,y\n${lines.join("\n")}\n`);
  const schema = {
    version: 1,
    task: "binary",
    label: { column: "y", positive: ["yes"], negative: ["no"] },
    subject: "id",
    columns: [
      { name: "x", kind: "numeric", centre: 0, scale: 0.3 },
      { name: "kind", kind: "categorical", categories: ["a", "b"] },
    ],
    intercept: 0.5,
  };
  await writeFile(at("s.json"), JSON.stringify(schema));
  await cli.json(["train", "t.csv", "--schema", "s.json", "--out", "model"]);
  await cli.json(["forget", "model", "--subject", FORGOTTEN]);
});
afterAll(() => cli.remove());

async function parquet(name: string) {
  const file = await asyncBufferFromFile(at(name));
  const { key_value_metadata = [] } = await parquetMetadataAsync(file);
  const facts = Object.fromEntries(key_value_metadata.map(({ key, value }) => [key, value]));
  return { rows: await parquetReadObjects({ file }), facts };
}

/** The rows that nobody was forgotten of, as the model saw them. */
async function keptRows() {
  const dataset = await readTable(at("t.csv"), parseSchema(await readFile(at("s.json"), "utf8")));
  const kept = Array.from({ length: ROWS }, (_, i) => i).filter((i) => !isGone(i));
  return {
    kept,
    rows: kept.map((i) => [...dataset.features.subarray(i * WIDTH, (i + 1) * WIDTH)]),
    labels: kept.map((i) => (xOf(i) > 0 ? "yes" : "no")),
    schemaDigest: dataset.schemaDigest,
  };
}

describe("expunge encode", () => {
  it("writes Parquet: what the model sees of the file, labels by name, no row of the forgotten, no id", async () => {
    const args = ["encode", "t.csv", "--model", "model", "--labels", "--out", "f.parquet"];
    const { code, stderr } = await cli.run(args);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "Left out, for the model has forgotten whose they are: 2 rows (rows 15, 16).\n",
    });
    const { rows, labels, schemaDigest } = await keptRows();
    const { rows: found, facts } = await parquet("f.parquet");
    const names = ["x", "kind = a", "kind = b", "intercept"];
    expect(Object.keys(found[0] as object)).toEqual([...names, "y"]);
    expect(found.map((row) => names.map((name) => row[name]))).toEqual(rows);
    expect(found.map(({ y }) => y)).toEqual(labels);
    const { digest, model } = await cli.json<ModelCard>(["card", "model"]);
    expect(facts).toMatchObject({
      "expunge.kind": "features",
      "expunge.model": digest,
      "expunge.certificate": model.newestCertificates[0],
      "expunge.schemaDigest": schemaDigest,
      "expunge.rows": "scaled",
      "expunge.scaling": '{"kind":"l2","intercept":0.5}',
      "expunge.labelNames": '["no","yes"]',
    });
    expect(await readdir(cli.folder)).not.toContainEqual(expect.stringMatching(/partial/));
  });

  it("writes the same to .npy, its columns beside it, the labels in a file of their own", async () => {
    const args = ["encode", "t.csv", "--model", "model", "--labels", "l.npy", "--out", "f.npy"];
    expect(await cli.json(args)).toEqual({ file: "f.npy", rows: 398, columns: 4, leftOut: [15, 16] });
    const { rows, labels } = await keptRows();
    const { shape, data } = parseNpy(await bytes("f.npy"), "f.npy");
    expect([shape, Array.from(data)]).toEqual([[398, 4], rows.flat()]);
    expect(parseNpyIds(await bytes("l.npy"), "l.npy")).toEqual(labels);
    expect(JSON.parse(await readFile(at("f.npy.json"), "utf8"))).toMatchObject({
      "expunge.kind": "features",
      columns: ["x", "kind = a", "kind = b", "intercept"],
    });
  });

  it("needs no model, and takes raw rows too", async () => {
    await cli.json(["encode", "t.csv", "--schema", "s.json", "--raw-rows", "--out", "raw.parquet"]);
    const { rows, facts } = await parquet("raw.parquet");
    expect(rows).toHaveLength(ROWS);
    expect(rows[3]).toEqual({ x: Number(xOf(3).toFixed(4)) / 0.3, "kind = a": 0, "kind = b": 1 });
    expect(facts["expunge.rows"]).toBe("before scaling");
    expect(facts["expunge.model"]).toBeUndefined();
  });

  it.each([
    [["t.csv", "--model", "model", "--out", "f.csv"], "E_OPTION", /end in \.parquet or \.npy/],
    [["t.csv", "--out", "f.npy"], "E_OPTION", /Give --model DIRECTORY or --schema FILE/],
    [["t.csv", "--model", "model", "--labels", "l.npy", "--out", "g.parquet"], "E_OPTION", /are a column/],
    [["t.csv", "--model", "model", "--out", "g.npy", "--labels"], "E_OPTION", /give --labels FILE\.npy/],
    [["f.npy", "--model", "model", "--out", "g.npy"], "E_DATA", /holds numbers already/],
    [["anonymous.csv", "--model", "model", "--out", "g.npy"], "E_DATA", /keep the subject column/],
    [["broken.csv", "--model", "model", "--out", "g.npy"], "E_DATA", /row 2/],
  ])("refuses %j", async (args, code, message) => {
    await writeFile(at("anonymous.csv"), "x,kind\n0.1,a\n");
    await writeFile(at("broken.csv"), "id,x,kind\nann,0.1,a\nbob,?!,a\n");
    const { error } = await cli.json<{ error: { code: string; message: string } }>(
      ["encode", ...args],
      code === "E_OPTION" ? 2 : 3,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await readdir(cli.folder)).not.toContainEqual(expect.stringMatching(/^g\.|partial/));
  });
});

describe("expunge predict --out", () => {
  it("writes the CSV that it prints, and Parquet of the same", async () => {
    for (const flags of [[], ["--probability"]]) {
      const { stdout } = await cli.run(["predict", "model", "t.csv", ...flags]);
      await cli.json(["predict", "model", "t.csv", ...flags, "--out", "p.csv"]);
      expect(await readFile(at("p.csv"), "utf8")).toBe(stdout);
      const summary = await cli.json(["predict", "model", "t.csv", ...flags, "--out", "p.parquet"]);
      const [header, ...lines] = stdout.trim().split("\n") as [string, ...string[]];
      expect(summary).toEqual({ file: "p.parquet", rows: ROWS, notes: [], columns: [header] });
      const { rows, facts } = await parquet("p.parquet");
      expect(rows.map((row) => String(row[header]))).toEqual(lines);
      expect(facts).toMatchObject({ "expunge.kind": "predictions", "expunge.model": expect.any(String) });
    }
    const { error } = await cli.json<{ error: object }>(["predict", "model", "t.csv", "--out", "p.txt"], 2);
    expect(error).toMatchObject({ message: expect.stringContaining(".csv or .parquet") });
  });
});

describe("expunge export --format npz", () => {
  it("holds the very model: with encoded rows it predicts what predict says, to 1e-12", async () => {
    await cli.json(["export", "model", "--format", "npz", "--out", "model.npz"]);
    await cli.json(["encode", "t.csv", "--model", "model", "--out", "rows.npy"]);
    const files = unzipSync(await bytes("model.npz"));
    const array = (name: string) => parseNpy(files[`${name}.npy`] as Uint8Array, name).data;
    const rows = parseNpy(await bytes("rows.npy"), "rows.npy").data;
    const said = await cli.json<number[]>(["predict", "model", "t.csv", "--probability"]);
    said
      .filter((_, i) => !isGone(i))
      .forEach((p, i) => {
        let sum = array("intercept")[0] as number;
        for (let k = 0; k < WIDTH; k++) sum += rows[i * WIDTH + k]! * (array("coef")[k] as number);
        expect(Math.abs(1 / (1 + Math.exp(-sum)) - p)).toBeLessThan(1e-12);
      });
    const names = parseNpyIds(files["feature_names.npy"] as Uint8Array, "");
    expect(names).toEqual(["x", "kind = a", "kind = b", "intercept"]);
    const text = (files["metadata.npy"] as Uint8Array).slice(NPY_HEADER_BYTES);
    const facts = String.fromCodePoint(...new Uint32Array(text.buffer));
    expect(JSON.parse(facts)).toMatchObject({ "expunge.kind": "weights" });
  });
});

describe("expunge card", () => {
  it("says what evaluate, inspect and verify say, in JSON and in Markdown", async () => {
    const card = await cli.json<ModelCard>(["card", "model", "--data", "t.csv"]);
    const evaluation = await cli.json<Record<string, unknown>>(["evaluate", "model", "t.csv"]);
    const inspected = await cli.json<Record<string, unknown>>(["inspect", "model"]);
    const [id] = card.model.newestCertificates as [string];
    const verified = await cli.json<{ holds: object }>(["verify", `model/certificates/${id}.json`]);
    expect(card).toMatchObject({ name: "model", task: "binary", evaluation: { rowsFrom: "t.csv" } });
    expect(evaluation).toMatchObject({ accuracy: (card.evaluation as { accuracy: number }).accuracy });
    expect(inspected).toMatchObject(card.model);
    expect(card.proved).toMatchObject({ certificateId: id, holds: verified.holds });
    const { stdout } = await cli.run(["card", "model", "--data", "t.csv", "--name", "Who: churns"]);
    expect(stdout).toMatch(/^---\nlibrary_name: expunge\npipeline_tag: tabular-classification\n/);
    expect(stdout).toContain('- name: "Who: churns"');
    expect(stdout).toMatch(/- type: accuracy\n {6}value: \d/);
    expect(stdout).toContain("Requests served: 1; rows removed: 2.");
    expect(stdout).toMatch(/Proved: epsilon = 1 at delta = .*, for people whose request does not depend/);
    expect(stdout).toContain("[More Information Needed]");
    for (const text of [stdout, JSON.stringify(card)]) {
      expect(text).not.toContain(cli.folder);
      expect(text).not.toMatch(/\bp\d+\b/);
    }
    await cli.json(["card", "model", "--out", "card.json"]);
    expect(JSON.parse(await readFile(at("card.json"), "utf8"))).toMatchObject({ evaluation: null });
    await cli.json(["card", "model", "--out", "card.md"]);
    expect(await readFile(at("card.md"), "utf8")).toContain("(expunge card --data FILE measures it)");
  });

  it("repeats no claim that does not verify, and claims nothing before a request or of a seeded model", async () => {
    const strange = "aa".repeat(32);
    const { error } = await cli.json<{ error: object }>(["card", "model", "--public-key", strange], 10);
    expect(error).toMatchObject({ code: "E_CERTIFICATE", message: expect.stringContaining("SIGNATURE") });
    await cli.json(["train", "t.csv", "--schema", "s.json", "--out", "new"]);
    expect(await cli.json(["card", "new"])).toMatchObject({ proved: null });
    expect((await cli.run(["card", "new"])).stdout).toContain("Nothing is proved of anybody yet");
    await cli.json(["train", "t.csv", "--schema", "s.json", "--out", "seeded", "--seed", "1"]);
    await cli.json(["forget", "seeded", "--subject", "p1"]);
    expect(await cli.json(["card", "seeded"])).toMatchObject({ proved: null });
    expect((await cli.run(["card", "seeded"])).stdout).toContain("the run is seeded");
  });
});

describe("a model with a feature map", () => {
  it("is trained, inspected, exported and asked by the command line", async () => {
    const map = ["--features", "fourier", "--feature-count", "30", "--feature-seed", "chosen before"];
    await cli.json(["train", "t.csv", "--schema", "s.json", "--out", "mapped", ...map]);
    const { stdout } = await cli.run(["inspect", "mapped"]);
    expect(stdout).toMatch(
      /feature map +fourier, 30, bandwidth [\d.]+ \(read off rows\), seed "chosen before"/,
    );
    const forgotten = await cli.json<{ certificate: string }>(["forget", "mapped", "--subject", FORGOTTEN]);
    expect(JSON.stringify(forgotten)).toContain("certificate");
    const { rows } = await cli.json<{ rows: number }>(["predict", "mapped", "t.csv", "--out", "mapped.csv"]);
    expect(rows).toBe(ROWS);
    await cli.json(["export", "mapped", "--format", "onnx", "--raw-rows", "--out", "mapped.onnx"]);
    expect((await bytes("mapped.onnx")).length).toBeGreaterThan(4 * 30 * WIDTH);
    const refused = await cli.run(["export", "mapped", "--format", "npz", "--out", "mapped.npz"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("this one has features of kind fourier. Use --format onnx.");
  });
});
