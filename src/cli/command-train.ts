import { type Command, Option } from "commander";
import type { Dataset } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { FIT_OPTION_NAMES, type FitOptions } from "../unlearner/options.js";
import { memorySize, number, positiveInteger, wholeNumber } from "./arguments.js";
import { scoreName } from "./command-evaluate.js";
import { interruptible } from "./interrupt.js";
import { addTrainDataOptions, type DataOptions, loadData } from "./load-data.js";
import { count, createOutput, fields, figure, good, heading } from "./output.js";
import { requireNewDirectory } from "./output-path.js";
import { trainInMemory, trainOnDisk } from "./train-model.js";

export function addTrainCommand(program: Command): void {
  const command = program
    .command("train")
    .description("Train a model that can forget, and save it with all that forgetting needs")
    .argument("<data>", "CSV or Parquet (with --schema), .npy/.npz, or a folder with MNIST's idx files")
    .requiredOption("--out <directory>", "new directory for the model")
    .requiredOption("--epsilon <e>", "what every deletion request must meet, in nats", number)
    .requiredOption("--delta <d>", "in (0, 1), well below 1 / rows", number)
    .addOption(
      new Option(
        "--objective <name>",
        "default: logistic, softmax or huberRegression, by the labels",
      ).choices(["logistic", "softmax", "smoothedHinge", "huberRegression"]),
    )
    .option("--sigma <s>", "noise level (else chosen from --unlearn-steps and --requests)", number)
    .option("--unlearn-steps <k>", "steps a request may take (default: one epoch)", wholeNumber)
    .option("--requests <r>", "requests to plan for (default 100)", positiveInteger)
    .option(
      "--adaptive-epsilon <e>",
      "what everything ever released may reveal of anybody with at most --rows-per-request rows, whoever asks; the noise grows with --requests",
      number,
    )
    .option("--rows-per-request <s>", "rows in each, in planning (default 1)", positiveInteger)
    .option(
      "--batch-size <b>",
      "records per step (default 128, or all where there are fewer)",
      positiveInteger,
    )
    .option("--epochs <t>", "epochs of learning (default 20)", positiveInteger)
    .option("--l2 <lambda>", "regularisation (default 0.01)", number)
    .option("--eta <eta>", "step size (default 1 / L)", number)
    .option("--clip <m>", "clip each record's gradient (default: never bites)", number)
    .option("--radius <r>", "radius of the projection ball (default none)", number)
    .option(
      "--weight-norm <w>",
      "norm the weights are reckoned to stay within, for rounding (default 16)",
      number,
    )
    .addOption(
      new Option("--deletion <kind>", "what becomes of a deleted record (default tombstone)").choices([
        "tombstone",
        "replace",
      ]),
    )
    .addOption(
      new Option("--release-at <when>", "where models may be released (default step)").choices([
        "step",
        "epoch",
      ]),
    )
    .option(
      "--max-steps <k>",
      "refuse requests beyond this many steps (default: retraining's)",
      positiveInteger,
    )
    .option("--seed <text>", "experiments only: reproducible, and its certificates do not certify")
    .addOption(
      new Option("--kernel <name>", "compute kernel (default wasm-simd)").choices(["wasm-simd", "reference"]),
    )
    .option(
      "--test <data>",
      "data to score the model on, read as the training data; with MNIST's folder its test images",
    )
    .option("--test-labels <file>", "labels (.npy) of --test where that is a .npy file")
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
    $ expunge train people.csv --schema schema.json --out model --epsilon 1 --delta 1e-5
    $ expunge train ../shared/data/mnist --digits 3,8 --out model --epsilon 1 --delta 8.8e-5 --l2 0.011264 --epochs 100
    $ expunge train train-features.npy --labels train-labels.npy --out model --epsilon 1 --delta 1e-5

Ctrl-C while training leaves nothing behind.`,
    );
  addTrainDataOptions(command);
  command.action(async (path: string, options) => {
    const output = createOutput(options.json === true);
    await requireNewDirectory(options.out);
    const test = await loadTest(options);
    const fitOptions = fitOptionsFrom(options);
    const bar = output.progress("training");
    const trained = await interruptible((signal) =>
      options.memoryLimit === undefined
        ? trainInMemory(path, options, fitOptions, output, { signal, onProgress: bar.report })
        : trainOnDisk(path, options, fitOptions, output, { signal, onProgress: bar.report }),
    ).finally(bar.stop);
    const { model, seconds, trainScore, trial, notes } = trained;
    const { plan, description } = model;
    const summary = {
      model: options.out,
      rows: description.rowCount,
      features: description.featureCount,
      seconds,
      trainScore,
      testScore: test === null ? null : model.score(test),
      sigma: plan.sigma,
      eta: plan.process.eta,
      contraction: plan.process.contraction,
      batchCount: plan.process.batchCount,
      steps: model.timeline.steps,
      stepsPerRequest:
        fitOptions.sigma === undefined ? (fitOptions.unlearnSteps ?? plan.process.batchCount) : null,
      target: plan.target,
      privacyEpsilon: model.privacy().epsilon,
      trial:
        trial === null
          ? null
          : { score: trial.score, noiselessScore: trial.noiselessScore, heldBackRows: trial.heldBackRows },
      isCertifying: plan.seed === null,
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
      good(`Trained on ${figure(summary.rows)} rows in ${figure(seconds)} s; saved to ${options.out}.`),
      ...fields([
        [`${scoreName(description.task)} on training rows`, summary.trainScore],
        [`${scoreName(description.task)} on test rows`, summary.testScore],
        ["sigma", summary.sigma],
        ["steps", summary.steps],
        [
          "each request will meet",
          `epsilon = ${figure(plan.target.epsilon)} at delta = ${figure(plan.target.delta)}`,
        ],
        [
          "noise planned for",
          fitOptions.sigma === undefined
            ? `${count(fitOptions.requests ?? 100, "request")} of ${count(fitOptions.rowsPerRequest ?? 1, "row")}, one after another`
            : null,
        ],
        [
          "steps a request may take",
          summary.stepsPerRequest === null
            ? null
            : `${figure(summary.stepsPerRequest)}, by plan (retraining: ${figure(summary.steps)})`,
        ],
        ["privacy of those who stay", `${figure(summary.privacyEpsilon)} (epsilon; no part of the promise)`],
        ["seeded", summary.isCertifying ? null : "yes: certificates of this model do not certify"],
        [
          "next",
          `expunge forget ${options.out} ${model.state.index.hasOwners ? "--subject ID" : "--rows 0"} --preview`,
        ],
      ]),
    ]);
  });
}

/** The data of --test, read before anything is trained: a wrong path must not cost a training. */
async function loadTest(
  options: DataOptions & { readonly test?: string; readonly testLabels?: string },
): Promise<Dataset | null> {
  const { test, testLabels, labels: _labels, ...rest } = options;
  if (test === undefined) return null;
  if (testLabels === undefined && /\.npy$/i.test(test))
    throw new ExpungeError("E_OPTION", `${test} holds features only: give --test-labels FILE.npy too.`);
  return loadData(test, testLabels === undefined ? rest : { ...rest, labels: testLabels }, "test");
}

function fitOptionsFrom(options: Record<string, unknown>): FitOptions {
  return Object.fromEntries(
    FIT_OPTION_NAMES.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  ) as unknown as FitOptions;
}
