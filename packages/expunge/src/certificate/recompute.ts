import type { ProcessConstants } from "../accounting/process.js";
import { DomainError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { Statement, UnlearningPredicate } from "../records/certificate.js";
import { isTooCostly } from "./check-cost.js";
import { checkCourse } from "./check-timeline.js";
import { disclosureClaimOf, erasureClaim, holdsOf } from "./claims.js";
import { courseOf, processOf } from "./derive.js";
import { valueAt } from "./fields.js";
import type { Issue } from "./issue.js";
import { isWordedEarlier } from "./notes.js";
import { wordedByOf } from "./worded-by.js";
import {
  DISCLOSURE_STATEMENT,
  ERASURE_STATEMENT,
  earlierTextsOf,
  HOLDS_STATEMENTS,
  LIVES_STATEMENT,
  THEOREM,
  textsOf,
} from "./wording.js";

/** Figures may differ between machines in the last digits of exp and log, no more. */
const TOLERANCE = 1e-9;

/** Clocks may differ by this much. */
const CLOCK_SLACK_MS = 10 * 60 * 1000;

/**
 * Everything in a statement of the right shape that follows from something else in it, computed anew. What it finds holds whoever signed: it
 * is the part of verification that a dishonest issuer cannot pass by signing again. Its work does not depend on how large numbers are.
 */
export function recompute(statement: Statement, now: Date): Issue[] {
  const { predicate } = statement;
  const issues = [...checkWording(predicate), ...checkDate(predicate, now), ...checkCost(predicate)];
  if (predicate.noise.source !== "csprng")
    issues.push(issueAt("NOT_CERTIFYING", "noise.source", "csprng", predicate.noise.source));
  let process: ProcessConstants;
  try {
    process = processOf(predicate);
  } catch (error) {
    return [...issues, invalidProcess(error as Error, predicate)];
  }
  issues.push(...checkObjective(predicate));
  const model = statement.subject[0].digest.sha256;
  const course = checkCourse(predicate, process, model);
  issues.push(...course);
  // Claims of a course that does not fit together say nothing.
  return course.length > 0 ? issues : [...issues, ...checkClaims(predicate, process)];
}

/** Constants that the theory does not allow, at the field that is at fault. */
function invalidProcess(error: Error, predicate: UnlearningPredicate): Issue {
  if (!(error instanceof DomainError))
    return issueAt("PROCESS_INVALID", "process", "constants that the theory allows", error.message);
  const { field, expected, found } = error.details;
  return issueAt("PROCESS_INVALID", pathOfConstant(String(field), predicate), expected, found);
}

/** Where constants stand that are not named as their field in `process`. */
const PATHS_OF_CONSTANTS: Readonly<Record<string, string>> = {
  rowCount: "data.rowCount",
  featureCount: "data.featureCount",
  deletion: "request.deletion",
  noiseStd: "noise.sigma",
  sigma: "noise.sigma",
  "eta * l2": "process.eta",
};

function pathOfConstant(field: string, { process }: UnlearningPredicate): string {
  if (field.startsWith("phases")) return "lives.phases";
  const known = PATHS_OF_CONSTANTS[field];
  if (known !== undefined) return known;
  return valueAt(process, field) === undefined ? "process" : `process.${field}`;
}

function checkWording(predicate: UnlearningPredicate): Issue[] {
  const { process, holds, erasure, disclosure, assumptions, notCovered, lives } = predicate;
  const { isTuned, tunedOn } = process;
  const wordedBy = wordedByOf(predicate);
  const texts = isWordedEarlier(predicate) ? earlierTextsOf(wordedBy) : textsOf(wordedBy);
  return [
    ...(tunedOn !== undefined && !isTuned ? [issueAt("TUNING_FALSE", "process.isTuned", true, isTuned)] : []),
    ...differs("WORDING_THEOREM", "erasure.theorem", THEOREM, erasure.theorem),
    ...differs("WORDING_ERASURE", "erasure.statement", ERASURE_STATEMENT, erasure.statement),
    ...(disclosure === null
      ? []
      : differs("WORDING_DISCLOSURE", "disclosure.statement", DISCLOSURE_STATEMENT, disclosure.statement)),
    ...(lives === undefined
      ? []
      : differs("WORDING_LIVES", "lives.statement", LIVES_STATEMENT, lives.statement)),
    ...differs("WORDING_HOLDS", "holds.statement", HOLDS_STATEMENTS[holds.against], holds.statement),
    ...differs("WORDING_ASSUMPTIONS", "assumptions", texts.assumptions, assumptions),
    ...differs("WORDING_NOT_COVERED", "notCovered", texts.notCovered, notCovered),
  ];
}

function checkDate({ issuedAt }: UnlearningPredicate, now: Date): Issue[] {
  if (Date.parse(issuedAt) <= now.getTime() + CLOCK_SLACK_MS) return [];
  return [issueAt("DATED_IN_FUTURE", "issuedAt", `a time before ${now.toISOString()}`, issuedAt)];
}

function checkCost({ timeline, process, cost }: UnlearningPredicate): Issue[] {
  const steps = timeline.stepsAfter - timeline.stepsBefore;
  const { batchSize } = process;
  return [
    ...differs("COST_STEPS_FALSE", "cost.steps", steps, cost.steps),
    ...differs(
      "COST_EVALUATIONS_FALSE",
      "cost.gradientEvaluations",
      steps * batchSize,
      cost.gradientEvaluations,
    ),
    ...differs("COST_RETRAIN_STEPS_FALSE", "cost.retrainSteps", timeline.stepsAfter, cost.retrainSteps),
    ...differs(
      "COST_RETRAIN_EVALUATIONS_FALSE",
      "cost.retrainGradientEvaluations",
      timeline.stepsAfter * batchSize,
      cost.retrainGradientEvaluations,
    ),
  ];
}

function checkObjective({ process, data }: UnlearningPredicate): Issue[] {
  const { task, outputCount } = objectiveFrom(process.objective);
  return [
    ...differs("TASK_MISMATCH", "data.task", task, data.task),
    ...differs("DERIVED_OUTPUT_COUNT", "process.outputCount", outputCount, process.outputCount),
  ];
}

function checkClaims(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { erasure, disclosure, holds, request } = predicate;
  const course = courseOf(predicate, process);
  const claimed = erasureClaim(course);
  const issues = [
    ...compare("ERASURE", "erasure", pick(claimed, ["mu", "epsilon", "delta", "tailDelta"]), erasure),
    ...compare("HOLDS", "holds", pick(holdsOf(claimed, course.limit), ["epsilon", "delta"]), holds),
  ];
  if (!(claimed.epsilon <= request.target.epsilon * (1 + TOLERANCE)))
    issues.push(
      issueAt("TARGET_MISSED", "erasure.epsilon", `at most ${request.target.epsilon}`, claimed.epsilon),
    );
  if (course.releases === null || disclosure === null) return issues;
  if (isTooCostly(process, course.releases, disclosure.records))
    return [
      ...issues,
      issueAt("DISCLOSURE_TOO_LARGE", "disclosure", "releases that can be checked in seconds", "more"),
    ];
  const shown = disclosureClaimOf(course);
  if (shown === null) return issues;
  const numbers = pick(shown, ["mu", "epsilon", "delta", "tailDelta"]);
  issues.push(...compare("DISCLOSURE", "disclosure", numbers, disclosure));
  if (shown.largestMu !== null && !(shown.mu <= shown.largestMu * (1 + TOLERANCE)))
    issues.push(issueAt("LIMIT_EXCEEDED", "disclosure.mu", `at most ${shown.largestMu}`, shown.mu));
  return issues;
}

function pick<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}

/** Numbers of a claim, each against the one computed. */
function compare<T extends object>(code: string, path: string, expected: T, actual: T): Issue[] {
  return (Object.keys(expected) as (keyof T & string)[]).flatMap((key) => {
    if (isSame(expected[key], actual[key])) return [];
    const name = key.replace(/([A-Z])/g, "_$1").toUpperCase();
    return [issueAt(`${code}_${name}_FALSE`, `${path}.${key}`, expected[key], actual[key])];
  });
}

/** Nothing is the same as what nothing bounds. */
function isSame(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== "number" || typeof actual !== "number") return expected === actual;
  const isClose = Math.abs(actual - expected) <= TOLERANCE * Math.abs(expected);
  return Number.isFinite(expected) && isClose;
}

function differs(code: string, path: string, expected: unknown, actual: unknown): Issue[] {
  return canonicalOrNull(expected) === canonicalJson(actual) ? [] : [issueAt(code, path, expected, actual)];
}

/** A product of the certificate's numbers may be an infinity, which is the same as nothing. */
function canonicalOrNull(value: unknown): string | null {
  return typeof value === "number" && !Number.isFinite(value) ? null : canonicalJson(value);
}

function issueAt(code: string, path: string, expected: unknown, actual: unknown): Issue {
  return { code, path: `predicate.${path}`, expected, actual };
}
