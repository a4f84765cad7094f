import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

/** One row in eleven is a yes, which x tells from a no, mostly. */
const lines = Array.from({ length: 550 }, (_, i) => {
  const isYes = i % 11 === 0;
  const x = (isYes ? 0.4 : -0.4) + 1.6 * (((i * 0.6180339887498949) % 1) - 0.5);
  return `p${i}@example.com,${x.toFixed(4)},${(1 - (i % 5) / 10).toFixed(1)},${isYes ? "yes" : "no"}`;
});

let cli: Cli;
beforeAll(async () => {
  cli = await buildCli();
  await writeFile(join(cli.folder, "people.csv"), `who,x,w,y\n${lines.join("\n")}\n`);
  const { schema, notes } = await cli.json<{ schema: object; notes: string[] }>([
    "schema",
    "infer",
    "people.csv",
    "--label",
    "y",
    "--subject",
    "who",
    "--weight",
    "w",
    "--out",
    "schema.json",
  ]);
  expect(schema).toMatchObject({ weight: "w", columns: [{ name: "x" }] });
  expect(notes.join("\n")).toMatch(/weights of column "w"/i);
});
afterAll(() => cli.remove());

interface Trained {
  readonly features: number;
  readonly weighting: object | null;
}
const train = (out: string, ...options: string[]) =>
  cli.json<Trained>(["train", "people.csv", "--schema", "schema.json", "--out", out, ...options]);

it("trains with weights, forgets, and says so where a model or a certificate is shown", async () => {
  expect(await cli.json(["schema", "check", "people.csv", "--schema", "schema.json"])).toMatchObject({
    weights: "w",
  });
  const weighting = { classes: { no: 0.1, yes: 1 }, isBalanced: true, samples: true };
  const trained = await train("model", "--class-weights", "balanced");
  expect(trained).toMatchObject({ weighting, features: 2 });
  expect(await cli.json(["inspect", "model"])).toMatchObject({ weighting });
  const { stdout: shown } = await cli.run(["inspect", "model"]);
  expect(shown).toMatch(/weights of rows +no 0\.1\d*, yes 1\.?0* \(balanced\); each row has its own/);
  const forgotten = await cli.json<{ certificatePath: string }>([
    "forget",
    "model",
    "--subject",
    "p22@example.com",
  ]);
  const { code, stdout } = await cli.run(["verify", forgotten.certificatePath, "--model", "model"]);
  expect(code).toBe(0);
  const { stdout: inspected } = await cli.run(["inspect", forgotten.certificatePath]);
  expect(stdout + inspected).toMatch(/by label .*computed from the labels; each row its own/);
  // More of those who say yes are found than without.
  const unweighted = await train("plain");
  expect(unweighted.weighting).toMatchObject({ classes: null, samples: true });
  const recall = async (model: string) =>
    (await cli.json<{ recall: number }>(["evaluate", model, "people.csv"])).recall;
  expect(await recall("model")).toBeGreaterThan((await recall("plain")) + 0.1);
});

it.each([
  ["no=0.2,yes=1", { no: 0.2, yes: 1 }],
  ["no=0.2", { no: 0.2, yes: 1 }],
])("takes %s as weights by label, on disk as in memory", async (text, classes) => {
  for (const [i, more] of [[], ["--memory-limit", "64MB"]].entries()) {
    const { weighting } = await train(
      `${text.length}-${i}`,
      "--class-weights",
      text,
      "--epochs",
      "2",
      ...more,
    );
    expect(weighting).toEqual({ classes, isBalanced: false, samples: true });
  }
});

it.each([
  ["maybe=0.5", "E_OPTION", /to name labels of the data \(no, yes\)/],
  ["no=0", "E_USAGE", /weight of no in \(0, 1\]/],
  ["no=2", "E_USAGE", /weight of no in \(0, 1\]/],
  ["equal", "E_USAGE", /Expected balanced, or each label once/],
  ["no=0.2,no=1", "E_USAGE", /Expected balanced, or each label once/],
])("refuses --class-weights %s", async (text, _code, message) => {
  const { code, stderr } = await cli.run([
    "train",
    "people.csv",
    "--schema",
    "schema.json",
    "--out",
    "bad",
    "--class-weights",
    text,
    "--json",
  ]);
  expect(code).not.toBe(0);
  expect((JSON.parse(stderr) as Failure).error.message).toMatch(message);
});

it("names the row of a weight that is none", async () => {
  const rows = [...lines.slice(0, 4), lines[4]?.replace(/,0\.\d,/, ",1.7,")];
  await writeFile(join(cli.folder, "bad.csv"), `who,x,w,y\n${rows.join("\n")}\n`);
  const { stderr } = await cli.run(["train", "bad.csv", "--schema", "schema.json", "--out", "bad"]);
  expect(stderr).toMatch(/bad\.csv: row 5 \(line 6\), column "w": expected a weight in \(0, 1\], found 1\.7/);
});
