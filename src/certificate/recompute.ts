import { noiseStdFromSigma, type ProcessConstants, processConstants } from "../accounting/process.js";
import { transcriptEnergy } from "../accounting/transcript.js";
import { claimFromEnergy, jointEnergy } from "../accounting/unlearning.js";
import { certifiedEnergy, ROUNDING_ALLOWANCE } from "../accounting/visits.js";
import { DomainError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import type { Issue } from "./issue.js";
import {
  ASSUMPTIONS,
  CLAIM_STATEMENT,
  JOINT_STATEMENT,
  NOT_COVERED,
  THEOREM,
  TRANSCRIPT_STATEMENT,
} from "./wording.js";

/** Figures may differ between machines in the last digits of exp and log, no more. */
const TOLERANCE = 1e-9;

/** Smaller deltas would have to count in the tails of the noise itself, which end at 9.4 standard deviations. */
const LEAST_DELTA = 1e-10;

/** What one certificate may cost to check: releases times groups of deleted slots, and visits written out. */
const MOST_STRETCHES = 1e7;
const MOST_VISITS = 2e7;

/** Clocks may differ by this much. */
const CLOCK_SLACK_MS = 10 * 60 * 1000;

/**
 * Everything in a predicate of the right shape that follows from something else in it, computed anew. What it finds holds
 * whoever signed: it is the part of verification that a dishonest issuer cannot pass by signing again.
 */
export function recompute(predicate: UnlearningPredicate, now: Date): Issue[] {
  const issues: Issue[] = [];
  const report = (code: string, path: string, expected: unknown, actual: unknown): void => {
    issues.push({ code, path: `predicate.${path}`, expected, actual });
  };
  const same = (code: string, path: string, expected: number, actual: number): void => {
    if (!isSame(expected, actual)) report(code, path, expected, actual);
  };
  const equal = (code: string, path: string, expected: unknown, actual: unknown): void => {
    if (canonicalJson(expected) !== canonicalJson(actual)) report(code, path, expected, actual);
  };

  equal("WORDING_THEOREM", "claim.theorem", THEOREM, predicate.claim.theorem);
  equal("WORDING_CLAIM", "claim.statement", CLAIM_STATEMENT, predicate.claim.statement);
  equal("WORDING_JOINT", "joint.statement", JOINT_STATEMENT, predicate.joint.statement);
  equal("WORDING_TRANSCRIPT", "transcript.statement", TRANSCRIPT_STATEMENT, predicate.transcript.statement);
  equal("WORDING_ASSUMPTIONS", "assumptions", ASSUMPTIONS, predicate.assumptions);
  equal("WORDING_NOT_COVERED", "notCovered", NOT_COVERED, predicate.notCovered);
  if (!(Date.parse(predicate.issuedAt) <= now.getTime() + CLOCK_SLACK_MS)) {
    report("DATED_IN_FUTURE", "issuedAt", `a time before ${now.toISOString()}`, predicate.issuedAt);
  }
  const { process, data, claim, joint, cost, request } = predicate;
  if (process.noiseSource !== "csprng")
    report("NOT_CERTIFYING", "process.noiseSource", "csprng", process.noiseSource);

  const precision = process.kernel === "wasm-simd" ? "float32" : "float64";
  equal("DERIVED_PRECISION", "process.precision", precision, process.precision);
  if (
    new Set(request.subjects).size < request.subjects.length ||
    request.subjects.length > request.rowCount
  ) {
    report(
      "REQUEST_SUBJECTS_FALSE",
      "request.subjects",
      `at most ${request.rowCount} different subjects, each with a row`,
      request.subjects.length,
    );
  }
  if (request.target.delta < LEAST_DELTA) {
    report("TARGET_DELTA_TINY", "request.target.delta", `at least ${LEAST_DELTA}`, request.target.delta);
  }
  const derived = deriveProcess(predicate);
  if (derived instanceof Error) {
    report("PROCESS_INVALID", "process", "constants that the theory allows", derived.message);
    return issues;
  }
  same("DERIVED_BATCH_COUNT", "process.batchCount", derived.batchCount, process.batchCount);
  same("DERIVED_SMOOTHNESS", "process.smoothness", derived.smoothness, process.smoothness);
  same(
    "DERIVED_STRONG_CONVEXITY",
    "process.strongConvexity",
    derived.strongConvexity,
    process.strongConvexity,
  );
  same("DERIVED_CONTRACTION", "process.contraction", derived.contraction, process.contraction);
  same("DERIVED_SENSITIVITY", "process.sensitivity", derived.sensitivity, process.sensitivity);
  same(
    "DERIVED_ROUNDING_PER_STEP",
    "process.roundingPerStep",
    derived.roundingPerStep,
    process.roundingPerStep,
  );
  same("DERIVED_NOISE_STD", "process.noiseStd", noiseStdFromSigma(derived, process.sigma), process.noiseStd);
  equal("DERIVED_ROUNDING_ALLOWANCE", "claim.roundingAllowance", ROUNDING_ALLOWANCE, claim.roundingAllowance);
  issues.push(...checkTimeline(predicate, derived));
  if (issues.some(({ code }) => code.startsWith("TIMELINE_"))) return issues;

  const energy = certifiedEnergy(derived, process.deleted, process.stepsAfter);
  const expected = claimFromEnergy(derived, process.sigma, energy, claim.delta);
  same("CLAIM_ENERGY_FALSE", "claim.energy", expected.energy, claim.energy);
  same("CLAIM_MU_FALSE", "claim.mu", expected.mu, claim.mu);
  same("CLAIM_EPSILON_FALSE", "claim.epsilon", expected.epsilon, claim.epsilon);
  const all = claimFromEnergy(
    derived,
    process.sigma,
    jointEnergy({ process: derived, deleted: process.deleted, releases: joint.releases }),
    claim.delta,
  );
  same("JOINT_ENERGY_FALSE", "joint.energy", all.energy, joint.energy);
  same("JOINT_MU_FALSE", "joint.mu", all.mu, joint.mu);
  same("JOINT_EPSILON_FALSE", "joint.epsilon", all.epsilon, joint.epsilon);
  issues.push(...checkTranscript(predicate, derived));
  equal("TARGET_DELTA", "claim.delta", request.target.delta, claim.delta);
  if (expected.epsilon > request.target.epsilon * (1 + TOLERANCE)) {
    report("TARGET_MISSED", "claim.epsilon", `at most ${request.target.epsilon}`, expected.epsilon);
  }

  const steps = process.stepsAfter - process.stepsBefore;
  same("COST_STEPS_FALSE", "cost.steps", steps, cost.steps);
  same(
    "COST_EVALUATIONS_FALSE",
    "cost.gradientEvaluations",
    steps * process.batchSize,
    cost.gradientEvaluations,
  );
  same("COST_RETRAIN_STEPS_FALSE", "cost.retrainSteps", process.stepsAfter, cost.retrainSteps);
  const retrainEvaluations = process.stepsAfter * process.batchSize;
  same(
    "COST_RETRAIN_EVALUATIONS_FALSE",
    "cost.retrainGradientEvaluations",
    retrainEvaluations,
    cost.retrainGradientEvaluations,
  );
  if (data.task !== objectiveFrom(process.objective).task) {
    report("TASK_MISMATCH", "data.task", objectiveFrom(process.objective).task, data.task);
  }
  return issues;
}

/** What everything released reveals, and whether it stays within what was fixed beforehand. */
function checkTranscript(
  { process, joint, transcript, claim, data }: UnlearningPredicate,
  derived: ProcessConstants,
): Issue[] {
  const issues: Issue[] = [];
  const report = (code: string, field: string, expected: unknown, actual: unknown): void => {
    issues.push({ code, path: `predicate.transcript.${field}`, expected, actual });
  };
  const { records, budgetMu } = transcript;
  if (records > data.rowCount) {
    report("TRANSCRIPT_RECORDS_FALSE", "records", `at most ${data.rowCount}`, records);
    return issues;
  }
  const energy = transcriptEnergy({ process: derived, releases: joint.releases, records });
  const spent = claimFromEnergy(derived, process.sigma, energy, claim.delta);
  for (const field of ["energy", "mu", "epsilon"] as const) {
    if (!isSame(spent[field], transcript[field]))
      report(`TRANSCRIPT_${field.toUpperCase()}_FALSE`, field, spent[field], transcript[field]);
  }
  if (budgetMu !== null && spent.mu > budgetMu * (1 + TOLERANCE))
    report("TRANSCRIPT_BUDGET_EXCEEDED", "mu", `at most ${budgetMu}`, spent.mu);
  return issues;
}

/** Nothing is the same as what nothing bounds. */
function isSame(expected: number, actual: number): boolean {
  const isClose = Math.abs(actual - expected) <= TOLERANCE * Math.max(Math.abs(expected), Number.MIN_VALUE);
  return Number.isFinite(expected) && isClose;
}

/** The constants from n, b, lambda, M, eta and the objective alone; an Error where the theory does not allow them. */
function deriveProcess({ process, data, request }: UnlearningPredicate): ProcessConstants | Error {
  try {
    const objective = objectiveFrom(process.objective);
    if (process.recordSmoothness !== objective.smoothness) {
      return new DomainError(
        "process.recordSmoothness",
        process.recordSmoothness,
        `to be the objective's ${objective.smoothness}`,
      );
    }
    const isLipschitz = objective.clippable
      ? process.lipschitz <= objective.lipschitz
      : process.lipschitz === objective.lipschitz;
    if (!isLipschitz) {
      return new DomainError(
        "process.lipschitz",
        process.lipschitz,
        `to fit the objective's bound ${objective.lipschitz}`,
      );
    }
    return processConstants({
      rowCount: data.rowCount,
      batchSize: process.batchSize,
      l2: process.l2,
      smoothness: objective.smoothness,
      lipschitz: process.lipschitz,
      eta: process.eta,
      radius: process.radius ?? Number.POSITIVE_INFINITY,
      deletion: request.deletion,
      rounding: {
        precision: process.kernel === "wasm-simd" ? "float32" : "float64",
        weightNorm: process.weightNorm,
      },
    });
  } catch (error) {
    return error as Error;
  }
}

/** Steps after which a visit weighs less than 1e-20. */
function horizonOf({ contraction }: ProcessConstants): number {
  return contraction < 1 ? Math.log(1e-20) / Math.log(contraction) : Number.POSITIVE_INFINITY;
}

function checkTimeline(
  { process, joint, transcript, request, data }: UnlearningPredicate,
  derived: ProcessConstants,
): Issue[] {
  const issues: Issue[] = [];
  const report = (code: string, path: string, expected: unknown, actual: unknown): void => {
    issues.push({ code, path: `predicate.${path}`, expected, actual });
  };
  const { stepsBefore, stepsAfter, deleted } = process;
  if (stepsAfter < stepsBefore)
    report("TIMELINE_STEPS", "process.stepsAfter", `at least ${stepsBefore}`, stepsAfter);
  let deletedNow = 0;
  let deletedEver = 0;
  const perBatch = new Map<number, number>();
  deleted.forEach(({ batch, count, through }, i) => {
    const path = `process.deleted[${i}]`;
    if (batch >= derived.batchCount)
      report("TIMELINE_BATCH", path, `a batch below ${derived.batchCount}`, batch);
    if (through > stepsBefore) report("TIMELINE_THROUGH", path, `at most ${stepsBefore}`, through);
    const inBatch = (perBatch.get(batch) ?? 0) + count;
    perBatch.set(batch, inBatch);
    if (inBatch > derived.batchSize)
      report("TIMELINE_COUNT", path, `at most ${derived.batchSize} slots a batch`, inBatch);
    deletedEver += count;
    if (through === stepsBefore) deletedNow += count;
  });
  if (deletedNow < request.rowCount) {
    report(
      "TIMELINE_ROW_COUNT",
      "process.deleted",
      `at least ${request.rowCount} rows deleted by this request`,
      deletedNow,
    );
  }
  if (deletedEver > data.rowCount)
    report("TIMELINE_COUNT", "process.deleted", `at most ${data.rowCount}`, deletedEver);
  const { releases } = joint;
  const visits =
    deleted.length *
    Math.min(stepsBefore / derived.batchCount + 1, horizonOf(derived) / derived.batchCount + 1);
  const groups = deleted.length + transcript.records / derived.batchSize;
  if (releases.length * groups > MOST_STRETCHES || visits > MOST_VISITS) {
    report(
      "TIMELINE_TOO_LARGE",
      "process.deleted",
      "a timeline that can be checked in seconds",
      `${deleted.length} groups, ${releases.length} releases`,
    );
  }
  const places = new Set(deleted.map(({ batch, through }) => `${batch}:${through}`));
  if (places.size < deleted.length || deleted.some(({ count }) => count < 1)) {
    report(
      "TIMELINE_GROUPS",
      "process.deleted",
      "each batch and step once, with at least one slot",
      deleted.length,
    );
  }
  const known = new Set(releases);
  const unreleased = deleted.find(({ through }) => !known.has(through));
  if (unreleased)
    report(
      "TIMELINE_RELEASES",
      "joint.releases",
      `step ${unreleased.through}, at which a request arrived`,
      releases,
    );
  const isAscending = releases.every((step, i) => i === 0 || step >= releases[i - 1]);
  if (!isAscending || releases[releases.length - 1] !== stepsAfter || !releases.includes(stepsBefore)) {
    report(
      "TIMELINE_RELEASES",
      "joint.releases",
      `ascending, with ${stepsBefore} and, last, ${stepsAfter}`,
      releases,
    );
  }
  return issues;
}
