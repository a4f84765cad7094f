import { type Command, InvalidArgumentError } from "commander";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { definitionOf } from "../objective/index.js";
import { type Evaluation, evaluateModel } from "../unlearner/metrics.js";
import type { Model } from "../unlearner/model.js";
import { number } from "./arguments.js";
import { describeEvaluation } from "./describe-evaluation.js";
import { addScoreDataOptions, loadDataFor } from "./load-data.js";
import { Notes } from "./notes.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { createOutput } from "./output.js";
import { requireWritableFile, writeInPlace } from "./output-path.js";

export function addEvaluateCommand(program: Command): void {
  const command = program
    .command("evaluate")
    .description("Judge a model on labelled rows, beside what needs no model")
    .argument("<model>", "model directory")
    .argument("<data>", "CSV or Parquet, .npy/.npz, or MNIST's folder (its test images)");
  addScoreDataOptions(command);
  command
    .option(
      "--threshold <t>",
      "two classes: probability in (0, 1) from which on a row is called positive (default 0.5)",
      probability,
    )
    .option("--figure <file>", "draw how true the probabilities are, as an .svg")
    .option("--json", "print JSON: rows, score (accuracy, or R squared for regression), loss, and all else");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Rows may all be of one class. Warnings say where a model is no better than none: one class for all, or no more right than the commonest label.

Examples:
    $ expunge evaluate model test.csv
    $ expunge evaluate model test.csv --threshold 0.3 --figure calibration.svg
    $ expunge evaluate model test-features.npy --labels test-labels.npy
    $ expunge evaluate model ../shared/data/mnist`,
    )
    .action(async (directory: string, data: string, options) => {
      const { figure: picture, threshold } = options;
      if (picture !== undefined) await requireWritableFile(picture);
      const { model } = await readModel(directory, options);
      if (picture !== undefined) requireProbabilities(model);
      const output = createOutput(options.json === true);
      const told = new Notes(output);
      const dataset = await loadDataFor(directory, model, data, options, { part: "test", notes: told });
      const evaluation = evaluateModel(model.state, dataset, given({ threshold }));
      const loss = model.loss(dataset);
      if (picture !== undefined && evaluation.task !== "regression" && evaluation.calibration !== null) {
        const { calibration, classes } = evaluation;
        const { calibrationPlot } = await import("../plots/calibration-plot.js");
        await writeInPlace(picture, calibrationPlot({ calibration, positiveLabel: classes[1]!.label }));
      }
      const ofData = told.texts.map((text) => ({ code: "data", text, help: null }));
      const notes = [...ofData, ...evaluation.notes];
      const summary = { rows: evaluation.rowCount, score: scoreOf(evaluation), loss, ...evaluation, notes };
      output.result(summary, () => [
        ...describeEvaluation(evaluation, loss),
        ...(picture === undefined ? [] : ["", `Calibration is drawn in ${picture}.`]),
      ]);
    });
}

/** What the score of a task is called. */
export function scoreName(task: "binary" | "multiclass" | "regression"): string {
  return task === "regression" ? "R squared" : "accuracy";
}

export function scoreOf(evaluation: Evaluation): number | null {
  return evaluation.task === "regression" ? evaluation.r2 : evaluation.accuracy;
}

/** The score of always saying the commonest label; null for regression, where saying the mean has R squared 0. */
export function baselineOf(evaluation: Evaluation): number | null {
  return evaluation.task === "regression" ? null : evaluation.baseline.share;
}

/** An option that is a probability. */
export function probability(text: string): number {
  const value = number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a probability between 0 and 1, neither of them.");
}

/** Before the rows are read. @throws ExpungeError E_OPTION */
function requireProbabilities({ plan }: Model): void {
  const { kind } = plan.objective;
  if (definitionOf(kind).hasProbabilities) return;
  throw new ExpungeError(
    "E_OPTION",
    `--figure shows how true probabilities are, and a model of objective ${kind} gives none: leave it out.`,
  );
}
