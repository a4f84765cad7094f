import { cp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateDemoData } from "../packages/lab/src/report/index.js";
import { buildCli, type Cli, type Failure } from "./cli-harness.js";

const data = generateDemoData({ rowCount: 3000 });
const subject = data.trainSubjects[0]!;
const train = ["train", "train.csv", "--schema", "schema.json", "--epsilon", "1", "--delta", "1e-5"];
let cli: Cli;
const at = (...parts: string[]): string => join(cli.folder, ...parts);
const text = (...parts: string[]): Promise<string> => readFile(at(...parts), "utf8");

beforeAll(async () => {
  cli = await buildCli();
  await writeFile(at("train.csv"), data.train);
  await writeFile(at("test.csv"), data.test);
  await writeFile(at("schema.json"), JSON.stringify(data.schema));
  await cli.json([...train, "--out", "model"]);
});
afterAll(() => cli.remove());

describe("a request that cannot be served changes nothing", () => {
  it.each([
    [
      "an unknown subject",
      ["--subject", "nobody@example.com"],
      6,
      "E_UNKNOWN_SUBJECT",
      /nothing was changed/,
    ],
    ["an unknown row", ["--rows", "99999999"], 6, "E_UNKNOWN_SUBJECT", /nothing was changed/],
    [
      "an infeasible promise",
      ["--rows", "200", "--max-noise", "1e-9"],
      5,
      "E_INFEASIBLE",
      /Nearest feasible: --max-noise = [\d.e-]+ within \d+ steps/,
    ],
    ["nobody", [], 2, "E_OPTION", /--subject, --subjects-file or --rows/],
    [
      "a certificate path that is a directory",
      ["--rows", "200", "--out", "model"],
      2,
      "E_OPTION",
      /directory/,
    ],
  ] as const)("%s", async (_title, flags, exitCode, code, message) => {
    const before = [await text("model", "current"), await readdir(at("model", "certificates"))];
    const { error } = await cli.json<Failure>(["forget", "model", ...flags], exitCode);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect([await text("model", "current"), await readdir(at("model", "certificates"))]).toEqual(before);
    expect(await readdir(at("model"))).not.toContain("lock");
  });
});

describe("a model directory", () => {
  it("that another process holds is waited for, then named", async () => {
    await writeFile(at("model", "lock"), String(process.pid));
    for (const args of [
      ["forget", "model", "--rows", "1"],
      ["inspect", "model"],
    ]) {
      const { error } = await cli.json<Failure>([...args, "--wait", "0"], 7);
      expect(error).toMatchObject({
        code: "E_LOCKED",
        message: expect.stringContaining(String(process.pid)),
      });
    }
    const waiting = cli.run(["inspect", "model", "--wait", "60"]);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await rm(at("model", "lock"));
    expect((await waiting).code).toBe(0);
  });

  it("can be read by many processes at once", async () => {
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => cli.run(["evaluate", "model", "test.csv"])),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(await readdir(at("model"))).not.toContain("lock");
  });

  it("that is damaged or missing is refused, naming the file", async () => {
    await cp(at("model"), at("damaged"), { recursive: true });
    await truncate(at("damaged", "rows.f32"), 100);
    const damaged = await cli.json<Failure>(["predict", "damaged", "test.csv"], 8);
    expect(damaged.error.message).toMatch(/rows\.f32: expected \d+ bytes, found \d+/);
    const missing = await cli.json<Failure>(["inspect", "nowhere"], 8);
    expect(missing.error.message).toContain("nowhere");
  });
});

describe("Ctrl-C", () => {
  it("while forgetting leaves the model as it was, and no lock", async () => {
    const slow = ["--epochs", "1", "--max-steps", "100000000"];
    await cli.json([...train, "--out", "slow", ...slow, "--kernel", "reference"]);
    const { code, stderr } = await cli.run(
      ["forget", "slow", "--subject", subject, "--steps", "50000000", "--json"],
      {
        onStart: async (child) => {
          while (!(await readdir(at("slow"))).includes("lock"))
            await new Promise((resolve) => setTimeout(resolve, 20));
          await new Promise((resolve) => setTimeout(resolve, 300));
          child.kill("SIGINT");
        },
      },
    );
    expect([code, JSON.parse(stderr).error]).toEqual([130, expect.objectContaining({ code: "E_ABORTED" })]);
    expect(await readdir(at("slow"))).not.toContain("lock");
    expect(await text("slow", "current")).toBe("1\n");
    expect(await readdir(at("slow", "certificates"))).toEqual([]);
    await cli.json(["forget", "slow", "--subject", subject, "--max-noise", "100"]);
  });

  it("while training leaves nothing behind", async () => {
    const { code, signal } = await cli.run(
      [...train, "--out", "never", "--epochs", "10000000", "--sigma", "0.1"],
      { onStart: (child) => setTimeout(() => child.kill("SIGINT"), 2500) },
    );
    // 130 from the command itself; where the machine is so slow that training has not begun, the signal ends it.
    expect(code === 130 || signal === "SIGINT").toBe(true);
    expect(await readdir(cli.folder)).not.toContain("never");
  });
});

describe("demo", () => {
  it("serves requests, verifies every certificate and writes a report, twice over", async () => {
    for (const requests of ["5", "2"]) {
      const report = await cli.json<{ requests: { verified: boolean }[] }>([
        "demo",
        "--out",
        "demo",
        "--requests",
        requests,
      ]);
      expect(report.requests.length).toBe(Number(requests));
      expect(report.requests.every(({ verified }) => verified)).toBe(true);
      expect((await readdir(at("demo", "certificates"))).length).toBe(Number(requests));
    }
    expect(await text("demo", "report.html")).toContain("<svg");
  });

  it("never empties a folder that it did not make", async () => {
    const { error } = await cli.json<Failure>(["demo", "--out", "model"], 2);
    expect(error.message).toMatch(/not made by the demo/);
  });
});
