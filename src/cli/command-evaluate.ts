import type { Command } from "commander";
import { addScoreDataOptions, loadDataFor } from "./load-data.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { createOutput, fields } from "./output.js";

export function addEvaluateCommand(program: Command): void {
  const command = program
    .command("evaluate")
    .description("Score a model on labelled rows")
    .argument("<model>", "model directory")
    .argument("<data>", "CSV or Parquet, .npy/.npz, or MNIST's folder (its test images)");
  addScoreDataOptions(command);
  command.option("--json", "print JSON: rows, score (accuracy, or R squared for regression), loss");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Examples:
    $ expunge evaluate model test.csv
    $ expunge evaluate model test-features.npy --labels test-labels.npy
    $ expunge evaluate model ../shared/data/mnist`,
    )
    .action(async (directory: string, data: string, options) => {
      const { model } = await readModel(directory, options);
      const dataset = await loadDataFor(directory, model, data, options);
      const summary = {
        rows: dataset.rowCount,
        score: model.score(dataset),
        loss: model.loss(dataset),
      };
      createOutput(options.json === true).result(summary, () =>
        fields([
          ["rows", summary.rows],
          [scoreName(dataset.task), summary.score],
          ["mean loss", summary.loss],
        ]),
      );
    });
}

/** What the score of a task is called. */
export function scoreName(task: "binary" | "multiclass" | "regression"): string {
  return task === "regression" ? "R squared" : "accuracy";
}
