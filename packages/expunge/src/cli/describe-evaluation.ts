import type {
  CalibrationBin,
  ClassEvaluation,
  Evaluation,
  EvaluationNote,
  Interval,
  RegressionEvaluation,
} from "../unlearner/metrics.js";
import { bad, count, fields, figure, heading } from "./output.js";

/** More classes than this make no readable table; the worst confusions are listed instead. */
const MAX_IN_TABLE = 12;
const MAX_CONFUSIONS = 10;

type Field = readonly [string, string | number | null];

/**
 * An evaluation for people: accuracy beside its baseline first, notes last, where a terminal leaves the eye.
 *
 */
export function describeEvaluation(evaluation: Evaluation, loss: number): string[] {
  return [
    ...(evaluation.task === "regression"
      ? describeRegression(evaluation, loss)
      : describeClasses(evaluation, loss)),
    ...evaluation.notes.flatMap(describeNote),
  ];
}

function describeClasses(found: ClassEvaluation, loss: number): string[] {
  const { task, classes, baseline, average, calibration, confusion } = found;
  const { label: positive, rowCount: positiveCount } = classes[1]!;
  const whose = average === "positive" ? ` of "${positive}"` : ", mean of classes";
  const positiveShare = positiveCount / found.rowCount;
  const lines: Field[] = [
    ["rows", found.rowCount],
    ["accuracy", `${share(found.accuracy)}  (95%: ${interval(found.accuracyInterval)})`],
    ["majority baseline", `${share(baseline.share)}  (always "${baseline.label}")`],
    ["balanced accuracy", share(found.balancedAccuracy)],
    [`precision${whose}`, share(found.precision)],
    [`recall${whose}`, share(found.recall)],
    [`F1${whose}`, share(found.f1)],
    ["AUC", beside(found.auc, 0.5)],
    ["average precision", beside(found.averagePrecision, task === "binary" ? positiveShare : null)],
    ["log loss", found.logLoss],
    ["Brier score", found.brier],
    ["calibration error", calibration && beside(calibration.expectedError, calibration.chanceError)],
    ["threshold", found.threshold],
    // Of a logistic or softmax model it is the log loss again.
    ["mean loss", found.logLoss === null ? loss : null],
  ];
  return [
    ...fields(lines),
    ...(task === "multiclass" && classes.length <= MAX_IN_TABLE ? classTable(found) : []),
    ...(confusion === null ? [] : confusionLines(found, confusion)),
    ...(calibration === null ? [] : calibrationLines(calibration.of, positive, calibration.bins)),
  ];
}

function classTable({ classes }: ClassEvaluation): string[] {
  return [
    "",
    heading("Classes, each against the rest"),
    ...table([
      ["", "rows", "precision", "recall", "F1", "AUC"],
      ...classes.map(({ label, rowCount, precision, recall, f1, auc }) => [
        label,
        figure(rowCount),
        share(precision),
        share(recall),
        share(f1),
        share(auc),
      ]),
    ]),
  ];
}

function confusionLines(
  { classes }: ClassEvaluation,
  confusion: readonly (readonly number[])[],
): readonly string[] {
  const names = classes.map(({ label }) => label);
  if (names.length <= MAX_IN_TABLE) {
    return [
      "",
      heading("Confusion (down: what is true; across: what the model says)"),
      ...table([["", ...names], ...names.map((name, i) => [name, ...confusion[i]!.map(figure)])]),
    ];
  }
  const wrong = confusion.flatMap((row, i) => row.map((rows, j) => ({ rows: i === j ? 0 : rows, i, j })));
  const worst = wrong.filter(({ rows }) => rows > 0).sort((a, b) => b.rows - a.rows);
  return [
    "",
    heading("Most frequent confusions (all of them: --json)"),
    ...worst
      .slice(0, MAX_CONFUSIONS)
      .map(({ rows, i, j }) => `  ${count(rows, "row")} of "${names[i]}" called "${names[j]}"`),
  ];
}

function calibrationLines(of: string, positive: string, bins: readonly CalibrationBin[]): string[] {
  return [
    "",
    heading(
      of === "positive"
        ? `Calibration of "${positive}" (as a picture: --figure FILE.svg)`
        : "Calibration of the class predicted (as a picture: --figure FILE.svg)",
    ),
    ...table([
      ["predicted", "came", "95%", "rows"],
      ...bins.map(({ meanPredicted, observedShare, observed, count: rows }) => [
        share(meanPredicted),
        share(observedShare),
        interval(observed),
        figure(rows),
      ]),
    ]),
  ];
}

function describeRegression(found: RegressionEvaluation, loss: number): string[] {
  const { baseline } = found;
  const error = (value: number, ofMean: number): string =>
    `${figure(value)}  (predicting the mean: ${figure(ofMean)})`;
  const lines: Field[] = [
    ["rows", found.rowCount],
    ["R squared", found.r2 === null ? share(null) : `${share(found.r2)}  (predicting the mean: 0)`],
    ["mean absolute error", error(found.meanAbsoluteError, baseline.meanAbsoluteError)],
    ["root mean squared error", error(found.rootMeanSquaredError, baseline.rootMeanSquaredError)],
    ["mean loss", loss],
    ["unit of the errors", "the label's own"],
  ];
  return fields(lines);
}

function describeNote({ code, text, help }: EvaluationNote): string[] {
  return ["", `${bad(`WARNING ${code}`)}: ${text}`, ...(help === null ? [] : [`  ${help}`])];
}

/** Four decimals, so that columns line up. */
function share(value: number | null): string {
  return value === null ? "not defined" : value.toFixed(4);
}

/** A number beside what chance alone would make of it. */
function beside(value: number | null, chance: number | null): string {
  return value === null || chance === null ? share(value) : `${share(value)}  (${share(chance)} is chance)`;
}

function interval([low, high]: Interval): string {
  return `${share(low)} to ${share(high)}`;
}

/** Numbers to the right, names to the left. Rows are of one length; there is at least the one of headings. */
function table(rows: readonly (readonly string[])[]): string[] {
  const headings = rows[0]!;
  const isNamed = headings[0] === "";
  const widths = headings.map((_, k) => Math.max(...rows.map((row) => row[k]!.length)));
  return rows.map((row) => {
    const cells = row.map((cell, k) =>
      k === 0 && isNamed ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!),
    );
    return `  ${cells.join("  ")}`.trimEnd();
  });
}
