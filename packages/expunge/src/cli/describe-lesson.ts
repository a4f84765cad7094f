import type { Dataset } from "../data/index.js";
import type { LessonPreview } from "../unlearner/lesson.js";
import type { LearnResult, Model } from "../unlearner/model.js";
import { scoresOf } from "./describe-forget.js";
import { count, fields, figure, good, heading } from "./output.js";

/** What `expunge learn --json` prints. */
export function summarizeLesson(result: LearnResult, before: Model, evaluateOn: Dataset | undefined) {
  const { rows, steps, gradientEvaluations, model } = result;
  return {
    rowCount: rows.length,
    /** Numbers of the rows that joined, which follow one another. */
    firstRow: rows[0] ?? null,
    lastRow: rows.at(-1) ?? null,
    rowsNow: model.description.rowCount - model.timeline.deletedCount,
    steps,
    gradientEvaluations,
    ...scoresOf(before, model, evaluateOn),
  };
}

export function describeLesson(summary: ReturnType<typeof summarizeLesson>): string[] {
  return [
    good(`Learned: ${count(summary.rowCount, "row")} joined, ${count(summary.steps, "step")}.`),
    ...fields([
      ["their numbers", `${summary.firstRow} to ${summary.lastRow}`],
      ["rows now", summary.rowsNow],
      ["gradient evaluations", summary.gradientEvaluations],
      ["score before", summary.scoreBefore],
      ["score after", summary.scoreAfter],
      ["certificates", "none is issued; those issued before hold for the new model too"],
    ]),
  ];
}

/** @param epochs of the model's training, for comparison */
export function describeLessonPreview(preview: LessonPreview, epochs: number): string[] {
  const { batchCountBefore, batchCountAfter } = preview;
  return [
    heading("Preview: nothing was changed"),
    ...fields([
      ["rows that would join", preview.rowCount],
      [
        "steps",
        `${figure(preview.steps)}, ${count(preview.steps / batchCountAfter, "epoch")} (training: ${figure(epochs)})`,
      ],
      ["gradient evaluations", preview.gradientEvaluations],
      [
        "batches",
        batchCountAfter === batchCountBefore
          ? `${batchCountBefore}, with room enough`
          : `${batchCountBefore} now, ${batchCountAfter} then`,
      ],
    ]),
  ];
}
