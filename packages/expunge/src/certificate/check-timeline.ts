import {
  type Releases,
  releaseCountOf,
  STRETCHES_AFTER_FOLDING,
  STRETCHES_AT_ONCE,
} from "../accounting/disclosure.js";
import { GRID_NOISE_RANGE, gridFor, isGridNoise } from "../accounting/grid.js";
import type { ProcessConstants } from "../accounting/process.js";
import { roundingKind } from "../accounting/rounding.js";
import { intervalText, isInRange } from "../math/number-range.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { checkCells, checkSlots } from "./check-history.js";
import { checkLives } from "./check-lives.js";
import { checkShifts } from "./check-shifts.js";
import { checkStepsBefore } from "./check-steps.js";
import { checkWeighting } from "./check-weighting.js";
import { releasesOf, stepNoiseOf } from "./derive.js";
import type { Issue } from "./issue.js";

/* That what a predicate says was done fits together, before anything is claimed of it. */

/** Everything that is no claim. Where it finds nothing the claims can be computed. */
export function checkCourse(
  predicate: UnlearningPredicate,
  process: ProcessConstants,
  model: string,
): Issue[] {
  const order = checkOrder(predicate);
  if (order.length > 0) return order;
  const noise = checkNoiseRange(predicate);
  const hasGrid = noise.length === 0;
  return [
    ...checkProcess(predicate, process),
    ...checkWeighting(predicate),
    ...(hasGrid ? checkNoise(predicate, process) : noise),
    ...checkRequest(predicate, model),
    ...checkStepsBefore(predicate, process),
    ...checkSlots(predicate, process),
    ...checkLives(predicate, process),
    ...(hasGrid ? checkCellsAndShifts(predicate, process) : []),
    ...checkCounts(predicate),
    ...checkReleases(predicate),
  ];
}

function checkOrder({ timeline }: UnlearningPredicate): Issue[] {
  const { stepsBefore, stepsAfter } = timeline;
  if (stepsAfter >= stepsBefore) return [];
  return [
    issueAt("TIMELINE_STEPS", "timeline.stepsAfter", `at least stepsBefore = ${stepsBefore}`, stepsAfter),
  ];
}

/** Constants that follow from others; all of them exact, since they take nothing but the arithmetic of IEEE 754. */
function checkProcess({ process }: UnlearningPredicate, derived: ProcessConstants): Issue[] {
  const { batchCount, smoothness, contraction, sensitivity, roundingPerStep } = derived;
  const expected = { batchCount, smoothness, contraction, sensitivity, roundingPerStep };
  const issues = Object.entries(expected).flatMap(([key, value]) =>
    differs(`DERIVED_${codeOf(key)}`, `process.${key}`, value, process[key as keyof typeof expected]),
  );
  const rounding = roundingKind(process.kernel);
  issues.push(...differs("DERIVED_ROUNDING", "process.rounding", rounding, process.rounding));
  if (!isInRange(sensitivity, SENSITIVITY_RANGE))
    issues.push(
      issueAt("PROCESS_RANGE", "process.sensitivity", `in ${intervalText(SENSITIVITY_RANGE)}`, sensitivity),
    );
  return issues;
}

/** Squares of shifts, with their weights, stay far from where float64 ends. */
const SENSITIVITY_RANGE = { min: 2 ** -450, max: 2 ** 450 };

/** Noise beyond it has no grid, so that nothing further can be computed of its release. */
function checkNoiseRange({ noise, timeline }: UnlearningPredicate): Issue[] {
  const isReleased = noise.kind === "on-release" && timeline.stepsAfter > timeline.stepsBefore;
  if (isGridNoise(noise.std) || (noise.std === 0 && !isReleased)) return [];
  return [issueAt("NOISE_STD_FALSE", "noise.std", `in ${intervalText(GRID_NOISE_RANGE)}`, noise.std)];
}

function checkNoise(predicate: UnlearningPredicate, { radius }: ProcessConstants): Issue[] {
  const { noise, timeline, holds, disclosure } = predicate;
  const steps = timeline.stepsAfter - timeline.stepsBefore;
  const isEveryStep = noise.kind === "every-step";
  const issues: Issue[] = [];
  if (isEveryStep !== (noise.sigma !== null))
    issues.push(
      issueAt("NOISE_SIGMA_FALSE", "noise.sigma", isEveryStep ? "a number > 0" : "null", noise.sigma),
    );
  if (isEveryStep) issues.push(...differs("DERIVED_STD", "noise.std", stepNoiseOf(predicate), noise.std));
  else if (noise.std > 0 !== steps > 0)
    issues.push(
      issueAt("NOISE_STD_FALSE", "noise.std", steps > 0 ? "a number > 0" : "0: there was no step", noise.std),
    );
  const grid = steps > 0 && noise.std > 0 ? gridFor(noise.std, radius) : 0;
  issues.push(...differs("DERIVED_GRID", "noise.grid", grid, noise.grid));
  if (isEveryStep !== (disclosure !== null))
    issues.push(issueAt("DISCLOSURE_PRESENCE", "disclosure", isEveryStep ? "a claim" : "null", disclosure));
  const isAdaptive = holds.against === "adaptive";
  if (isAdaptive !== Boolean(disclosure?.limit))
    issues.push(
      issueAt("POLICY", "disclosure.limit", isAdaptive ? "a limit" : "null", disclosure?.limit ?? null),
    );
  return issues;
}

function checkRequest({ request, timeline, modelBefore }: UnlearningPredicate, model: string): Issue[] {
  const issues: Issue[] = [];
  const { count, root } = request.subjects;
  if (count > request.rowCount || (count === 0) !== (root === null))
    issues.push(
      issueAt(
        "REQUEST_SUBJECTS_FALSE",
        "request.subjects",
        `at most ${request.rowCount} subjects, each with a row, and their root`,
        request.subjects,
      ),
    );
  const steps = timeline.stepsAfter - timeline.stepsBefore;
  if (steps > 0 && modelBefore === model)
    issues.push(issueAt("MODEL_UNCHANGED", "modelBefore", `another model, ${steps} steps before`, model));
  if (steps === 0 && modelBefore !== model)
    issues.push(issueAt("MODEL_CHANGED", "modelBefore", `${model}: no step was run`, modelBefore));
  return issues;
}

function checkCellsAndShifts(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const issues = checkCells(predicate, process);
  return issues.length > 0 ? issues : checkShifts(predicate, process);
}

/** Every request removed a row and released at most one model. */
function checkCounts({ request, data, timeline, noise, lives }: UnlearningPredicate): Issue[] {
  const issues: Issue[] = [];
  const { deletedCount, releaseCount, cells, stepsBefore, stepsAfter } = timeline;
  const { number, rowCount } = request;
  const least = rowCount + number - 1;
  const records = data.rowCount + (lives?.joinedCount ?? 0);
  const most = Math.min(number === 1 ? rowCount : records, records);
  if (!(deletedCount >= least && deletedCount <= most))
    issues.push(
      issueAt(
        "TIMELINE_DELETED_COUNT_FALSE",
        "timeline.deletedCount",
        `in [${least}, ${most}]`,
        deletedCount,
      ),
    );
  // With noise at every step the training's own release counts too, and is always there.
  const ofTraining = noise.kind === "every-step" ? 1 : 0;
  // A request that ran no step released nothing.
  const own = stepsAfter > stepsBefore ? 1 : 0;
  const noised = cells.stds.filter((std) => std > 0).length;
  // Lessons end in releases with noise where every step has it.
  const ofLearning = ofTraining * (1 + (lives?.lessonCount ?? 0));
  const fewest = Math.max(noised, ofLearning + own);
  const largest = number - 1 + own + ofLearning;
  if (!(releaseCount >= fewest && releaseCount <= largest))
    issues.push(
      issueAt(
        "TIMELINE_RELEASE_COUNT_FALSE",
        "timeline.releaseCount",
        `in [${fewest}, ${largest}]`,
        releaseCount,
      ),
    );
  return issues;
}

/** The stretches between releases: they cover every step, and this request's release is the newest. */
function checkReleases(predicate: UnlearningPredicate): Issue[] {
  const { timeline, data, disclosure } = predicate;
  const releases = releasesOf(predicate);
  if (releases === null || disclosure === null) return [];
  const { older, from, lengths } = releases;
  const { stepsBefore, stepsAfter, releaseCount } = timeline;
  const issues: Issue[] = [];
  const report = (field: string, expected: unknown, actual: unknown): void => {
    issues.push(issueAt("DISCLOSURE_RELEASES", `disclosure.${field}`, expected, actual));
  };
  const end = lengths.reduce((sum, length) => sum + length, from);
  if (end !== stepsAfter) report("lengths", `stretches from step ${from} to ${stepsAfter}`, end);
  const steps = stepsAfter - stepsBefore;
  if (steps > 0 && lengths.at(-1) !== steps)
    report("lengths", `the newest stretch is this request's ${steps} steps`, lengths.at(-1) ?? null);
  // The model is released first when it is trained.
  const { batchCount } = predicate.process;
  const [first] = lengths;
  if (from === 0 && first !== undefined && first % batchCount !== 0)
    report("lengths", `a first stretch of whole epochs, of ${batchCount} steps each`, first);
  const covered = older.reduce((sum, { length, count }) => sum + length * count, 0);
  const isAscending = older.every(({ length }, i) => length > (older[i - 1]?.length ?? 0));
  if (!isAscending || covered < from || (from === 0 && older.length > 0))
    report("older", `different lengths, ascending, that cover steps 1 to ${from}`, older);
  if (older.length > 0) checkOlder(predicate, releases, report);
  const count = releaseCountOf(releases);
  if (count !== releaseCount) report("lengths", `${releaseCount} releases`, count);
  const { records, limit } = disclosure;
  if (records > data.rowCount || (limit === null && records !== 1))
    report("records", limit === null ? 1 : `at most ${data.rowCount}`, records);
  return issues;
}

/** Stretches are counted by their lengths once there are too many to list, never fewer than so many at once; each growth of the cycle was at a release. */
function checkOlder(
  { lives }: UnlearningPredicate,
  { older, from, lengths }: Releases,
  report: (field: string, expected: unknown, actual: unknown) => void,
): void {
  if (lengths.length < STRETCHES_AFTER_FOLDING)
    report("lengths", `at least ${STRETCHES_AFTER_FOLDING} where older ones are counted`, lengths.length);
  const grown = (lives?.phases ?? []).filter((phase) => phase.from > 0 && phase.from <= from).length;
  const fewest = Math.max(STRETCHES_AT_ONCE, grown);
  const count = older.reduce((sum, { count }) => sum + count, 0);
  if (count < fewest) report("older", `at least ${fewest} stretches`, count);
}

/** processConstants' names as codes: batchCount -> BATCH_COUNT. */
function codeOf(key: string): string {
  return key.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}

function differs(code: string, path: string, expected: unknown, actual: unknown): Issue[] {
  return expected === actual ? [] : [issueAt(code, path, expected, actual)];
}

function issueAt(code: string, path: string, expected: unknown, actual: unknown): Issue {
  return { code, path: `predicate.${path}`, expected, actual };
}
