import type { Evaluation, TrainingPlan } from "expunge";
import { isPoor, type Judgement, judge } from "expunge/process";
import type { StoredJudgement } from "../database/stored-judgement.js";
import { isAborted } from "../objects/ending-at.js";
import type { Score } from "./evaluate-release.js";
import { answersOfSlots, type OwnRows } from "./own-rows.js";

const NO_BETTER =
  "Try less regularisation (l2), more epochs, a larger epsilon or columns that say more. An evaluation data set says how good a model is.";
const RARE = `${NO_BETTER} Where a class is rare, train with class weights (balanced).`;

/**
 * Whether a release is of more use than no model, for whoever looks at it: by its evaluation rows where it has been measured on some, else by its own.
 *
 * Of its own rows only what is coarse is said, and only where nothing is claimed of the people in them (docs/theory.md, "What is said of a model's own rows").
 * It is for people to look at: whatever goes wrong with it, nobody's deletion waits, and nothing is said.
 *
 * @throws ExpungeError E_ABORTED where rows come of a database for work that is told to end
 */
export async function judgeRelease(
  { evaluation }: Score,
  plan: TrainingPlan,
  rows: () => OwnRows,
): Promise<StoredJudgement | null> {
  if (evaluation !== null) return byEvaluation(evaluation);
  if (!maySayOfOwnRows(plan)) return null;
  try {
    const own = rows();
    const answers = await answersOfSlots(own);
    const rowCount = answers.labels.length;
    if (rowCount === 0) return null;
    return { on: "training", rowCount, ...coarsely(judge({ ...own.description, ...answers })) };
  } catch (error) {
    if (isAborted(error)) throw error;
    return null;
  }
}

/** With noise at every step something is claimed of people in use, which what is said of their rows would not be counted in. Records put in others' place are nobody's rows. */
function maySayOfOwnRows({ noise, process }: TrainingPlan): boolean {
  return noise.kind === "on-release" && process.deletion === "tombstone";
}

function byEvaluation(evaluation: Evaluation): StoredJudgement {
  return {
    on: "evaluation",
    rowCount: evaluation.rowCount,
    baseline: evaluation.task === "regression" ? null : evaluation.baseline,
    notes: evaluation.notes.filter(({ code }) => isPoor(code)),
  };
}

/** Whole percents and no counts. */
function coarsely({ code, only, baseline }: Judgement): Pick<StoredJudgement, "baseline" | "notes"> {
  const share = baseline && Math.round(100 * baseline.share);
  const said = baseline && { label: baseline.label, share: (share as number) / 100 };
  if (code === null) return { baseline: said, notes: [] };
  if (code === "not-above-mean") {
    const text = "On its training rows it is no better than predicting the labels' mean for every row.";
    return { baseline: said, notes: [{ code, text, help: NO_BETTER }] };
  }
  const most = `About ${share}% of its training rows are "${baseline?.label}"`;
  const text =
    code === "one-class-predicted"
      ? `The model calls every row "${only}". ${most}.`
      : `${most}, and the model is hardly better, or no better, than calling every row so.`;
  return { baseline: said, notes: [{ code, text, help: RARE }] };
}
