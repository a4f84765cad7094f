import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npyFile } from "../packages/expunge/testing/numpy-files.js";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

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

  it("lists a person's rows, as --rows counts them", async () => {
    const inspect = ["inspect", "model"];
    expect(await cli.json([...inspect, "--subject", "p7"])).toEqual({ rows: [14, 15], certificatePaths: [] });
    const { stdout } = await cli.run([...inspect, "--subjects-file", "-"], { input: "p7\n" });
    expect(stdout).toMatch(/^ +rows +14, 15 \(as --rows counts them, from 0\)\n$/);
    const { error } = await cli.json<Failure>([...inspect, "--subject", "nobody"], 6);
    expect(error.message).toMatch(/^The subject owns no row of this model/);
    expect(JSON.stringify(error)).not.toContain("nobody");
    await cli.json([...inspect, "--subjects-file", "ids.txt"], 2);
    await cli.json(["inspect", "ids.txt", "--subject", "p7"], 2);
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

describe("files that are written otherwise than the training data", () => {
  const lines = (from: number, count: number, cells: (i: number) => readonly string[], sign: string) =>
    Array.from({ length: count }, (_, i) => cells(from + i).join(sign)).join("\n");
  const label = (i: number): string => (xOf(i) > 0 ? ">50K" : "<=50K");
  /** The second of a table's rows has a plan that no schema knows. */
  const planOf = (i: number): string => (i % 100 === 1 ? "unheard of" : i % 2 === 0 ? "free" : "paid");
  const usual = (i: number): string[] => [`o${i}`, xOf(i).toFixed(4), planOf(i), label(i)];
  const other = (i: number): string[] => [
    `o${i}`,
    xOf(i).toFixed(4).replace(".", ","),
    planOf(i),
    `${label(i)}.`,
  ];
  const schema = {
    version: 1,
    task: "binary",
    label: { column: "income", positive: [">50K"], negative: ["<=50K"] },
    subject: "id",
    columns: [
      { name: "x", kind: "numeric", centre: 0, scale: 0.3 },
      { name: "plan", kind: "categorical", categories: ["free", "paid"], unknown: "ignore" },
    ],
  };
  const fileSchema = {
    ...schema,
    label: { column: "income", positive: [">50K."], negative: ["<=50K."] },
    columns: [{ ...schema.columns[0], number: { decimal: "," } }, schema.columns[1]],
    csv: { header: false, columnNames: ["id", "x", "plan", "income"], delimiter: ";", comment: "|" },
  };
  const header = "id,x,plan,income\n";
  const usualTest = [
    "train",
    "otherwise.csv",
    "--schema",
    "otherwise.json",
    "--seed",
    "1",
    "--max-noise",
    "5",
  ];
  const unlisted = 'a category of "plan" that the schema does not list, and counts as none';

  beforeAll(async () => {
    await writeFile(at("otherwise.csv"), `${header}${lines(0, ROWS, usual, ",")}\n`);
    await writeFile(at("usual-test.csv"), `${header}${lines(400, 60, usual, ",")}\n`);
    await writeFile(at("other-test.csv"), `|1x3 Cross validator\n${lines(400, 60, other, ";")}\n`);
    await writeFile(at("otherwise.json"), JSON.stringify(schema));
    await writeFile(at("file.json"), JSON.stringify(fileSchema));
    const trained = await cli.run([...usualTest, "--out", "otherwise"]);
    expect(trained).toMatchObject({ code: 0 });
  });

  it("say what the file's schema needs, and are then read as the model's", async () => {
    const refused = await cli.json<Failure>(["evaluate", "otherwise", "other-test.csv"], 3);
    expect(refused.error.message).toMatch(/Are lines that begin with "\|" comments\?/);
    const expected = await cli.json<{ score: number }>(["evaluate", "otherwise", "usual-test.csv"]);
    const given = ["other-test.csv", "--schema", "file.json"];
    const found = await cli.json<{ score: number; notes: { code: string; text: string; help: null }[] }>([
      "evaluate",
      "otherwise",
      ...given,
    ]);
    expect({ ...found, notes: [] }).toEqual({ ...expected, notes: [] });
    expect(found.notes.filter(({ code }) => code === "data")).toEqual([
      { code: "data", text: 'Labels are read "<=50K." as "<=50K", ">50K." as ">50K".', help: null },
      { code: "data", text: `1 of 60 rows has ${unlisted} (row 2).`, help: null },
    ]);
    const predicted = await Promise.all(
      [given, ["usual-test.csv"]].map(
        async (args) => (await cli.run(["predict", "otherwise", ...args])).stdout,
      ),
    );
    expect(predicted[0]).toBe(predicted[1]);
    expect(predicted[0]).toMatch(/^label\n/);
    const encoded = [...given, "--model", "otherwise", "--labels", "--out"];
    expect(await cli.json(["encode", ...encoded, "f.parquet"])).toMatchObject({ rows: 60 });
    const labels = 'Labels are read "<=50K." as "<=50K", ">50K." as ">50K".';
    expect((await cli.run(["encode", ...encoded, "f.parquet"])).stderr).toContain(labels);
    const alone = await cli.run(["encode", ...given, "--model", "otherwise", "--out", "f.parquet"]);
    expect(alone).toMatchObject({ code: 0 });
    expect(alone.stderr).not.toContain("Labels");
  });

  it("may not have other columns, categories or scales", async () => {
    const [x, plan] = fileSchema.columns;
    await writeFile(
      at("rescaled.json"),
      JSON.stringify({ ...fileSchema, columns: [{ ...x, scale: 3 }, plan] }),
    );
    const asked = ["evaluate", "otherwise", "other-test.csv", "--schema", "rescaled.json"];
    const { error } = await cli.json<Failure>(asked, 3);
    expect(error).toMatchObject({ code: "E_SCHEMA" });
    expect(error.message).toMatch(
      /^rescaled\.json: columns\.0\.scale is not as in the schema .* expected 0\.3, found 3\./,
    );
  });

  it("can be learned from, and be the test of a training, with their notes in the JSON too", async () => {
    const test = ["--test", "other-test.csv", "--test-schema", "file.json"];
    const trained = await cli.json<{ testScore: number; notes: string[] }>([
      ...usualTest,
      ...test,
      "--out",
      "w2",
    ]);
    expect(trained.testScore).toBeGreaterThan(0.9);
    expect(trained.notes).toContain(`3 of 300 rows have ${unlisted} (rows 2, 102, 202).`);
    expect(trained.notes).toContain(
      'other-test.csv: Labels are read "<=50K." as "<=50K", ">50K." as ">50K".',
    );
    expect(trained.notes).toContain(`other-test.csv: 1 of 60 rows has ${unlisted} (row 2).`);
    const asked = ["learn", "w2", "other-test.csv", "--schema", "file.json"];
    const note = `1 of 60 rows has ${unlisted} (row 2).`;
    const preview = await cli.json<{ notes: string[] }>([...asked, "--preview"]);
    expect(preview.notes).toContain(note);
    const learned = await cli.json<{ rowsNow: number; notes: string[] }>(asked);
    expect(learned).toMatchObject({ rowsNow: 360 });
    expect(learned.notes).toContain(note);
  });

  it("have notes wherever rows are read to judge a change by", async () => {
    const beside = ["--evaluate", "usual-test.csv"];
    const note = `usual-test.csv: 1 of 60 rows has ${unlisted} (row 2).`;
    const { stderr } = await cli.run(["forget", "otherwise", "--subject", "o5", "--preview", ...beside]);
    expect(stderr).toContain(`note: ${note}`);
    for (const more of [["--preview"], []])
      expect(await cli.json(["forget", "otherwise", "--subject", "o5", ...more, ...beside])).toMatchObject({
        notes: [note],
      });
    await writeFile(at("o7.csv"), `${header}o7,0.25,odd,>50K\n`);
    const own = `1 of 1 rows has ${unlisted} (row 1).`;
    expect(await cli.json(["correct", "otherwise", "o7.csv", ...beside])).toMatchObject({
      notes: [own, note],
    });
    expect(await cli.json(["predict", "otherwise", "o7.csv", "--out", "p.csv"])).toMatchObject({
      notes: [own],
    });
    const forgotten = { rows: [], certificatePaths: [expect.stringMatching(/certificates/)] };
    expect(await cli.json(["inspect", "otherwise", "--subject", "o5"])).toEqual(forgotten);
    expect(await cli.json(["inspect", "otherwise", "--subject", "o7"])).toMatchObject({ rows: [ROWS] });
    const tuned = [
      "tune",
      "otherwise.csv",
      "--schema",
      "otherwise.json",
      "--candidates",
      "2",
      "--trials",
      "1",
    ];
    const { notes } = await cli.json<{ notes: string[] }>([...tuned, "--requests", "1"]);
    expect(notes[0]).toMatch(/^3 of 300 rows have a category of "plan"/);
  });
});
