import type { Command } from "commander";
import { MAY_DIFFER } from "../data/file-schema.js";
import type { Dataset } from "../data/index.js";
import type { TunedOn } from "../records/training-plan.js";
import { memorySize } from "./arguments.js";
import { baselineOf, scoreName, scoreOf } from "./command-evaluate.js";
import { fitOption, fitOptionsFrom, requireFitRanges } from "./fit-options.js";
import { interruptible } from "./interrupt.js";
import { addTrainDataOptions, type DataOptions, loadBeside } from "./load-data.js";
import { Notes } from "./notes.js";
import { createOutput, fields, figure, good, heading } from "./output.js";
import { requireNewDirectory } from "./output-path.js";
import { planNotes, readPlanFile, withPlan } from "./plan-file.js";
import { trainInMemory, trainOnDisk } from "./train-model.js";
import { summaryOfWeights, weightsText } from "./weights-text.js";

export function addTrainCommand(program: Command): void {
  const command = program
    .command("train")
    .description("Train a model that can forget, and save it with all that forgetting needs")
    .argument("<data>", "CSV or Parquet (with --schema), .npy/.npz, or a folder with MNIST's idx files")
    .requiredOption("--out <directory>", "new directory for the model")
    .addOption(fitOption("epsilon", "e"))
    .addOption(fitOption("delta", "d"))
    .addOption(fitOption("requesters", "who"))
    .addOption(fitOption("noise", "when"))
    .addOption(fitOption("maxNoise", "nu"))
    .addOption(fitOption("objective", "name"))
    .addOption(fitOption("sigma", "s"))
    .addOption(fitOption("unlearnSteps", "k"))
    .addOption(fitOption("requests", "r"))
    .addOption(fitOption("rowsPerRequest", "s"))
    .addOption(fitOption("adaptiveEpsilon", "e"))
    .addOption(fitOption("batchSize", "b"))
    .addOption(fitOption("epochs", "t"))
    .addOption(fitOption("l2", "lambda"))
    .addOption(fitOption("eta", "eta"))
    .addOption(fitOption("clip", "m"))
    .addOption(fitOption("classWeights", "weights", { more: ", such as no=0.2,yes=1" }))
    .addOption(fitOption("features", "kind"))
    .addOption(fitOption("featureCount", "n"))
    .addOption(fitOption("featureBandwidth", "x"))
    .addOption(fitOption("featureSeed", "text"))
    .addOption(fitOption("radius", "r"))
    .addOption(fitOption("deletion", "kind"))
    .addOption(fitOption("releaseAt", "when"))
    .addOption(fitOption("maxSteps", "k"))
    .option("--plan <file>", "a plan that expunge tune chose, in place of options of training")
    .addOption(fitOption("seed", "text"))
    .addOption(fitOption("kernel", "name"))
    .option(
      "--test <data>",
      "data to score the model on, read as the training data; with MNIST's folder its test images",
    )
    .option("--test-labels <file>", "labels (.npy) of --test where that is a .npy file")
    .option(
      "--test-schema <file>",
      `schema of --test where that file is written otherwise: ${MAY_DIFFER} may differ`,
    )
    .option(
      "--memory-limit <size>",
      "memory for rows, such as 512MB: more rows than that are sorted on disk and read as they are visited",
      memorySize,
    )
    .option("--trial", "first show what the noise costs in accuracy, on a held-back fifth")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
    $ expunge schema infer people.csv --label churned --subject email --out schema.json
    $ expunge train people.csv --schema schema.json --out model
    $ expunge train people.csv --schema schema.json --out model --requesters adaptive --adaptive-epsilon 8
    $ expunge train ../shared/data/mnist --digits 3,8 --out model --epsilon 1 --delta 8.8e-5 --l2 0.011264 --epochs 100
    $ expunge train train-features.npy --labels train-labels.npy --out model --epsilon 0.5

Ctrl-C while training leaves nothing behind.`,
    );
  addTrainDataOptions(command);
  command.action(async (path: string, options) => {
    const output = createOutput(options.json === true);
    await requireNewDirectory(options.out);
    const given = fitOptionsFrom(options);
    requireFitRanges(given);
    const ofTest = new Notes(output);
    const test = await loadTest(options, ofTest);
    const tuned = options.plan === undefined ? null : await readPlanFile(options.plan);
    const fitOptions = tuned === null ? given : withPlan(tuned, given, options.plan);
    const bar = output.progress("training");
    const trained = await interruptible((signal) =>
      options.memoryLimit === undefined
        ? trainInMemory(path, options, fitOptions, output, { signal, onProgress: bar.report })
        : trainOnDisk(path, options, fitOptions, output, { signal, onProgress: bar.report }),
    ).finally(bar.stop);
    const { model, seconds, evaluation, trial } = trained;
    const { plan, description } = model;
    const found = { rows: description.rowCount, columns: description.featureCount };
    const strange = tuned === null ? [] : planNotes(tuned, found);
    for (const text of strange) output.note(`note: ${text}`);
    const tested = test === null ? null : model.evaluate(test);
    const judged = tested ?? evaluation;
    const notes = [
      ...trained.notes,
      ...ofTest.texts,
      ...strange,
      ...(judged === null ? [] : judged.notes.map(({ text }) => text)),
    ];
    for (const { text } of judged?.notes ?? []) output.note(`WARNING: ${text}`);
    const summary = {
      model: options.out,
      rows: description.rowCount,
      features: description.featureCount,
      featureMap: plan.features ?? null,
      seconds,
      trainScore: evaluation === null ? null : scoreOf(evaluation),
      testScore: tested === null ? null : scoreOf(tested),
      baselineScore: judged === null ? null : baselineOf(judged),
      requesters: plan.requesters,
      noise: plan.noise,
      limit: plan.limit,
      eta: plan.process.eta,
      l2: plan.process.strongConvexity,
      weighting: summaryOfWeights(model),
      contraction: plan.process.contraction,
      batchSize: plan.process.batchSize,
      batchCount: plan.process.batchCount,
      epochs: plan.epochs,
      steps: model.timeline.steps,
      target: plan.target,
      privacyEpsilon: model.privacy()?.epsilon ?? null,
      trial:
        trial === null
          ? null
          : { score: trial.score, noiselessScore: trial.noiselessScore, heldBackRows: trial.heldBackRows },
      isCertifying: plan.seed === null,
      tunedOn: plan.tunedOn ?? null,
      notes,
    };
    output.result(summary, () => [
      ...(trial === null
        ? []
        : [
            heading("Trial on held-back rows"),
            ...fields([
              ["with the noise", trial.score],
              ["without", trial.noiselessScore],
            ]),
          ]),
      good(
        `Trained on ${figure(summary.rows)} rows in ${figure(Number(seconds.toPrecision(2)))} s; saved to ${options.out}.`,
      ),
      ...fields([
        [`${scoreName(description.task)} on training rows`, summary.trainScore],
        [`${scoreName(description.task)} on test rows`, summary.testScore],
        ["without a model", summary.baselineScore],
        ["steps", `${figure(summary.steps)} of ${figure(summary.batchSize)} rows`],
        ["l2", summary.l2],
        ["weights of rows", weightsText(summary.weighting)],
        ["certified so far", "nothing about anybody: that begins with the first request"],
        [
          "each request will meet",
          `epsilon = ${figure(plan.target.epsilon)} at delta = ${figure(plan.target.delta)}, ${
            plan.requesters === "independent"
              ? "for people whose requests do not depend on what the model's releases show"
              : `and everything released stays within epsilon = ${figure(plan.limit?.epsilon ?? 0)}, whoever asks`
          }`,
        ],
        [
          "noise",
          plan.noise.kind === "on-release"
            ? `none yet; a request leaves at most ${figure(plan.noise.most)} in the score of a row of norm 1`
            : `at every step, sigma = ${figure(plan.noise.sigma)}`,
        ],
        [
          "privacy of those who stay",
          summary.privacyEpsilon === null
            ? null
            : `${figure(summary.privacyEpsilon)} (epsilon; no part of the promise)`,
        ],
        ["tuned on", tunedText(summary.tunedOn)],
        ["seeded", summary.isCertifying ? null : "yes: certificates of this model do not certify"],
        [
          "next",
          `expunge forget ${options.out} ${model.state.index.hasOwners ? "--subject ID" : "--rows 0"} --preview`,
        ],
      ]),
    ]);
  });
}

interface TestArguments {
  readonly test?: string;
  readonly testLabels?: string;
  readonly testSchema?: string;
}

/** The data of --test, read before anything is trained: a wrong path must not cost a training. */
async function loadTest(options: DataOptions & TestArguments, notes: Notes): Promise<Dataset | null> {
  const { test, testLabels: labels, testSchema: fileSchema, ...rest } = options;
  if (test === undefined) return null;
  return loadBeside(test, rest, { labels, flag: "--test-labels", part: "test", fileSchema }, notes);
}

function tunedText(tunedOn: TunedOn | null): string | null {
  if (tunedOn === null) return null;
  return tunedOn === "public"
    ? "data declared public: certificates say that you declared it"
    : "the training data: certificates say that the choice of the plan is not covered";
}
