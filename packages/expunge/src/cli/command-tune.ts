import type { Command, Option } from "commander";
import { MAY_DIFFER } from "../data/file-schema.js";
import { type Dataset, OddCells } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { compactWords } from "../plots/number-words.js";
import { MAP_OPTIONS } from "../unlearner/feature-options.js";
import { FAST_KERNEL } from "../unlearner/fit-option-table.js";
import { tune } from "../unlearner/tune.js";
import { TUNE_OPTIONS } from "../unlearner/tune-option-table.js";
import type { TuneOptions } from "../unlearner/tune-options.js";
import type { TunedCandidate, Tuning } from "../unlearner/tune-result.js";
import { commandOption, fitOption } from "./fit-options.js";
import { interruptible } from "./interrupt.js";
import { addTrainDataOptions, type DataOptions, loadBeside, loadData } from "./load-data.js";
import { Notes } from "./notes.js";
import { bad, count, createOutput, figure, good, heading, type Output } from "./output.js";
import { formatOfName, requireWritableFile, writeInPlace } from "./output-path.js";
import { planFileOf } from "./plan-file.js";

/** Options that go to `tune` as they are. */
const PASSED = [
  "epsilon",
  "delta",
  "maxNoise",
  "objective",
  "deletion",
  "kernel",
  ...MAP_OPTIONS,
  ...(Object.keys(TUNE_OPTIONS) as (keyof typeof TUNE_OPTIONS)[]),
] as const;

interface TuneArguments extends DataOptions, Pick<TuneOptions, (typeof PASSED)[number]> {
  readonly public?: string;
  readonly publicLabels?: string;
  readonly publicSchema?: string;
  readonly out?: string;
  readonly plot?: string;
  readonly json?: boolean;
}

export function addTuneCommand(program: Command): void {
  const command = program
    .command("tune")
    .description("Search l2, batch size and epochs by trials, every request at the same epsilon and delta")
    .argument("<data>", "what the plan is for: CSV or Parquet (with --schema), .npy/.npz, or MNIST's folder")
    .option("--public <data>", "rows that anybody may know: trials see these alone, and no record of <data>")
    .option("--public-labels <file>", "labels (.npy) of --public where that is a .npy file")
    .option(
      "--public-schema <file>",
      `schema of --public where that file is written otherwise: ${MAY_DIFFER} may differ`,
    )
    .addOption(searchOption("holdOut", "share"))
    .addOption(searchOption("measure", "name"))
    .addOption(fitOption("epsilon", "e"))
    .addOption(fitOption("delta", "d"))
    .addOption(fitOption("maxNoise", "nu"))
    .addOption(fitOption("objective", "name"))
    .addOption(fitOption("features", "kind"))
    .addOption(fitOption("featureCount", "n"))
    .addOption(fitOption("featureBandwidth", "x"))
    .addOption(fitOption("featureSeed", "text"))
    .addOption(fitOption("deletion", "kind"))
    .addOption(commandOption("kernel", "name", FAST_KERNEL))
    .addOption(searchOption("candidates", "n"))
    .addOption(searchOption("trials", "n"))
    .addOption(searchOption("requests", "n"))
    .addOption(searchOption("maxWork", "n"))
    .addOption(searchOption("seed", "text"))
    .option("--out <file>", "write the chosen plan here, for train --plan")
    .option("--plot <file>", "draw score against work here, as .svg or .png")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Without --public the trials see the data: then the choice of the plan depends on their records, which no certificate covers, and certificates of
the plan's models say so. With --public it depends on no record, and they say that instead.

Examples:
    $ expunge tune people.csv --schema schema.json --out plan.json --plot tuning.svg
    $ expunge train people.csv --schema schema.json --plan plan.json --out model
    $ expunge tune people.csv --schema schema.json --public survey.csv --out plan.json
    $ expunge tune people.csv --schema schema.json --features fourier --out plan.json`,
    );
  addTrainDataOptions(command);
  command.action(async (path: string, options: TuneArguments) => {
    const output = createOutput(options.json === true);
    if (options.plot !== undefined) formatOfName("--plot", options.plot, { svg: [".svg"], png: [".png"] });
    for (const file of [options.out, options.plot]) if (file !== undefined) await requireWritableFile(file);
    const told = new Notes(output);
    const oddCells = new OddCells();
    const data = await loadData(path, options, "train", oddCells);
    told.add(oddCells.notes());
    const open = await loadPublic(options, told);
    const tuning = await search(
      data,
      { ...passedOf(options), ...(open === null ? {} : { public: open }) },
      output,
    );
    if (options.out !== undefined) await writeInPlace(options.out, planFileOf(tuning, data.featureCount));
    if (options.plot !== undefined) await draw(tuning, options.plot);
    const notes = [...told.texts, ...tuning.notes];
    output.result({ ...tuning, notes, plan: options.out ?? null }, () => describe(tuning, path, options));
  });
}

const searchOption = (name: keyof typeof TUNE_OPTIONS, value: string): Option =>
  commandOption(name, value, TUNE_OPTIONS[name]);

async function search(data: Dataset, options: TuneOptions, output: Output): Promise<Tuning> {
  let bar = output.progress("trials");
  let stage = "";
  return interruptible((signal) =>
    tune(data, {
      ...options,
      signal,
      onProgress: (progress) => {
        if (progress.stage !== stage) {
          bar.stop();
          bar = output.progress(progress.stage === "training" ? "training plans" : "serving requests");
          stage = progress.stage;
        }
        bar.report({ stage: "train", stepsDone: progress.done, stepsTotal: progress.total });
      },
    }),
  ).finally(() => bar.stop());
}

function passedOf(options: TuneArguments): TuneOptions {
  return Object.fromEntries(
    PASSED.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
}

async function loadPublic(options: TuneArguments, notes: Notes): Promise<Dataset | null> {
  const { public: path, publicLabels: labels, publicSchema: fileSchema, ...rest } = options;
  if (path === undefined) return null;
  return loadBeside(path, rest, { labels, flag: "--public-labels", part: "train", fileSchema }, notes);
}

/** Loaded here, because what draws takes long to load. */
async function draw(tuning: Tuning, path: string): Promise<void> {
  const { tuningPlot } = await import("../plots/tuning-plot.js");
  const svg = tuningPlot(tuning);
  if (/\.svg$/i.test(path)) return writeInPlace(path, `${svg}\n`);
  const { pngOf } = await import("../plots/png.js");
  const png = await pngOf(svg);
  if (png === null)
    throw new ExpungeError(
      "E_OPTION",
      `Cannot draw ${path}: @resvg/resvg-js is not installed; give a .svg file.`,
    );
  await writeInPlace(path, png);
}

const MEASURES = { accuracy: "accuracy", auc: "AUC", r2: "R2" } as const;

function describe(tuning: Tuning, path: string, options: TuneArguments): string[] {
  const { rows, trials, requests, holdOuts, target, candidates, notes, measure } = tuning;
  const chosen = candidates.find(({ isChosen }) => isChosen);
  const best = candidates.find(({ after }) => after?.behind === 0);
  return [
    ...modeLines(tuning, path, options),
    "",
    `${MEASURES[measure]} on ${count(rows.scored, "row")} held out (${count(holdOuts, "hold-out")}), models of ${count(rows.trained, "row")}: before requests, and the mean and least over ${count(trials, "model")} after each of`,
    `${count(requests, "request")} at epsilon = ${figure(target.epsilon)}, delta = ${figure(target.delta)}. Work is in gradient evaluations on all ${count(rows.data, "row")}.`,
    "",
    ...tableOf(candidates),
    "",
    `* chosen: the least work within one standard error, and half a point, of the best${best?.after ? ` (${best.after.mean.toFixed(4)})` : ""}.  + nothing better for as little work.  d the default.`,
    "No mean: fell behind in training, or others did as well for less.",
    ...notes.map((note) => `note: ${note}`),
    "",
    good(
      `l2 = ${figure(chosen?.l2 ?? Number.NaN)}, batches of ${figure(chosen?.batchSize ?? 0)}, ${count(chosen?.epochs ?? 0, "epoch")}.`,
    ),
    ...(options.plot === undefined ? [] : [`Score against work is drawn in ${options.plot}.`]),
    ...(options.out === undefined
      ? ["To keep the plan: --out plan.json"]
      : [`next: expunge train ${path} ... --plan ${options.out} --out model`]),
  ];
}

function modeLines({ tunedOn }: Tuning, path: string, { public: open }: TuneArguments): string[] {
  if (tunedOn === "public")
    return [
      heading(`PUBLIC: trials saw ${open} alone.`),
      `The choice depends on no record of ${path}. That ${open} is public, and holds nobody of ${path}, is yours to answer for; certificates`,
      "of the plan's models say that you declared it.",
    ];
  return [
    bad(`PRIVATE: trials saw ${path} itself.`),
    "The choice of the plan depends on its records, and no certificate covers that: certificates of the plan's models say so, and that they compare",
    "with retraining under the same plan. Trials on public data (--public FILE) avoid it.",
  ];
}

const COLUMNS = [
  "l2",
  "batch",
  "epochs",
  "steps/request",
  "training",
  "request",
  "before",
  "mean",
  "least",
  "behind best",
] as const;

function tableOf(candidates: readonly TunedCandidate[]): string[] {
  const rows = [COLUMNS, ...candidates.map(cellsOf)];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((cells) => (cells[i] as string).length)));
  return rows.map((cells, row) => {
    const line = cells
      .map((cell, i) => cell.padStart(widths[i]!))
      .join("  ")
      .trimEnd();
    const candidate = candidates[row - 1];
    if (candidate === undefined) return heading(`     ${line}`);
    const marks = `${candidate.isChosen ? "*" : " "}${candidate.isOnFrontier ? "+" : " "}${candidate.isDefault ? "d" : " "}`;
    return candidate.isChosen ? good(`${marks}  ${line}`) : `${marks}  ${line}`;
  });
}

function cellsOf({
  l2,
  batchSize,
  epochs,
  stepsPerRequest,
  work,
  before,
  after,
  problem,
}: TunedCandidate): string[] {
  const none = problem === null ? "" : "refused";
  return [
    String(Number(l2.toPrecision(3))),
    figure(batchSize),
    figure(epochs),
    figure(stepsPerRequest),
    compactWords(work.training),
    compactWords(work.request),
    before.toFixed(4),
    after?.mean.toFixed(4) ?? none,
    after?.least.toFixed(4) ?? none,
    after === null || after.behind === 0
      ? ""
      : `${after.behind.toFixed(4)} ± ${after.standardError.toFixed(4)}`,
  ];
}
