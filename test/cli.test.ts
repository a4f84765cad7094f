import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeSafetensors } from "expunge";
import { parseSchema, readFeatureRows, readTable } from "expunge/data";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateDemoData } from "../packages/lab/src/report/index.js";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

const data = generateDemoData({ rowCount: 3000 });
const first = data.trainSubjects[0]!;
const second = data.trainSubjects[1]!;
const train = ["train", "train.csv", "--schema", "schema.json", "--epsilon", "1", "--delta", "1e-5"];
let cli: Cli;
const at = (...parts: string[]): string => join(cli.folder, ...parts);
const text = (...parts: string[]): Promise<string> => readFile(at(...parts), "utf8");

interface Forgotten {
  readonly certificateId: string;
  readonly certificatePath: string;
  readonly salt: string;
  readonly rowCount: number;
  readonly epsilon: number;
}

/** A table without some of its columns. */
function without(csv: string, ...columns: string[]): string {
  const [header = [], ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const kept = (cells: string[]): string => cells.filter((_, i) => !columns.includes(header[i]!)).join(",");
  return `${[header, ...rows].map(kept).join("\n")}\n`;
}

beforeAll(async () => {
  cli = await buildCli();
  await writeFile(at("train.csv"), data.train);
  await writeFile(at("test.csv"), data.test);
  await writeFile(at("new.csv"), without(data.test, "customer", "leaves"));
});
afterAll(() => cli.remove());

describe("from a table to a certificate", () => {
  let forgotten: Forgotten;

  it("drafts a schema, once, and checks it", async () => {
    const infer = [
      "schema",
      "infer",
      "train.csv",
      "--label",
      "leaves",
      "--subject",
      "customer",
      "--out",
      "schema.json",
    ];
    const { code, stdout, stderr } = await cli.run(infer);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Wrote schema.json")]);
    expect(stderr).toContain("PUBLIC");
    const again = await cli.json<Failure>(infer, 2);
    expect(again.error.message).toContain("--force");
    const drafted = await cli.json<{ schema: object; notes: string[] }>([...infer, "--force"]);
    await cli.json([...infer.slice(0, -1), "new/folder/schema.json"]);
    expect(await text("new/folder/schema.json")).toBe(await text("schema.json"));
    const { label, columns, ...rest } = JSON.parse(await text("schema.json"));
    // The file has a note on the label and on every column, for whoever edits it.
    const noted = [label, ...columns].map(({ note, ...column }) => ({ note, column }));
    expect(noted.every(({ note }) => typeof note === "string")).toBe(true);
    const [bareLabel, ...bareColumns] = noted.map(({ column }) => column);
    expect(drafted.schema).toEqual({ ...rest, label: bareLabel, columns: bareColumns });
    const checked = await cli.json(["schema", "check", "test.csv", "--schema", "schema.json"]);
    expect(checked).toMatchObject({ rows: data.testRowCount, labels: ["no", "yes"] });
  });

  it("trains, and says at once that a directory is taken", async () => {
    const fit = [...train, "--out", "model", "--test", "test.csv"];
    const summary = await cli.json<{ testScore: number; notes: string[] }>(fit);
    expect(summary).toMatchObject({
      rows: data.trainRowCount,
      target: { epsilon: 1, delta: 1e-5 },
      requesters: "independent",
      noise: { kind: "on-release" },
    });
    // The made-up columns have long tails.
    for (const note of summary.notes) expect(note).toMatch(/ more than 10 scales from its centre \(rows? /);
    expect(summary.testScore).toBeGreaterThan(0.7);
    const taken = await cli.json<Failure>([...train, "--out", "model"], 8);
    expect(taken.error).toMatchObject({
      code: "E_MODEL",
      message: expect.stringContaining("model is not empty"),
    });
  });

  it("evaluates as the model does", async () => {
    const { score, rows } = await cli.json(["evaluate", "model", "test.csv"]);
    expect(rows).toBe(data.testRowCount);
    const { code, stdout } = await cli.run(["evaluate", "model", "test.csv"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/accuracy/);
    const labels = data.test.trimEnd().split("\n").slice(1);
    const predicted = await cli.json<string[]>(["predict", "model", "test.csv"]);
    const right = labels.filter((line, i) => line.endsWith(`,${predicted[i]}`)).length;
    expect(right / labels.length).toBeCloseTo(score as number, 12);
  });

  it("predicts the same with and without label and subject columns, and a single row too", async () => {
    const whole = await cli.run(["predict", "model", "test.csv"]);
    const bare = await cli.run(["predict", "model", "new.csv"]);
    expect([bare.code, bare.stdout]).toEqual([0, whole.stdout]);
    const lines = bare.stdout.trimEnd().split("\n");
    expect(lines.length).toBe(data.testRowCount + 1);
    expect(lines[0]).toBe("label");
    expect(new Set(lines.slice(1))).toEqual(new Set(["no", "yes"]));
    await writeFile(at("one.csv"), (await text("new.csv")).split("\n").slice(0, 2).join("\n"));
    const probability = await cli.run(["predict", "model", "one.csv", "--probability"]);
    expect(probability.stdout).toMatch(/^p_yes\n0\.\d+\n$/);
    expect(await cli.json(["predict", "model", "one.csv"])).toEqual([lines[1]]);
  });

  it("refuses a schema that is not the model's", async () => {
    const other = JSON.parse(await text("schema.json"));
    await writeFile(at("other.json"), JSON.stringify({ ...other, intercept: 0.5 }));
    for (const command of ["predict", "evaluate"]) {
      const { error } = await cli.json<Failure>([command, "model", "test.csv", "--schema", "other.json"], 3);
      expect(error.message).toMatch(
        /^other\.json: intercept is not as in the schema that the model was .* found 0\.5/,
      );
    }
  });

  it("previews without changing anything", async () => {
    const before = await text("model", "current");
    const preview = await cli.json<{ steps: number; retrainSteps: number }>([
      "forget",
      "model",
      "--subject",
      first,
      "--preview",
      "--evaluate",
      "test.csv",
    ]);
    expect(preview.steps).toBeLessThan(preview.retrainSteps);
    expect(preview).toMatchObject({ expectedScoreChange: expect.any(Number) });
    const { stdout } = await cli.run(["forget", "model", "--subject", first, "--preview"]);
    expect(stdout).toMatch(/nothing was changed/);
    expect(await text("model", "current")).toBe(before);
    expect(await readdir(at("model", "certificates"))).toEqual([]);
  });

  it("forgets, and verifies the certificate with the key of this user", async () => {
    forgotten = await cli.json<Forgotten>([
      "forget",
      "model",
      "--subject",
      first,
      "--out",
      "out/copy.json",
      "--evaluate",
      "test.csv",
    ]);
    expect(forgotten.epsilon).toBeLessThanOrEqual(1);
    expect(await text("out", "copy.json")).toBe(await text(forgotten.certificatePath));
    const verify = ["verify", forgotten.certificatePath, "--model", "model"];
    const plain = await cli.run(verify);
    expect([plain.code, plain.stdout]).toEqual([0, expect.stringContaining("The certificate holds.")]);
    const verified = await cli.json([...verify, "--subject", first, "--salt", forgotten.salt]);
    expect(verified).toMatchObject({ ok: true, issues: [] });
    const stranger = await cli.json([...verify, "--subject", second, "--salt", forgotten.salt], 1);
    expect(stranger).toMatchObject({ ok: false });
  });

  it("answers with the earlier certificate when asked again", async () => {
    const before = await text("model", "current");
    const again = await cli.json(["forget", "model", "--subject", first]);
    expect(again).toMatchObject({
      certificateId: null,
      earlierCertificates: 1,
      earlierCertificatePaths: [forgotten.certificatePath],
    });
    const { stdout } = await cli.run(["forget", "model", "--subject", first]);
    expect(stdout).toContain(forgotten.certificatePath);
    expect(await text("model", "current")).toBe(before);
  });

  it("takes subjects from standard input, and has several people say what becomes of their receipts", async () => {
    const asked = ["forget", "model", "--subjects-file", "-", "--json"];
    const input = `${second}\n\n${first}\n`;
    const before = await text("model", "current");
    const refused = await cli.run(asked, { input });
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stderr).error.message).toMatch(
      /names 2 people: give --receipts FILE, or --no-receipts\. .* cannot be made later/,
    );
    expect(await text("model", "current")).toBe(before);
    const both = ["forget", "model", "--subject", first, "--subject", second, "--preview"];
    expect((await cli.run(both)).stdout).toMatch(/needs --receipts FILE, or --no-receipts/);
    expect((await cli.run([...both, "--no-receipts"])).stdout).not.toMatch(/receipts/);
    expect((await cli.run(["forget", "model", "--rows", "0", "--preview"])).stdout).not.toMatch(/receipts/);
    const { code, stdout } = await cli.run([...asked, "--no-receipts"], { input });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ earlierCertificates: 1 });
  });

  it("finds a tampered certificate, naming the field, and another key", async () => {
    const envelope = JSON.parse(await text("out", "copy.json"));
    const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString());
    statement.predicate.erasure.epsilon /= 2;
    const payload = Buffer.from(JSON.stringify(statement)).toString("base64");
    await writeFile(at("tampered.json"), JSON.stringify({ ...envelope, payload }));
    const { issues } = await cli.json<{ issues: { code: string; path: string }[] }>(
      ["verify", "tampered.json"],
      1,
    );
    // The signature comes first: what nobody signed is not looked at.
    expect(issues.map(({ code }) => code)).toEqual(["SIGNATURE"]);
    const plain = await cli.run(["verify", "tampered.json"]);
    expect([plain.code, plain.stdout]).toEqual([1, expect.stringContaining("SIGNATURE")]);

    // Editors put a mark in front, PowerShell writes UTF-16.
    for (const encoding of ["utf8", "utf16le"] as const) {
      await writeFile(at("marked.json"), `\ufeff${await text("out", "copy.json")}`, encoding);
      await cli.json(["verify", "marked.json"]);
      expect((await cli.run(["inspect", "marked.json"])).code).toBe(0);
    }

    await writeFile(at("wrong.pub"), "ab".repeat(32));
    const wrong = await cli.json(["verify", "out/copy.json", "--public-key", "wrong.pub"], 1);
    expect(wrong).toMatchObject({ issues: [{ code: "SIGNATURE" }] });
    // Without the model the others are given by hand.
    const later = (await readdir(at("model", "certificates"))).find(
      (name) => name !== `${forgotten.certificateId}.json`,
    );
    const newest = ["verify", `model/certificates/${later}`];
    const alone = await cli.run(newest);
    expect([alone.code, alone.stdout]).toEqual([
      0,
      expect.stringContaining("no certificate of the request before it"),
    ]);
    const beside = await cli.run([...newest, "--chain", "model/certificates"]);
    expect([beside.code, beside.stdout]).toEqual([
      0,
      expect.not.stringContaining("no certificate of the request"),
    ]);
    expect((await cli.run([...newest, "--chain", "out/copy.json"])).stdout).toBe(beside.stdout);
    const strange = await cli.json<Failure>([...newest, "--chain", "tampered.json"], 10);
    expect(strange.error.message).toMatch(/^tampered\.json was not signed by the issuer's key/);
    // The model has gone on: the chain of its later certificates leads to it.
    const moved = await cli.run(["verify", "out/copy.json", "--model", "model"]);
    expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining("The certificate holds.")]);
  });

  it("inspects a model and a certificate", async () => {
    const model = await cli.json<{ requestCount: number; rowsNow: number; rowsAtStart: number }>([
      "inspect",
      "model",
    ]);
    expect(model.requestCount).toBe(2);
    expect(model.rowsAtStart - model.rowsNow).toBeGreaterThanOrEqual(forgotten.rowCount + 1);
    const { stdout } = await cli.run(["inspect", "model"]);
    expect(stdout).toMatch(/2 requests served/);
    expect(stdout).toMatch(/kernel's build here +(relaxed-)?simd\n/);
    const statement = await cli.json(["inspect", "out/copy.json"]);
    expect(statement).toMatchObject({ predicate: { certificateId: forgotten.certificateId } });
    const unchecked = (await cli.run(["inspect", "out/copy.json"])).stdout;
    expect(unchecked).toContain(forgotten.certificateId);
    expect(unchecked).toMatch(/^ +claimed +epsilon = 1 at delta/m);
    expect(unchecked).not.toContain("proved  ");
  });

  it("exports the weights as safetensors and JSON", async () => {
    await cli.json(["export", "model", "--out", "exported/w.safetensors"]);
    await cli.json(["export", "model", "--format", "json", "--out", "exported/w.json"]);
    const { tensors } = decodeSafetensors(new Uint8Array(await readFile(at("exported", "w.safetensors"))));
    const { weights } = JSON.parse(await text("exported", "w.json"));
    expect(weights).toEqual([Array.from(tensors.weights!.data as ArrayLike<number>)]);
  });

  it("exports ONNX that a real runtime runs as predict does, to 1e-5, from scaled rows and from raw ones", async () => {
    const expected = await cli.json<number[]>(["predict", "model", "new.csv", "--probability"]);
    const labels = await cli.json<string[]>(["predict", "model", "new.csv"]);
    const schema = parseSchema(await text("schema.json"));
    const scaled = await readTable(at("test.csv"), schema);
    const raw = await readFeatureRows(at("new.csv"), schema);
    for (const [flags, features, width] of [
      [[], scaled.features, scaled.featureCount],
      [["--raw-rows"], Float32Array.from(raw.flatMap((row) => [...row])), raw[0]!.length],
    ] as const) {
      await cli.json(["export", "model", "--format", "onnx", "--out", "exported/m.onnx", ...flags]);
      const session = await InferenceSession.create(
        new Uint8Array(await readFile(at("exported", "m.onnx"))),
        {
          executionProviders: ["wasm"],
        },
      );
      const output = await session.run({
        features: new Tensor("float32", features, [expected.length, width]),
      });
      const probability = output.probability!.data as Float32Array;
      const label = output.label!.data as string[];
      expected.forEach((p, i) => {
        expect(Math.abs(probability[i]! - p)).toBeLessThan(1e-5);
        if (Math.abs(p - 0.5) > 1e-5) expect(label[i]).toBe(labels[i]);
      });
      await session.release();
    }
  });
});
