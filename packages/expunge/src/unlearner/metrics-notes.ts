import { commonest } from "./metrics-classes.js";
import type {
  ClassEvaluation,
  EvaluationNote,
  EvaluationNoteCode,
  RegressionEvaluation,
} from "./metrics-record.js";

/** The rarest class is outnumbered by the commonest so many times, or more: accuracy is then the commonest's. */
const IMBALANCE = 20;
/** With fewer rows than this a class's recall has a standard error of up to 0.1 and more. */
const FEW_ROWS = 25;
/** Probabilities that are off by less on average are called right, however surely. */
const MISCALIBRATION = 0.05;
/** Scores of such an AUC tell rows apart, whatever the threshold makes of them. */
const TELLING_AUC = 0.65;

const BETTER_MODEL =
  "Try less regularisation (l2), more epochs, less noise (more steps a request, or a larger epsilon) or features that say more; compare with a model without noise.";
const THRESHOLD =
  "Choose another probability from which rows are called positive (threshold), or train with class weights (balanced).";
/** Where there is no threshold: several classes, or no probabilities. */
const MORE_ROWS = "Train on more rows of the rare classes.";

/** What must be said of a model of classes. */
export function classNotes(found: Omit<ClassEvaluation, "notes">): readonly EvaluationNote[] {
  const { classes, rowCount } = found;
  const present = classes.filter((scores) => scores.rowCount > 0);
  const [only, ...others] = present;
  const notes =
    only !== undefined && others.length === 0
      ? [
          note(
            "one-class-in-data",
            `All ${count(rowCount)} rows are "${only.label}": nothing that compares classes (AUC, average precision) is defined, and accuracy is the recall of this class.`,
            "Evaluate on rows of every class too.",
          ),
        ]
      : [...oneClassPredicted(found), ...notAboveMajority(found), ...imbalance(present, found.threshold)];
  return Object.freeze([...notes, ...absent(found), ...fewRows(found), ...miscalibrated(found)]);
}

/** What must be said of a regression. */
export function regressionNotes({
  r2,
  rowCount,
  baseline,
}: Omit<RegressionEvaluation, "notes">): readonly EvaluationNote[] {
  if (r2 === null) {
    const text = `All ${count(rowCount)} labels are ${baseline.mean}: R squared is not defined.`;
    return Object.freeze([note("constant-labels", text, null)]);
  }
  if (r2 > 0) return Object.freeze([]);
  const text = `R squared is ${figure(r2)}: no better than predicting the labels' mean for every row.`;
  const help = `${BETTER_MODEL} Labels far from 0, or on a scale far from 1, want a centre and a scale in the schema.`;
  return Object.freeze([note("not-above-mean", text, help)]);
}

function oneClassPredicted({
  classes,
  rowCount,
  auc,
  threshold,
}: Omit<ClassEvaluation, "notes">): EvaluationNote[] {
  const only = classes.find(({ predictedCount }) => predictedCount === rowCount);
  if (only === undefined) return [];
  const text = `The model calls every row "${only.label}", though ${count(rowCount - only.rowCount)} of ${count(rowCount)} are not.`;
  const doesRank = auc !== null && auc >= TELLING_AUC;
  const help = doesRank
    ? `Its scores do tell rows apart (AUC ${figure(auc)}). ${rebalancing(threshold)}`
    : BETTER_MODEL;
  return [note("one-class-predicted", text, help)];
}

function notAboveMajority({
  accuracy,
  accuracyInterval: [low, high],
  baseline,
  classes,
  rowCount,
  auc,
  threshold,
}: Omit<ClassEvaluation, "notes">): EvaluationNote[] {
  if (low > baseline.share) return [];
  const isSameClass = classes.some(({ predictedCount }) => predictedCount === rowCount);
  const getsAll = `what calling every row "${baseline.label}" gets: ${figure(baseline.share)}.`;
  const text =
    accuracy > baseline.share
      ? `Accuracy is ${figure(accuracy)} (95% interval ${figure(low)} to ${figure(high)}), which may be no better than ${getsAll}`
      : `Accuracy is ${figure(accuracy)}, ${accuracy < baseline.share ? "below" : "no better than"} ${getsAll}`;
  // What would help has been said already where the model calls all rows the same.
  const help =
    auc !== null && auc >= TELLING_AUC ? `${rebalancing(threshold)} AUC is ${figure(auc)}.` : BETTER_MODEL;
  return [note("not-above-majority", text, isSameClass ? null : help)];
}

function imbalance(present: ClassEvaluation["classes"], threshold: number | null): EvaluationNote[] {
  const most = commonest(present);
  const least = present.reduce((best, next) => (next.rowCount < best.rowCount ? next : best));
  const ratio = most.rowCount / least.rowCount;
  if (ratio < IMBALANCE) return [];
  const text = `"${least.label}" is outnumbered by "${most.label}" ${count(Math.floor(ratio))} to 1: accuracy says little here. Look at AUC, average precision and the recall of "${least.label}".`;
  return [note("imbalance", text, rebalancing(threshold))];
}

function absent({ task, classes }: Omit<ClassEvaluation, "notes">): EvaluationNote[] {
  const missing = classes.filter(({ rowCount }) => rowCount === 0).map(({ label }) => `"${label}"`);
  if (task === "binary" || missing.length === 0) return [];
  const text = `No row is ${listOf(missing)}: balanced accuracy and AUC leave ${missing.length === 1 ? "it" : "them"} out.`;
  return [note("absent-class", text, null)];
}

function fewRows({ classes }: Omit<ClassEvaluation, "notes">): EvaluationNote[] {
  const few = classes.filter(({ rowCount }) => rowCount > 0 && rowCount < FEW_ROWS);
  if (few.length === 0) return [];
  const listed = listOf(few.map(({ label, rowCount }) => `"${label}" (${rowCount})`));
  const text = `Few rows are ${listed}: what is said of ${few.length === 1 ? "this class" : "these classes"} is mostly chance.`;
  return [note("few-rows-of-class", text, "Evaluate on more such rows.")];
}

function miscalibrated({ calibration, baseline }: Omit<ClassEvaluation, "notes">): EvaluationNote[] {
  // Rows chosen by their label are not what probabilities are about.
  if (calibration === null || baseline.share === 1) return [];
  const { expectedError, chanceError } = calibration;
  if (expectedError <= MISCALIBRATION || expectedError <= 2 * chanceError) return [];
  const text = `Probabilities are off by ${figure(expectedError)} on average (${figure(chanceError)} would be chance).`;
  const help =
    "Rank by them, but do not take them at their word. Strong regularisation (l2) makes them too modest, noise too sure.";
  return [note("miscalibrated", text, help)];
}

const rebalancing = (threshold: number | null): string => (threshold === null ? MORE_ROWS : THRESHOLD);

/** A long list is cut. */
function listOf(items: readonly string[]): string {
  const shown = items.length > 6 ? [...items.slice(0, 5), `${items.length - 5} more`] : items;
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

const count = (value: number): string => value.toLocaleString("en-US");

/** Four decimals. */
const figure = (value: number): string => String(Number(value.toFixed(4)));

function note(code: EvaluationNoteCode, text: string, help: string | null): EvaluationNote {
  return Object.freeze({ code, text, help });
}
