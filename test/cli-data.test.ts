import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npyFile } from "../packages/expunge/testing/numpy-files.js";
import { buildCli, type Cli } from "./cli-harness.js";

const ROWS = 300;
const xOf = (i: number): number => ((i * 0.6180339887498949) % 1) - 0.5;

let cli: Cli;
const at = (name: string): string => join(cli.folder, name);

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());

describe("expunge train on NumPy files", () => {
  beforeAll(async () => {
    const features = Float32Array.from({ length: 2 * ROWS }, (_, i) => xOf(i >> 1) * (i % 2 === 0 ? 1 : 0.5));
    await writeFile(at("x.npy"), npyFile(features, `${ROWS}, 2`));
    const labels = Float32Array.from({ length: ROWS }, (_, i) => (xOf(i) > 0 ? 2 : 1));
    await writeFile(at("y.npy"), npyFile(labels, `${ROWS},`));
    await writeFile(at("ids.txt"), Array.from({ length: ROWS }, (_, i) => `p${i >> 1}`).join("\n"));
  });

  it("says what it understood, keeps the labels' names, and knows the owners of a file", async () => {
    const given = ["--labels", "y.npy", "--subjects", "ids.txt", "--seed", "1"];
    const { code, stderr } = await cli.run(["train", "x.npy", ...given, "--out", "model"]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/Labels: binary; 2 classes: "1" \d+ rows, "2" \(positive\) \d+ rows\./);
    const { stdout } = await cli.run(["predict", "model", "x.npy"]);
    expect([...new Set(stdout.trim().split("\n"))].sort()).toEqual(["1", "2", "label"]);
    const { score } = await cli.json<{ score: number }>(["evaluate", "model", "x.npy", "--labels", "y.npy"]);
    expect(score).toBeGreaterThan(0.9);
    const preview = await cli.json<{ rowCount: number }>([
      "forget",
      "model",
      "--subject",
      "p7",
      "--preview",
      "--max-noise",
      "5",
    ]);
    expect(preview.rowCount).toBe(2);
  });
});

describe("expunge on ids that look alike", () => {
  it("notes them, and forgets by any spelling once the schema declares a form", async () => {
    const ids = ["Ann@x.org", " ann@x.org\u200b", "ANN@X.ORG"];
    const lines = Array.from(
      { length: ROWS },
      (_, i) => `"${ids[i] ?? `p${i}`}",${xOf(i).toFixed(4)},${xOf(i) > 0 ? "yes" : "no"}`,
    );
    await writeFile(at("t.csv"), `id,x,y\n${lines.join("\n")}\n`);
    const drafted = await cli.run([
      "schema",
      "infer",
      "t.csv",
      "--label",
      "y",
      "--subject",
      "id",
      "--out",
      "s.json",
    ]);
    expect(drafted.stderr).toMatch(/2 subject ids differ from another that looks the same: /);
    const schema = JSON.parse(await readFile(at("s.json"), "utf8"));
    await writeFile(at("s.json"), JSON.stringify({ ...schema, subjectForm: "NFC-trim-lower-case" }));
    const trained = await cli.run(["train", "t.csv", "--schema", "s.json", "--out", "formed"]);
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.stderr).not.toContain("looks the same");
    const asked = ["--subject", "ann@X.org", "--max-noise", "20", "--receipts", "receipts.jsonl"];
    const { rowCount, certificatePath } = await cli.json<{ rowCount: number; certificatePath: string }>([
      "forget",
      "formed",
      ...asked,
    ]);
    expect(rowCount).toBe(3);
    const check = (id: string) =>
      cli.json(["verify", certificatePath, "--subject", id, "--receipt", "receipts.jsonl"]);
    await check("ann@X.org");
    await check(" ANN@x.org");
    const asBob = await cli.run([
      "verify",
      certificatePath,
      "--subject",
      "bob@x.org",
      "--receipt",
      "receipts.jsonl",
    ]);
    expect(asBob).toMatchObject({ code: 1 });
    expect(asBob.stdout).toMatch(/SUBJECT [\s\S]*another subject, or another receipt/);

    const kept = await readFile(at("receipts.jsonl"), "utf8");
    const out = ["--out", "copy.json"];
    await writeFile(at("copy.json"), "a file of somebody's");
    await cli.json([
      "forget",
      "formed",
      "--subject",
      "nobody@x.org",
      "--skip-unknown",
      ...asked.slice(2),
      ...out,
    ]);
    expect(await readFile(at("copy.json"), "utf8")).toBe("a file of somebody's");
    const again = await cli.json<{ earlierCertificates: number }>(["forget", "formed", ...asked]);
    expect(again.earlierCertificates).toBe(1);
    expect(await readFile(at("receipts.jsonl"), "utf8")).toBe(kept);
    const another = ["--subject", "p5", ...asked.slice(2)];
    await cli.json(["forget", "formed", ...another]);
    const receipts = (await readFile(at("receipts.jsonl"), "utf8")).trimEnd().split("\n");
    expect(receipts).toHaveLength(2);
    expect(`${receipts[0]}\n`).toBe(kept);
    await check("ann@X.org");
  });

  it("are found in a service's answer of receipts, each person's own", async () => {
    await writeFile(at("two.txt"), "p6\np8\n");
    const { certificatePath } = await cli.json<{ certificatePath: string }>([
      ...["forget", "formed", "--subjects-file", "two.txt", "--max-noise", "20", "--receipts", "two.jsonl"],
    ]);
    const lines = (await readFile(at("two.jsonl"), "utf8")).trimEnd().split("\n");
    // It names nobody, and has receipts for other models too.
    const items = lines.map((line) => {
      const { certificateId, salt, proof } = JSON.parse(line);
      const other = { modelId: "another", certificateId: "another", salt, proof };
      return { receipts: [other, { modelId: "this", certificateId, salt, proof }] };
    });
    expect(items).toHaveLength(2);
    for (const [name, space] of [
      ["one-line.json", undefined],
      ["many-lines.json", 2],
    ] as const) {
      await writeFile(at(name), JSON.stringify({ items }, null, space));
      const ask = (id: string) => cli.run(["verify", certificatePath, "--subject", id, "--receipt", name]);
      for (const id of ["p6", "P8"]) expect(await ask(id), id).toMatchObject({ code: 0 });
      const stranger = await ask("p9");
      expect(stranger).toMatchObject({ code: 1 });
      expect(stranger.stdout).toMatch(/SUBJECT [\s\S]*another subject, or another receipt/);
    }
    await writeFile(at("none.json"), '{"items": []}');
    const none = await cli.run(["verify", certificatePath, "--subject", "p6", "--receipt", "none.json"]);
    expect(none.stderr).toMatch(/expected a receipt/);
  });
});
