import { classScores, commonest, confusionMatrix, type Judged, meanOf } from "./metrics-classes.js";
import { classNotes } from "./metrics-notes.js";
import { calibrate, logLoss, wilsonInterval } from "./metrics-probability.js";
import { rankScores } from "./metrics-ranking.js";
import type { Calibration, ClassEvaluation, ClassScores, Predictions } from "./metrics-record.js";

/** Two classes: a threshold decides. The predictions have been checked. */
export function evaluateBinary({
  labelNames,
  labels,
  outputs,
  probabilities,
  threshold,
}: Predictions): ClassEvaluation {
  const rowCount = labels.length;
  const scores = (outputs ?? probabilities) as ArrayLike<number>;
  const chosen = probabilities ? (threshold ?? 0.5) : null;
  // Probabilities saturate where outputs do not, so that outputs decide where they are there; at 1/2 exactly as `predict`.
  const cut = !outputs ? (chosen as number) : chosen === null ? 0 : Math.log(chosen / (1 - chosen));
  const judged: Judged = {
    labelNames,
    truth: Uint32Array.from({ length: rowCount }, (_, i) => Number(labels[i] === 1)),
    predicted: Uint32Array.from({ length: rowCount }, (_, i) => Number(scores[i]! >= cut)),
  };
  const classes = classScores(judged, (row, label) => (label === 1 ? scores[row]! : -scores[row]!));
  const { precision, recall, f1, auc, averagePrecision } = classes[1]!;
  const { truth } = judged;
  return finish(judged, classes, {
    task: "binary",
    average: "positive",
    precision,
    recall,
    f1,
    auc,
    averagePrecision,
    threshold: chosen,
    ...(probabilities
      ? {
          logLoss: logLoss(rowCount, (i) => (truth[i] === 1 ? probabilities[i]! : 1 - probabilities[i]!)),
          brier: mean(rowCount, (i) => (probabilities[i]! - truth[i]!) ** 2),
          calibration: calibration(
            "positive",
            rowCount,
            (i) => probabilities[i]!,
            (i) => truth[i] === 1,
          ),
        }
      : NO_PROBABILITIES),
  });
}

/** Several classes: the likeliest is predicted. The predictions have been checked. */
export function evaluateMulticlass({
  labelNames,
  labels,
  outputs,
  probabilities,
}: Predictions): ClassEvaluation {
  const rowCount = labels.length;
  const classCount = labelNames.length;
  // Probabilities compare rows, outputs only the classes of one row; but they tell more large outputs of one row apart.
  const best = (outputs ?? probabilities) as ArrayLike<number>;
  const scores = (probabilities ?? outputs) as ArrayLike<number>;
  const judged: Judged = {
    labelNames,
    truth: Uint32Array.from({ length: rowCount }, (_, i) => labels[i]!),
    predicted: Uint32Array.from({ length: rowCount }, (_, i) => argMax(best, i * classCount, classCount)),
  };
  const { truth, predicted } = judged;
  const classes = classScores(judged, (row, label) => scores[row * classCount + label]!);
  const occurring = classes.filter(({ rowCount, predictedCount }) => rowCount + predictedCount > 0);
  const macro = (pick: (scores: ClassScores) => number | null): number | null =>
    meanOf(occurring.map((scores) => pick(scores) ?? 0));
  const overDefined = (pick: (scores: ClassScores) => number | null): number | null =>
    meanOf(classes.map(pick).filter((value) => value !== null));
  return finish(judged, classes, {
    task: "multiclass",
    average: "macro",
    precision: macro(({ precision }) => precision),
    recall: macro(({ recall }) => recall),
    f1: macro(({ f1 }) => f1),
    auc: overDefined(({ auc }) => auc),
    averagePrecision: overDefined(({ averagePrecision }) => averagePrecision),
    threshold: null,
    ...(probabilities
      ? {
          logLoss: logLoss(rowCount, (i) => probabilities[i * classCount + truth[i]!]!),
          brier: mean(rowCount, (i) => {
            let sum = 0;
            for (let j = 0; j < classCount; j++)
              sum += (probabilities[i * classCount + j]! - Number(truth[i] === j)) ** 2;
            return sum;
          }),
          calibration: calibration(
            "predicted",
            rowCount,
            (i) => probabilities[i * classCount + predicted[i]!]!,
            (i) => truth[i] === predicted[i],
          ),
        }
      : NO_PROBABILITIES),
  });
}

const NO_PROBABILITIES = { logLoss: null, brier: null, calibration: null } as const;

type OwnScores = Pick<
  ClassEvaluation,
  | "task"
  | "average"
  | "precision"
  | "recall"
  | "f1"
  | "auc"
  | "averagePrecision"
  | "logLoss"
  | "brier"
  | "calibration"
  | "threshold"
>;

/** Adds what is the same for two classes and for more. */
function finish(judged: Judged, classes: readonly ClassScores[], own: OwnScores): ClassEvaluation {
  const { truth, predicted } = judged;
  const rowCount = truth.length;
  let right = 0;
  for (let i = 0; i < rowCount; i++) if (truth[i] === predicted[i]) right++;
  const { label, rowCount: most } = commonest(classes);
  const scores = {
    ...own,
    rowCount,
    accuracy: right / rowCount,
    accuracyInterval: wilsonInterval(right, rowCount),
    baseline: Object.freeze({ label, share: most / rowCount }),
    balancedAccuracy: meanOf(classes.flatMap(({ recall }) => recall ?? [])) as number,
    classes,
    confusion: confusionMatrix(judged),
  };
  return Object.freeze({ ...scores, notes: classNotes(scores) });
}

function calibration(
  of: Calibration["of"],
  rowCount: number,
  probabilityOf: (row: number) => number,
  hasCome: (row: number) => boolean,
): Calibration {
  const { positive, negative } = rankScores(rowCount, probabilityOf, hasCome);
  return calibrate(of, positive, negative);
}

function mean(count: number, term: (row: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum / count;
}

function argMax(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let j = 1; j < count; j++) if (values[start + j]! > values[start + best]!) best = j;
  return best;
}
