import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hasColours } from "../packages/expunge/src/cli/colours.js";
import { EXIT_CODES, EXIT_TEXTS } from "../packages/expunge/src/cli/exit-codes.js";
import { interruptible } from "../packages/expunge/src/cli/interrupt.js";
import { createProgram } from "../packages/expunge/src/cli/program.js";
import { buildCli, type Cli, type Run } from "./cli-harness.js";

const promise = ["--epsilon", "1", "--delta", "1e-5"];
const paper = [
  ..."plan --rows 11264 --batch-size 128 --epochs 100 --l2 0.011264 --epsilon 1".split(" "),
  "--delta",
  "8.87784090909091e-5",
];
const train = ["train", "good.csv", "--schema", "schema.json", "--out", "m"];
let cli: Cli;

beforeAll(async () => {
  cli = await buildCli();
  const schema = {
    version: 1,
    task: "binary",
    label: { column: "y", positive: ["1"], negative: ["0"] },
    subject: null,
    columns: [{ name: "x", kind: "numeric", centre: 0, scale: 1 }],
  };
  await writeFile(join(cli.folder, "schema.json"), JSON.stringify(schema));
  await writeFile(join(cli.folder, "good.csv"), "x,y\n1,0\n2,1\n-1,0\n");
  await writeFile(join(cli.folder, "bad.csv"), "x,y\n1,0\ntwo,1\n");
});
afterAll(() => cli.remove());
afterEach(() => vi.unstubAllEnvs());

/** Every command, by the words that call it. */
function commandPaths(): string[][] {
  return createProgram().commands.flatMap((command) => [
    [command.name()],
    ...command.commands.map((sub) => [command.name(), sub.name()]),
  ]);
}

/** What a command's --help prints. */
async function helpOf(path: readonly string[]): Promise<string> {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const ends = createProgram().parseAsync([...path, "--help"], { from: "user" });
    await expect(ends).rejects.toMatchObject({ exitCode: 0 });
    return written.mock.calls.map(([text]) => text).join("");
  } finally {
    written.mockRestore();
  }
}

describe("--help", () => {
  it("covers every command of the contract", () => {
    const names = "plan schema train predict evaluate forget verify audit inspect export".split(" ");
    expect(commandPaths().flatMap((path) => (path.length === 1 ? path : []))).toEqual(
      expect.arrayContaining(names),
    );
  });

  it("exits with 0, and prints nothing on stderr", async () => {
    const { code, stdout, stderr } = await cli.run(["forget", "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(await helpOf(["forget"]));
  });

  it.each([[[]], ...commandPaths().map((path) => [path])])("of %j has examples", async (path) => {
    const help = await helpOf(path);
    expect(help).toMatch(/^Usage: expunge/);
    expect(help).toMatch(/^Examples/m);
  });

  it.each([
    "serve",
    "worker",
    "tenant",
    "quota",
    "callbacks",
    "backup",
    "restore",
    "rotate-keys",
    "public-keys",
  ])(
    "of %s names the variable that may hold the database's password, and never prints it",
    async (command) => {
      vi.stubEnv("EXPUNGE_DATABASE", "postgres://expunge:tr0ub4dor@db.internal/expunge");
      const help = await helpOf([command]);
      expect(help.replace(/\s+/g, " ")).toContain("env: EXPUNGE_DATABASE");
      expect(help).not.toContain("tr0ub4dor");
    },
  );

  it("does not take an empty variable for the database", async () => {
    vi.stubEnv("EXPUNGE_DATABASE", "");
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const ends = createProgram().parseAsync(["worker"], { from: "user" });
    await expect(ends).rejects.toThrow(/EXPUNGE_DATABASE.*found nothing/);
    written.mockRestore();
  });

  it("lists every exit code", async () => {
    const help = await helpOf([]);
    for (const code of [0, 1, 70, ...Object.values(EXIT_CODES)]) {
      expect(EXIT_TEXTS[code]).toBeTruthy();
      expect(help).toContain(`${String(code).padStart(7)}  ${EXIT_TEXTS[code]}`);
    }
  });
});

describe("arguments that are wrong", () => {
  it.each([
    ["no command", [], /Usage: expunge/],
    ["an unknown command", ["trian"], /unknown command 'trian'.*train.*expunge --help/],
    ["an unknown subcommand", ["schema", "infr"], /unknown command 'infr'.*infer.*expunge schema --help/],
    ["a missing option", ["train", "good.csv", ...promise], /'--out <directory>'.*expunge train --help/],
    ["a missing argument", ["predict", "model"], /missing required argument 'data'/],
    [
      "an unknown option",
      ["train", "good.csv", "--out", "m", ...promise, "--epoch", "3"],
      /unknown option '--epoch'.*--epochs/,
    ],
    ["no number", ["plan", "--rows", "ten", ...promise], /'ten' is invalid\. Expected an integer/],
    ["no choice", [...paper, "--sigma", "1", "--slot", "any"], /worst, best, mean/],
    ["noise and steps", [...paper, "--sigma", "1", "--unlearn-steps", "1"], /--sigma or --unlearn-steps/],
    [
      "a delta out of range",
      ["plan", "--rows", "9", "--epsilon", "1", "--delta", "2", "--sigma", "1"],
      /Expected --delta = 2 in/,
    ],
    ["an epsilon out of range", [...train, "--epsilon", "-1"], /Expected --epsilon = -1 in/],
    [
      "that, before any data are read",
      ["train", "none.csv", "--schema", "schema.json", "--out", "m", "--epsilon", "-1"],
      /Expected --epsilon = -1 in/,
    ],
    [
      "an option without the one that it is for",
      [...train, "--requesters", "adaptive"],
      /Expected --adaptive-epsilon for --requesters adaptive: /,
    ],
    [
      "options that exclude each other",
      [...train, "--sigma", "1", "--max-noise", "1"],
      /--max-noise: only with --noise on-release/,
    ],
    [
      "a table without a schema",
      ["train", "good.csv", "--out", "m", ...promise],
      /expunge schema infer good\.csv/,
    ],
  ])("%s: exit code 2 and a message that helps", async (_title, args, message) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    if (args.length > 0) {
      const { error } = JSON.parse((await cli.run([...args, "--json"])).stderr);
      expect(["E_OPTION", "E_DOMAIN"]).toContain(error.code);
      expect(error.message).toMatch(message);
    }
  });
});

it("a worker without a database is told where the embedded one has its own", async () => {
  const { code, stderr } = await cli.run(["worker"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/E_OPTION: Give --database postgres:.*`expunge serve` has one inside/);
});

describe("files that are wrong", () => {
  it.each([
    [
      "bad data",
      ["train", "bad.csv", "--schema", "schema.json", "--out", "m", ...promise],
      3,
      /row 2 \(line 3\).*"x"/,
    ],
    [
      "missing data",
      ["train", "none.csv", "--schema", "schema.json", "--out", "m", ...promise],
      3,
      /none\.csv/,
    ],
    ["a schema that is none", ["schema", "check", "good.csv", "--schema", "good.csv"], 3, /good\.csv.*JSON/],
    ["a missing model", ["evaluate", "none", "good.csv"], 8, /no directory none/],
    ["a missing key", ["verify", "good.csv"], 9, /--public-key FILE/],
    ["a missing certificate", ["verify", "none.json"], 10, /none\.json: there is no such file/],
    ["a certificate that is none", ["inspect", "good.csv"], 10, /good\.csv: expected a certificate/],
    [
      "a broken assumption",
      ["plan", "--rows", "9", ...promise, "--sigma", "1", "--eta", "99"],
      2,
      /eta = 99/,
    ],
  ])("%s", async (_title, args, exitCode, message) => {
    const { code, stderr } = await cli.run(args);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(await readdir(cli.folder)).not.toContain("m");
  });
});

describe("plan", () => {
  it("answers the noise for a budget of steps", async () => {
    const plan = await cli.json<Record<string, number>>([
      ...paper,
      ..."--unlearn-steps 88 --deletion replace --slot worst".split(" "),
    ]);
    expect(plan.sigma).toBeCloseTo(0.00042646, 8);
    expect(plan).toMatchObject({ steps: 88, delta: 8.87784090909091e-5 });
    expect(plan.epsilon).toBeLessThanOrEqual(1);
    expect(plan.epsilon).toBeGreaterThan(0.9999);
    for (const key of ["mu", "energy", "contraction", "eta"]) expect(plan[key]).toBeGreaterThan(0);
  });

  it("answers the steps for that noise", async () => {
    const flags = "--sigma 0.000426461 --deletion replace --slot worst".split(" ");
    expect(await cli.json([...paper, ...flags])).toMatchObject({ steps: 88 });
  });

  it("says that lessons and corrections change it, and a limit's releases", async () => {
    const usual = ["plan", "--rows", "2000"];
    const notes = async (...more: string[]) =>
      (await cli.json<{ notes: string[] }>([...usual, ...more])).notes;
    expect(await notes()).toEqual([
      expect.stringMatching(/^The plan covers deletions only,.*After lessons.*forget --preview/),
      expect.stringMatching(/^A correction costs.*--records 2/),
    ]);
    const limited = await notes("--unlearn-steps", "500", "--deletion", "replace", "--adaptive-epsilon", "9");
    expect(limited).toEqual([expect.any(String), expect.stringMatching(/one more release/)]);
    expect((await cli.run(usual)).stdout).toMatch(
      /What this takes for granted\n +The plan covers deletions only/,
    );
  });

  it("takes the smoothness and the gradient bound of logistic by default", async () => {
    const given = "--sigma 0.03 --smoothness 0.25 --lipschitz 1".split(" ");
    expect(await cli.json([...paper, ...given])).toEqual(await cli.json([...paper, "--sigma", "0.03"]));
  });

  it("costs what mapped rows cost", async () => {
    const rows = ["plan", "--rows", "30000", "--columns", "43"];
    const map = ["--features", "gated-relu", "--feature-count", "20", "--feature-seed", "any"];
    const gates = await cli.json<{ columns: object }>([...rows, ...map]);
    const { columns } = gates;
    expect(columns).toEqual({ ofRow: 43, ofModel: 860 });
    const wide = ["plan", "--rows", "30000", "--columns", "860"];
    expect(gates).toEqual({ ...(await cli.json<object>(wide)), columns });
    expect(gates).not.toEqual({ ...(await cli.json<object>(rows)), columns });
    const everyStep = await cli.run([...rows, "--features", "fourier", "--unlearn-steps", "500"]);
    expect(everyStep.stdout).toMatch(/columns of the model +1,000/);
  });

  it.each([
    [["--feature-count", "9"], /--feature-count: only with --features other than "linear"/],
    [["--features", "gated-relu", "--feature-bandwidth", "1"], /only with --features fourier/],
    [["--features", "fourier", "--feature-bandwidth", "0"], /--feature-bandwidth = 0/],
    [
      ["--features", "gated-relu", "--feature-count", "60000"],
      /--feature-count = 60000 to be at most 6553 gates/,
    ],
    [["--features", "20"], /'20' is invalid.*linear, fourier, gated-relu/],
  ])("refuses %j as train does", async (more, message) => {
    const { code, stderr } = await cli.run(["plan", "--rows", "900", ...more]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it("lists many requests beside retraining, by either accountant", async () => {
    interface Answer {
      readonly requests: { steps: number }[];
      readonly totals: { steps: number };
      readonly retraining: { totalSteps: number };
    }
    const flags = [...paper, ..."--sigma 0.03 --requests 100".split(" ")];
    const ours = await cli.json<Answer>(flags);
    const theirs = await cli.json<Answer>([...flags, "--accountant", "paper"]);
    for (const { requests, totals, retraining } of [ours, theirs]) {
      expect(requests.length).toBe(100);
      expect(requests.reduce((sum, { steps }) => sum + steps, 0)).toBe(totals.steps);
      expect(retraining.totalSteps).toBe(100 * 8800);
    }
    expect(ours.totals.steps).toBeLessThan(theirs.totals.steps);
    expect((await cli.run(flags)).stdout).toMatch(/87 more: see --json/);
  });
});

describe("colours", () => {
  const paint = (env: Record<string, string>): Promise<Run> => cli.run([...paper, "--sigma", "1"], { env });
  const ansi = "\u001b[";

  it("stay out of pipes, even in CI, unless asked for; NO_COLOR has the last word", async () => {
    expect((await paint({})).stdout).not.toContain(ansi);
    expect((await paint({ FORCE_COLOR: "1" })).stdout).toContain(ansi);
    expect((await paint({ FORCE_COLOR: "1", NO_COLOR: "1" })).stdout).not.toContain(ansi);
    const failed = await cli.run(["inspect", "none"], { env: { FORCE_COLOR: "1" } });
    expect(failed.stderr).toContain(ansi);
    const json = await cli.run([...paper, "--sigma", "1", "--json"], { env: { FORCE_COLOR: "1" } });
    expect(json.stdout).not.toContain(ansi);
  });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [false, { CI: "1" }, false],
    [true, { TERM: "dumb" }, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
  ])("on a terminal: %j, with %j: %j", (isTTY, env, expected) => {
    expect(hasColours({ isTTY }, env)).toBe(expected);
  });
});

describe("interruptible", () => {
  it("fires the signal on SIGINT, and leaves no listener", async () => {
    const before = process.listenerCount("SIGINT");
    const wasAborted = await interruptible(async (signal) => {
      process.emit("SIGINT");
      return signal.aborted;
    });
    expect(wasAborted).toBe(true);
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});
