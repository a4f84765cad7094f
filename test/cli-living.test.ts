import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

const ROWS = 320;
const xOf = (i: number): number => ((i * 0.6180339887498949) % 1) - 0.5;
const line = (id: string, i: number): string => `${id},${xOf(i).toFixed(4)},${xOf(i) > 0 ? "yes" : "no"}`;
const SCHEMA = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["yes"], negative: ["no"] },
  subject: "id",
  columns: [{ name: "x", kind: "numeric", centre: 0, scale: 0.3 }],
  intercept: 0.5,
};

let cli: Cli;
const at = (...parts: string[]): string => join(cli.folder, ...parts);
const table = (name: string, lines: readonly string[]): Promise<void> =>
  writeFile(at(name), `id,x,y\n${lines.join("\n")}\n`);

interface Corrected {
  readonly certificatePath: string;
  readonly salt: string;
  readonly rows: readonly number[];
}

beforeAll(async () => {
  cli = await buildCli();
  await table(
    "people.csv",
    Array.from({ length: ROWS }, (_, i) => line(`p${i}`, i)),
  );
  await table(
    "october.csv",
    Array.from({ length: 30 }, (_, i) => line(`q${i}`, 500 + i)),
  );
  await writeFile(at("s.json"), JSON.stringify(SCHEMA));
  await cli.json(["train", "people.csv", "--schema", "s.json", "--out", "model", "--batch-size", "32"]);
});
afterAll(() => cli.remove());

describe("a model that goes on learning, by commands", () => {
  it("previews a lesson, and then takes the rows in", async () => {
    const before = await readFile(at("model", "current"), "utf8");
    const preview = await cli.json(["learn", "model", "october.csv", "--epochs", "2", "--preview"]);
    expect(preview).toEqual({
      rowCount: 30,
      steps: 22,
      gradientEvaluations: 704,
      batchCountBefore: 10,
      batchCountAfter: 11,
      notes: [],
    });
    expect(await readFile(at("model", "current"), "utf8")).toBe(before);
    const once = await cli.run(["learn", "model", "october.csv", "--preview"]);
    expect(once.stdout).toMatch(/, 1 epoch \(training/);
    const shown = await cli.run(["learn", "model", "october.csv", "--epochs", "2", "--preview"]);
    expect(shown.stdout).toMatch(/22, 2 epochs \(training: [\d,]+\)/);
    const { code, stdout } = await cli.run(["learn", "model", "october.csv", "--epochs", "2"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Learned: 30 rows joined, 22 steps/)]);
    expect(stdout).toMatch(/320 to 349/);
    const more = ["learn", "model", "october.csv", "--steps", "5", "--evaluate", "people.csv"];
    const again = await cli.json<{ scoreAfter: number }>(more);
    expect(again).toMatchObject({ firstRow: 350, lastRow: 379, rowsNow: 380, steps: 5 });
    expect(again.scoreAfter).toBeGreaterThan(0.8);
  });

  it("corrects whose rows the data name, with certificates and receipts", async () => {
    await table("corrections.csv", [line("p3", 701), line("p9", 702)]);
    const preview = await cli.json(["correct", "model", "corrections.csv", "--preview"]);
    expect(preview).toMatchObject({ rowCount: 2, earlierCertificates: [] });
    const receipts = ["--receipts", "receipts.jsonl", "--out", "corrected.json"];
    const two = await cli.json<Corrected>(["correct", "model", "corrections.csv", ...receipts]);
    expect(two).toMatchObject({ rowCount: 2, rows: [380, 381], receipts: 2 });
    const verify = [
      ...["verify", "corrected.json", "--model", "model"],
      ...["--subject", "p9", "--receipt", "receipts.jsonl"],
    ];
    expect(await cli.json([...verify, "--corrected"], 0)).toMatchObject({ ok: true });
    const asForgotten = await cli.run(verify);
    expect([asForgotten.code, asForgotten.stdout]).toEqual([1, expect.stringMatching(/SUBJECT_ASKED/)]);
    const shown = await cli.run([...verify, "--corrected"]);
    expect(shown.stdout).toMatch(/It covers p9: their record was corrected, not deleted\./);
    await table("one.csv", [line("p4", 703)]);
    const one = await cli.json<Corrected>(["correct", "model", "one.csv", "--subject", "p4"]);
    const salted = ["verify", one.certificatePath, "--model", "model", "--subject", "p4", "--corrected"];
    expect(await cli.json([...salted, "--salt", one.salt])).toMatchObject({ ok: true });
    const byNumber = await cli.run(["correct", "model", "one.csv", "--rows", String(one.rows[0])]);
    expect([byNumber.code, byNumber.stdout]).toEqual([
      0,
      expect.stringMatching(/Corrected: 1 row, now number 383/),
    ]);
  });

  it("shows in inspect and a certificate what joined, and goes on forgetting", async () => {
    const forgotten = await cli.json<{ certificatePath: string }>(["forget", "model", "--subject", "q0"]);
    expect(forgotten).toMatchObject({ rowCount: 2 });
    const summary = await cli.json(["inspect", "model"]);
    expect(summary).toMatchObject({
      rowsAtStart: 320,
      rowsJoined: 64,
      rowsNow: 378,
      subjectsNow: 349,
      lessons: 2,
      requestCount: 4,
      stepsPerEpoch: 12,
    });
    const { stdout } = await cli.run(["inspect", "model"]);
    expect(stdout).toMatch(/378: 320 at the start, 64 joined since/);
    const certificate = await cli.run(["inspect", forgotten.certificatePath]);
    expect(certificate.stdout).toMatch(/rows that joined so far +64, corrected ones among them; 2 lessons/);
    const all = (await readdir(at("model", "certificates"))).map((name) => at("model", "certificates", name));
    expect(all).toHaveLength(4);
    for (const path of all) expect((await cli.run(["verify", path])).code).toBe(0);
    expect((await cli.run(["card", "model"])).stdout).toMatch(/rows removed: 6\./);
    // The newest certificate names the weights that a lesson has begun from since.
    await cli.json(["learn", "model", "october.csv", "--steps", "3"]);
    for (const path of all) {
      const { code, stdout } = await cli.run(["verify", path, "--model", "model"]);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/has learned since its newest request/)]);
    }
    expect((await cli.run(["card", "model"])).stdout).toMatch(/that this model has learned from since/);
  });

  it("says what is wrong with rows and names, and changes nothing", async () => {
    const before = await readFile(at("model", "current"), "utf8");
    await table("none.csv", [line("stranger", 1)]);
    const unknown = await cli.json<Failure>(["correct", "model", "none.csv"], 6);
    expect(unknown.error.code).toBe("E_UNKNOWN_SUBJECT");
    expect(unknown.error.message).toMatch(/^The owner of row 1 of none\.csv owns no row of this model/);
    await writeFile(at("some.txt"), "p1\nstranger\n");
    const some = await cli.json<Failure>(
      ["forget", "model", "--subjects-file", "some.txt", "--no-receipts"],
      6,
    );
    expect(some.error.message).toMatch(/^id number 2 of some\.txt owns no row .*: --skip-unknown\.$/);
    const both = ["correct", "model", "one.csv", "--rows", "1", "--subject", "p1"];
    expect((await cli.json<Failure>(both, 2)).error.message).toMatch(/not both/);
    await writeFile(at("ids.txt"), "p1\np2\n");
    const several = ["correct", "model", "one.csv", "--subjects-file", "ids.txt"];
    expect((await cli.json<Failure>(several, 2)).error.message).toMatch(/Expected one subject, found 2/);
    await writeFile(at("bad.csv"), "id,x,y\nz,0.1,maybe\n");
    expect((await cli.json<Failure>(["learn", "model", "bad.csv"], 3)).error.message).toMatch(/maybe/);
    const audit = await cli.json<Failure>(["audit", "model", "--trials", "500"], 2);
    expect(audit.error.message).toMatch(/rows that joined/);
    expect(await readFile(at("model", "current"), "utf8")).toBe(before);
  });

  it("reads values in their own units", async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => [xOf(i), 40 + 20 * xOf(i)]);
    await writeFile(at("values.csv"), `x,y\n${numbers.map((row) => row.join(",")).join("\n")}\n`);
    const infer = ["schema", "infer", "values.csv", "--label", "y", "--out", "values.json"];
    await cli.json(infer);
    await cli.json(["train", "values.csv", "--schema", "values.json", "--out", "values-model"]);
    await writeFile(at("more.csv"), "x,y\n0.1,42\n0.2,44\n");
    const learned = await cli.json(["learn", "values-model", "more.csv", "--evaluate", "values.csv"]);
    expect(learned).toMatchObject({ rowCount: 2, firstRow: 200 });
    const corrected = await cli.json(["correct", "values-model", "more.csv", "--rows", "5,200"]);
    expect(corrected).toMatchObject({ rowCount: 2, rows: [202, 203], receipts: 0 });
  });
});

describe("messages of 2^18 features, by commands", () => {
  const WORDS = ["lunch", "report", "prize", "money", "meeting", "notes", "free", "claim"];
  const message = (id: string, i: number): string => {
    const words = [WORDS[(2 * i) % 8], WORDS[(5 * i) % 8], `n${i}`, i % 2 ? "winner" : "agenda"];
    return `${id},${words.join(" ")},${i % 2 ? "yes" : "no"}`;
  };
  const write = (name: string, lines: readonly string[]): Promise<void> =>
    writeFile(at(name), `id,text,y\n${lines.join("\n")}\n`);

  /** With a limit of memory the same rows lie in the same bytes, and the weights are the same bits. */
  async function streamsAlike(train: readonly string[]): Promise<void> {
    const weights: Buffer[] = [];
    for (const [name, more] of [
      ["held", []],
      ["streamed", ["--memory-limit", "64MB"]],
    ] as const) {
      const { stderr } = await cli.run(["train", ...train, "--out", name, ...more]);
      expect(stderr).not.toMatch(/numbers of a row/);
      expect(await cli.json(["inspect", name])).toMatchObject({ sparseCapacity: 16 });
      weights.push(await readFile(at(name, "rows.f32")));
      weights.push(await readFile(at(name, "generations", "1", "weights.safetensors")));
    }
    expect(weights[2]).toEqual(weights[0]);
    expect(weights[3]).toEqual(weights[1]);
  }

  it("are trained on, forgotten, learned, corrected, predicted and verified as sparse rows", async () => {
    const schema = { ...SCHEMA, columns: [{ name: "text", kind: "text", bits: 18 }] };
    await writeFile(at("texts.json"), JSON.stringify(schema));
    await write(
      "messages.csv",
      Array.from({ length: ROWS }, (_, i) => message(`p${i}`, i)),
    );
    await write("newer.csv", [message("q1", 901), message("q2", 902)]);
    await write("mended.csv", [message("p8", 904)]);
    await write("long.csv", [`q3,${Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ")},yes`]);
    const trained = ["--schema", "texts.json", "--out", "texts", "--l2", "0.05", "--epochs", "200"];
    await cli.json(["train", "messages.csv", ...trained, "--batch-size", "320", "--trial"]);
    expect(await cli.json(["inspect", "texts"])).toMatchObject({ features: 2 ** 18 + 1, sparseCapacity: 16 });
    expect((await cli.run(["inspect", "texts"])).stdout).toMatch(
      /rows are held +sparse \(at most 16 numbers other than 0 a row\)/,
    );
    await cli.json(["learn", "texts", "newer.csv", "--epochs", "1"]);
    // Of 80 numbers: all rows get the room.
    await cli.json(["learn", "texts", "long.csv"]);
    expect(await cli.json(["inspect", "texts"])).toMatchObject({ sparseCapacity: 128 });
    await cli.json(["correct", "texts", "mended.csv"]);
    await cli.json(["forget", "texts", "--subject", "p5", "--out", "gone.json"]);
    expect(await cli.json(["verify", "gone.json", "--model", "texts"], 0)).toMatchObject({ ok: true });
    await writeFile(at("fresh.csv"), "text\nwinner claim prize\nagenda notes\n");
    await cli.run(["predict", "texts", "fresh.csv", "--out", "labels.csv"]);
    expect(await readFile(at("labels.csv"), "utf8")).toMatch(/yes(.|\n)*no/);
    const evaluated = await cli.json<{ score: number }>(["evaluate", "texts", "messages.csv"]);
    expect(JSON.stringify(evaluated)).toMatch(/"accuracy":(1|0\.9)/);
    await streamsAlike(["messages.csv", ...trained.slice(0, 2), "--epochs", "9", "--seed", "s"]);
    const [rows, ...others] = (await readdir(at("texts"))).filter((name) => name.startsWith("rows."));
    expect([others, (await readFile(at("texts", rows as string))).length]).toEqual([[], 640 * 2 * 128 * 4]);
  });
});
