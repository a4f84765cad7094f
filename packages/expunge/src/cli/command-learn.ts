import type { Command } from "commander";
import { given } from "../given.js";
import { positiveInteger } from "./arguments.js";
import { describeLesson, describeLessonPreview, summarizeLesson } from "./describe-lesson.js";
import { interruptible } from "./interrupt.js";
import { loadDataFor } from "./load-data.js";
import { Notes } from "./notes.js";
import { openModel } from "./open-model.js";
import { type Answer, createOutput, type Output } from "./output.js";
import { addChangeOptions, type ChangeArguments, evaluationRows } from "./request-options.js";

export function addLearnCommand(program: Command): void {
  const command = program
    .command("learn")
    .description("Add rows to a model, and go on training on all of them")
    .argument("<model>", "model directory")
    .argument("<data>", "labelled rows that join: CSV or Parquet, .npy/.npz, or MNIST's folder")
    .option("--subjects <file>", ".npy/.npz: whose rows they are, one id a line for each row")
    .option(
      "--epochs <n>",
      "passes over all batches, those of the newcomers included (default 1)",
      positiveInteger,
    )
    .option("--steps <k>", "steps of one batch each, instead of epochs", positiveInteger);
  addChangeOptions(command, "labelled data to measure the score on, before and after")
    .addHelpText(
      "after",
      `
Rows are read as the training data were: the same columns, schema, scales and labels. Each gets a free slot, drawn at random; where
none is free, the model's cycle gets more batches. Rows may be of new subjects or of known ones, also of those who were forgotten.
One epoch of many moves a model little: --preview says how many training took.
No certificate is issued, and none that was issued is weakened. All or nothing: on an error, a crash or Ctrl-C the model stays as it was.

Examples:
    $ expunge learn model october.csv --preview
    $ expunge learn model october.csv --epochs 2 --evaluate test.csv
    $ expunge learn model features.npy --labels labels.npy --subjects ids.txt`,
    )
    .action(async (directory: string, data: string, options: LearnArguments) => {
      const output = createOutput(options.json === true);
      const answer = await interruptible((signal) => learn(directory, data, options, output, signal));
      output.result(answer.value, answer.lines);
    });
}

interface LearnArguments extends ChangeArguments {
  readonly subjects?: string;
  readonly epochs?: number;
  readonly steps?: number;
}

async function learn(
  directory: string,
  data: string,
  options: LearnArguments,
  output: Output,
  signal: AbortSignal,
): Promise<Answer> {
  const stored = await openModel(directory, options, signal);
  try {
    const before = stored.model;
    const notes = new Notes(output);
    const rows = await loadDataFor(directory, before, data, options, { part: "train", notes });
    const { epochs, steps } = options;
    const asked = given({ epochs, steps });
    if (options.preview) {
      const preview = before.previewLesson(rows, asked);
      return {
        value: { ...preview, notes: notes.texts },
        lines: () => describeLessonPreview(preview, before.plan.epochs),
      };
    }
    const { evaluateOn } = await evaluationRows(stored, options, notes);
    const bar = output.progress("learning");
    const result = await stored.learn(rows, { ...asked, signal, onProgress: bar.report }).finally(bar.stop);
    const summary = summarizeLesson(result, before, evaluateOn);
    return { value: { ...summary, notes: notes.texts }, lines: () => describeLesson(summary) };
  } finally {
    await stored.close();
  }
}
