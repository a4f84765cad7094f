import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import { ExpungeError } from "expunge";
import {
  bad,
  count,
  createOutput,
  given,
  good,
  interruptible,
  list,
  type Output,
  positiveInteger,
  requireWritableFile,
} from "expunge/internal";
import type { SetName } from "./experiments/data-sets.js";
import type { TimedOutcome } from "./experiments/outcome.js";

const NAMES = ["fig3a", "fig3b", "fig3c", "fig3d", "tables", "frontier", "living"] as const;
const SETS = ["mnist", "cifar10", "adult"] as const;

interface ExperimentArguments {
  readonly data: string;
  readonly set?: readonly string[];
  readonly trials: number;
  readonly out: string;
  readonly published?: string;
  readonly docs?: string;
  readonly everyEpoch?: boolean;
  readonly quick?: boolean;
  readonly from?: string;
  readonly json?: boolean;
}

export function addExperimentCommand(program: Command): void {
  program
    .command("experiment")
    .description("Run the paper's experiments, and ours, and set the figures beside the published ones")
    .argument(
      "<names...>",
      `${NAMES.join(", ")}; all of them: all; or defaults; or features; or download`,
      collectNames,
    )
    .requiredOption("--data <folder>", "folder with mnist/, cifar10-squeezenet/ and adult/ in it")
    .option(
      "--set <list>",
      `data sets: ${SETS.join(", ")}; for features: odd-even, 3-8, cifar10, adult, ten-classes (default: all that are there)`,
      list,
    )
    .option("--trials <n>", "independent trials behind every figure", positiveInteger, 100)
    .option(
      "--out <folder>",
      "where to write; finished cells found there are not computed again",
      "expunge-experiments",
    )
    .option("--published <file>", "the authors' figures (default: those that come with this package)")
    .option(
      "--docs <file>",
      "write the tables of all outcomes in --out here too, as Markdown, in place of older ones of theirs",
    )
    .option("--quick", "for defaults and features: the small data sets alone")
    .option(
      "--every-epoch",
      "run every step, also those that no measurement remembers: an hour instead of minutes",
    )
    .option("--from <url>", "for download: a server that has mnist/ and adult/ (default: their homes)")
    .option("--json", "print the outcomes as JSON")
    .addHelpText(
      "after",
      `
Every cell is kept as soon as it is done: after a kill the same command goes on. Noise and batch orders are seeded.

Two runs with the same noise come closer at every step, so that a measurement depends on the last few hundred steps only; the others
are left out, unless --every-epoch asks for them.

Examples:
    $ npm run experiment -- download --data data
    $ npm run experiment -- fig3a --data data --trials 10
    $ npm run experiment -- defaults --data data --quick
    $ npm run experiment -- features --data data --docs docs/features.md
    $ npm run experiment -- features --data data --set odd-even,ten-classes
    $ npm run experiment -- all --data data --docs docs/reproduction.md`,
    )
    .action(async (names: readonly string[], options: ExperimentArguments) => {
      const output = createOutput(options.json === true);
      if (names.includes("download")) return download(names, options, output);
      if (options.docs !== undefined) await requireWritableFile(options.docs);
      if (names.includes("defaults")) return defaults(names, options, output);
      if (names.includes("features")) return features(names, options, output);
      const outcomes = await run(names, options, output);
      output.result(
        outcomes.map(({ outcome }) => outcome),
        () => describe(outcomes, options.out),
      );
    });
}

async function run(
  names: readonly string[],
  options: ExperimentArguments,
  output: Output,
): Promise<readonly TimedOutcome[]> {
  // Loaded here, because what draws takes long to load.
  const { runExperiments } = await import("./experiments/run-experiments.js");
  const { set, published = publishedByEnvironment(), docs, everyEpoch = false, ...rest } = options;
  const sets = set && setNames(set);
  let bar = output.progress("");
  let label = "";
  return interruptible((signal) =>
    runExperiments({
      data: rest.data,
      trials: rest.trials,
      out: rest.out,
      names,
      everyEpoch,
      ...given({ sets, published, docs }),
      note: output.note,
      signal,
      onCell: ({ done, total, label: now }) => {
        if (now !== label) {
          bar.stop();
          bar = output.progress(now);
          label = now;
        }
        bar.report({ stage: "train", stepsDone: done, stepsTotal: total });
      },
    }),
  ).finally(() => bar.stop());
}

async function download(
  names: readonly string[],
  options: ExperimentArguments,
  output: Output,
): Promise<void> {
  if (names.length > 1)
    throw new ExpungeError("E_OPTION", "download stands alone: run it first, then the experiments.");
  const { downloadSets } = await import("./experiments/download.js");
  const { data, from } = options;
  const files = await interruptible((signal) =>
    downloadSets({ folder: data, note: output.note, signal, ...given({ from }) }),
  );
  output.result(files, () => [good(`${count(files.length, "file")} in ${data}, digests right.`)]);
}

/** Ours at defaults beside scikit-learn's, on many data sets. */
async function defaults(
  names: readonly string[],
  options: ExperimentArguments,
  output: Output,
): Promise<void> {
  if (names.length > 1) throw new ExpungeError("E_OPTION", "defaults stands alone.");
  const { runDefaults } = await import("./experiments/defaults.js");
  const { defaultsTable } = await import("./experiments/defaults-text.js");
  const { toMarkdown } = await import("./experiments/file-formats.js");
  const { data, out, docs, quick = false } = options;
  const bar = output.progress("defaults");
  const findings = await interruptible((signal) =>
    runDefaults({
      data,
      out,
      quick,
      ...given({ docs }),
      note: output.note,
      signal,
      onSet: ({ done, total }) => bar.report({ stage: "train", stepsDone: done, stepsTotal: total }),
    }),
  ).finally(() => bar.stop());
  output.result(findings, () => toMarkdown(defaultsTable(findings)).split("\n"));
}

/** Fixed maps of rows beside the rows themselves. */
async function features(
  names: readonly string[],
  options: ExperimentArguments,
  output: Output,
): Promise<void> {
  if (names.length > 1) throw new ExpungeError("E_OPTION", "features stands alone.");
  const { runFeatures } = await import("./experiments/features.js");
  const { featureSetsOf } = await import("./experiments/feature-sets.js");
  const { featuresTable } = await import("./experiments/features-text.js");
  const { toMarkdown } = await import("./experiments/file-formats.js");
  const { data, out, docs, set, quick = false } = options;
  if (docs !== undefined && set !== undefined)
    throw new ExpungeError("E_OPTION", "--docs writes the table of all sets: leave out --set.");
  const bar = output.progress("features");
  const findings = await interruptible((signal) =>
    runFeatures({
      ...{ data, out, quick, note: output.note, signal },
      ...given({ docs, sets: set && featureSetsOf(set) }),
      onCell: ({ done, total }) => bar.report({ stage: "train", stepsDone: done, stepsTotal: total }),
    }),
  ).finally(() => bar.stop());
  output.result(findings, () => toMarkdown(featuresTable(findings)).split("\n"));
}

/** EXPUNGE_SPEC names a folder that holds paper-mnist.json. */
function publishedByEnvironment(): string | undefined {
  const folder = process.env.EXPUNGE_SPEC;
  return folder === undefined ? undefined : join(folder, "paper-mnist.json");
}

function describe(outcomes: readonly TimedOutcome[], out: string): string[] {
  const lines = outcomes.flatMap(({ outcome, seconds }) => {
    const { comparisons, aims } = outcome;
    const agreeing = comparisons.filter(({ agrees }) => agrees).length;
    const isGood = agreeing === comparisons.length && aims.every(({ met }) => met);
    const paint = isGood ? good : bad;
    return [
      paint(`${outcome.title} (${seconds.toFixed(0)} s)`),
      ...(comparisons.length > 0 ? [`  ${agreeing} of ${comparisons.length} published figures agree`] : []),
      ...aims.map(
        ({ what, target, found, met }) => `  ${met ? "met" : "NOT met"}: ${what}: ${found} (${target})`,
      ),
    ];
  });
  return [...lines, `report: ${pathToFileURL(join(out, "report.html")).href}`];
}

function collectNames(name: string, previous: readonly string[] = []): readonly string[] {
  if (![...NAMES, "all", "defaults", "features", "download"].includes(name))
    throw new InvalidArgumentError(`Expected one of ${NAMES.join(", ")}, all, defaults, features, download.`);
  return [...previous, name];
}

function setNames(names: readonly string[]): readonly SetName[] {
  for (const name of names)
    if (!(SETS as readonly string[]).includes(name))
      throw new ExpungeError("E_OPTION", `Expected sets of ${SETS.join(", ")}, found "${name}".`);
  return names as readonly SetName[];
}
