import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tuning } from "expunge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

/** Row i of a table in which x tells y, mostly. */
function line(i: number, owner: string): string {
  const x = ((i * 0.6180339887498949) % 1) - 0.5;
  const isYes = x + 0.3 * (((i * 0.7548776662466927) % 1) - 0.5) > 0;
  return `${owner}-${i}@example.com,${x.toFixed(4)},${isYes ? "yes" : "no"}`;
}

let cli: Cli;
const at = (name: string): string => join(cli.folder, name);
const table = (name: string, rows: readonly string[]) =>
  writeFile(at(name), `${["email,x,y", ...rows].join("\n")}\n`);

const quick = [
  "--schema",
  "schema.json",
  "--candidates",
  "4",
  "--trials",
  "1",
  "--requests",
  "2",
  "--seed",
  "1",
];

beforeAll(async () => {
  cli = await buildCli();
  const people = Array.from({ length: 300 }, (_, i) => line(i, "person"));
  await table("people.csv", people);
  await table(
    "survey.csv",
    Array.from({ length: 200 }, (_, i) => line(1000 + i, "volunteer")),
  );
  await table("mixed.csv", [people[0] as string, ...people.slice(1).map((row) => `v-${row}`)]);
  const schema = {
    version: 1,
    task: "binary",
    label: { column: "y", positive: ["yes"], negative: ["no"] },
    subject: "email",
    columns: [{ name: "x", kind: "numeric", centre: 0, scale: 0.5, missing: "error" }],
    missingMarks: [""],
    scaling: "clip",
    intercept: 0.5,
    csv: { header: true, delimiter: "," },
  };
  await writeFile(at("schema.json"), JSON.stringify(schema));
});

afterAll(() => cli.remove());

/** Trains by a plan, forgets somebody, and returns what the certificate says and whether it verifies. */
async function certifiedBy(plan: string, model: string) {
  const trained = await cli.json([
    "train",
    "people.csv",
    "--schema",
    "schema.json",
    "--plan",
    plan,
    "--out",
    model,
  ]);
  const { certificatePath } = await cli.json<{ certificatePath: string }>([
    "forget",
    model,
    "--subject",
    "person-7@example.com",
  ]);
  const verified = await cli.json<{ ok: boolean }>(["verify", certificatePath, "--model", model]);
  const { payload } = JSON.parse(await readFile(at(certificatePath), "utf8")) as { payload: string };
  const { predicate } = JSON.parse(Buffer.from(payload, "base64").toString());
  return { trained, verified, predicate };
}

describe("expunge tune", () => {
  it("says that trials saw the data, prints a table, draws, and writes a plan that train takes", async () => {
    const run = await cli.run([
      "tune",
      "people.csv",
      ...quick,
      "--out",
      "plans/plan.json",
      "--plot",
      "pictures/tuning.svg",
    ]);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^PRIVATE: trials saw people\.csv itself\./);
    expect(run.stdout).toContain("no certificate covers that");
    expect(run.stdout).toMatch(/l2 +batch +epochs +steps\/request +training +request +before +mean +least/);
    expect(run.stdout.match(/^\*/gm)).toHaveLength(2);
    expect(run.stdout).toMatch(/^ ?[ *][ +]d /m);
    const svg = await readFile(at("pictures/tuning.svg"), "utf8");
    expect(svg).toContain("Accuracy after requests against work");
    expect(svg).toContain("trials on the training data");
    expect(svg).toContain("chosen");
    const { trained, verified, predicate } = await certifiedBy("plans/plan.json", "model");
    const { options } = JSON.parse(await readFile(at("plans/plan.json"), "utf8"));
    expect(options).toMatchObject({ epsilon: 1, delta: 1e-5, tunedOn: "private" });
    expect(trained).toMatchObject({ tunedOn: "private", l2: options.l2, epochs: options.epochs });
    expect(verified.ok).toBe(true);
    expect(predicate.process).toMatchObject({ isTuned: true, tunedOn: "private", l2: options.l2 });
    expect(predicate.notCovered.join()).toContain(
      "trials on the training data, forgotten records among them",
    );
    expect(await cli.json(["inspect", "model"])).toMatchObject({ isTuned: true, tunedOn: "private" });
  });

  it("says that trials saw public data alone, and so do certificates", async () => {
    const run = await cli.run([
      "tune",
      "people.csv",
      ...quick,
      "--public",
      "survey.csv",
      "--out",
      "open.json",
    ]);
    expect(run.stdout).toMatch(/^PUBLIC: trials saw survey\.csv alone\./);
    const { verified, predicate } = await certifiedBy("open.json", "open-model");
    expect(verified.ok).toBe(true);
    expect(predicate.process).toMatchObject({ isTuned: true, tunedOn: "public" });
    expect(JSON.stringify(predicate.assumptions)).toContain("trials on public data");
  });

  it("reads public data by a schema of their own where they are written otherwise", async () => {
    const survey = (await readFile(at("survey.csv"), "utf8")).replaceAll(",", ";");
    await writeFile(at("umfrage.csv"), survey.replaceAll("yes", "ja").replaceAll(";no", ";nein"));
    const schema = JSON.parse(await readFile(at("schema.json"), "utf8"));
    const label = { ...schema.label, positive: ["ja"], negative: ["nein"] };
    await writeFile(
      at("umfrage.json"),
      JSON.stringify({ ...schema, label, csv: { header: true, delimiter: ";" } }),
    );
    const onPublic = (...open: string[]) =>
      cli.json<Tuning>(["tune", "people.csv", ...quick, "--public", ...open]);
    const usual = await onPublic("survey.csv");
    const { notes, chosen, candidates } = await onPublic("umfrage.csv", "--public-schema", "umfrage.json");
    expect({ chosen, candidates }).toEqual({ chosen: usual.chosen, candidates: usual.candidates });
    expect(notes.join()).toContain('umfrage.csv: Labels are read "nein" as "no", "ja" as "yes"');
  });

  it("searches plans for mapped rows, and train takes the map from the plan", async () => {
    const map = ["--features", "fourier", "--feature-count", "20", "--feature-seed", "chosen before"];
    const tuning = await cli.json<Tuning>([
      ...["tune", "people.csv", ...quick, ...map, "--public", "survey.csv", "--out", "mapped.json"],
    ]);
    const { options, columns } = JSON.parse(await readFile(at("mapped.json"), "utf8"));
    expect(options).toEqual(tuning.chosen);
    expect(columns).toBe(2);
    const { verified, predicate } = await certifiedBy("mapped.json", "mapped-model");
    expect(verified.ok).toBe(true);
    expect(predicate.process.features).toEqual({
      ...{ kind: "fourier", count: 20, seed: "chosen before" },
      ...{ bandwidth: options.featureBandwidth, isBandwidthFromData: false },
    });
  });

  it("prints all of it as JSON, and draws PNG", async () => {
    const tuning = await cli.json<Tuning & { plan: null }>([
      "tune",
      "people.csv",
      ...quick,
      "--plot",
      "t.png",
    ]);
    expect(tuning).toMatchObject({ tunedOn: "private", measure: "accuracy", plan: null, requests: 2 });
    expect(tuning.candidates).toHaveLength(4);
    expect(tuning.candidates.filter(({ isChosen }) => isChosen)).toHaveLength(1);
    expect((await readFile(at("t.png"))).subarray(1, 4).toString()).toBe("PNG");
  });

  it.each([
    [["--public", "people.csv"], 4, /trials would see training records/],
    [["--public", "mixed.csv"], 4, /found 1: trials would see/],
    [["--public", "nothing.csv"], 3, /no such file/],
    [["--plot", "tuning.gif"], 2, /\.svg or \.png/],
    [["--hold-out", "1.5"], 2, /--hold-out = 1\.5/],
    [["--measure", "r2"], 2, /r2 is for regression/],
    [["--l2", "1"], 2, /unknown option/i],
    [["--feature-count", "9"], 2, /only with --features other than "linear"/],
  ])("refuses %j", async (more, code, message) => {
    const failure = await cli.json<Failure>(["tune", "people.csv", ...quick, ...more], code);
    expect(failure.error.message).toMatch(message);
  });
});

it("takes owners for those of the data alone, and the public rows with labels of their own", async () => {
  const write = async (name: string, rows: number, from: number): Promise<void> => {
    const at = (i: number): number => (((from + i) * 0.6180339887498949) % 1) - 0.5;
    await writeFile(
      join(cli.folder, `${name}.npy`),
      npy(Array.from({ length: rows }, (_, i) => [at(i), 0.5])),
    );
    const labels = npy(Array.from({ length: rows }, (_, i) => (at(i) > 0.1 ? 1 : 0)));
    await writeFile(join(cli.folder, `${name}-labels.npy`), labels);
  };
  await write("data", 200, 0);
  await write("open", 150, 1000);
  await writeFile(at("owners.txt"), Array.from({ length: 200 }, (_, i) => `person-${i}\n`).join(""));
  const data = ["data.npy", "--labels", "data-labels.npy", "--subjects", "owners.txt"];
  const open = ["--public", "open.npy", "--public-labels", "open-labels.npy"];
  const tuning = await cli.json<Tuning>(["tune", ...data, ...open, ...quick.slice(2)]);
  expect(tuning).toMatchObject({ tunedOn: "public", rows: { data: 200 } });
});

/** A .npy file of float64 numbers. */
function npy(values: readonly number[] | readonly (readonly number[])[]): Buffer {
  const shape = Array.isArray(values[0]) ? `(${values.length}, ${values[0].length})` : `(${values.length},)`;
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0]);
  return Buffer.concat([start, Buffer.from(header), Buffer.from(Float64Array.from(values.flat()).buffer)]);
}

describe("expunge train --plan refuses", () => {
  const train = (...more: string[]) =>
    cli.json<Failure>(["train", "people.csv", "--schema", "schema.json", "--out", "never", ...more], 2);
  const plan = (over: object, options: object = {}) => {
    const tried = { epsilon: 1, delta: 1e-5, l2: 0.01, batchSize: 50, epochs: 20, tunedOn: "private" };
    const file = {
      format: "expunge-plan",
      version: 1,
      rows: 300,
      columns: 2,
      options: { ...tried, ...options },
    };
    return writeFile(at("bad.json"), JSON.stringify({ ...file, ...over }));
  };

  it("options beside it, and files that are no plan", async () => {
    await plan({});
    expect((await train("--plan", "bad.json", "--l2", "1", "--batch-size", "9")).error.message).toMatch(
      /found --batch-size, --l2/,
    );
    expect((await train("--plan", "none.json")).error.message).toMatch(/Cannot read none\.json/);
    await writeFile(at("bad.json"), "{");
    expect((await train("--plan", "bad.json")).error.message).toMatch(/bad\.json is not JSON/);
    await plan({ version: 2 });
    expect((await train("--plan", "bad.json")).error.message).toMatch(/not a plan of expunge tune: version/);
    await plan({}, { tunedOn: undefined });
    expect((await train("--plan", "bad.json")).error.message).toMatch(/options\.tunedOn/);
    await plan({}, { sigma: 3 });
    expect((await train("--plan", "bad.json")).error.message).toMatch(/sigma/);
  });

  it("says where a plan was tuned for other data", async () => {
    await plan({ rows: 2000, columns: 9 });
    const { notes } = await cli.json<{ notes: string[] }>([
      ...["train", "people.csv", "--schema", "schema.json", "--plan", "bad.json", "--out", "other"],
    ]);
    expect(notes.join()).toMatch(/for 9 columns, the data have 2.*for 2000 rows, the data have 300/);
  });
});
