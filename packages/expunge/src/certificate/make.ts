import type { BatchSlots } from "../accounting/cell-visits.js";
import type { Release } from "../accounting/erasure.js";
import { gridFor } from "../accounting/grid.js";
import { roundingKind } from "../accounting/rounding.js";
import type { Target } from "../accounting/unlearning.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { objectiveFrom } from "../objective/index.js";
import { randomBytes } from "../records/bytes.js";
import {
  MAX_LISTED_BATCHES,
  PREDICATE_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type UnlearningPredicate,
} from "../records/certificate.js";
import { certifiedMap } from "../records/feature-map.js";
import {
  type ModelTimeline,
  processAfter,
  type TrainingPlan,
  type Weighting,
} from "../records/training-plan.js";
import { VERSION } from "../version.js";
import { requireCheckable } from "./check-cost.js";
import { checkCourse } from "./check-timeline.js";
import { type Course, disclosureClaimOf, erasureClaim, holdsOf } from "./claims.js";
import { sealStatement } from "./seals.js";
import { bytesToHexUuid } from "./uuid.js";
import { wordedByOf } from "./worded-by.js";
import {
  DISCLOSURE_STATEMENT,
  ERASURE_STATEMENT,
  HOLDS_STATEMENTS,
  LIVES_STATEMENT,
  THEOREM,
  textsOf,
} from "./wording.js";

/** What one served request contributes to its certificate. */
export interface CertificateFacts {
  readonly plan: TrainingPlan;
  readonly data: UnlearningPredicate["data"];
  readonly request: {
    /** 1 for the model's first request. */
    readonly number: number;
    readonly subjects: { readonly count: number; readonly root: string | null };
    readonly rowCount: number;
    /** The batches of the rows removed, ascending, each once; as many as there are. */
    readonly slots: readonly BatchSlots[];
    readonly target: Target;
  };
  /** Where records joined or were corrected, now or before: what `timeline.lives` does not say of this request. */
  readonly lives?: {
    readonly isCorrection: boolean;
    /** Of the rows removed those that joined later, by batch and step, ascending. */
    readonly joined: readonly Required<BatchSlots>[];
    /** `previous` of the timeline before. */
    readonly previous: string | null;
  };
  readonly stepsBefore: number;
  /** With this request and its release. */
  readonly timeline: ModelTimeline;
  readonly release: Pick<Release, "steps" | "std">;
  /** Hex sha256 of the weights files. */
  readonly modelBefore: string;
  readonly modelAfter: string;
  readonly certificateId: string;
  /** Default now. */
  readonly issuedAt?: Date;
}

/** A fresh certificate id. */
export function newCertificateId(): string {
  return bytesToHexUuid(randomBytes(16));
}

/**
 * States what was done and what it proves; the numbers are the accountant's, nothing is chosen here. What the verifier would refuse is not stated.
 *
 * @throws ExpungeError E_INFEASIBLE where the target is missed, the plan's limit passed, or nothing is proved; E_ASSUMPTION where the facts do not
 * fit together
 */
export function makeStatement(facts: CertificateFacts): Statement {
  const { plan, modelAfter } = facts;
  const course = courseOfFacts(facts);
  requireCheckable(course.process, course.releases, course.limit);
  const stated = { ...describeCourse(facts), ...claimsOf(plan, course), ...costOf(facts) };
  const wordedBy = wordedByOf(stated);
  const body = { ...stated, ...textsOf(wordedBy) };
  const statement: Statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: "model", digest: { sha256: modelAfter } }],
    predicateType: PREDICATE_TYPE,
    predicate: { ...body, seals: sealStatement(body, modelAfter) },
  };
  const [misfit] = checkCourse(statement.predicate, course.process, modelAfter);
  if (misfit === undefined) return statement;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected ${misfit.path} = ${JSON.stringify(misfit.actual)} to be ${JSON.stringify(misfit.expected)} (${misfit.code}): nothing was certified.`,
    { ...misfit },
  );
}

function courseOfFacts({ plan, timeline, request }: CertificateFacts): Course {
  const { noise, limit } = plan;
  return {
    process: processAfter(plan, timeline),
    noise: noise.kind === "every-step" ? { kind: noise.kind, std: noise.std } : { kind: noise.kind },
    history: timeline.history,
    steps: timeline.steps,
    releaseCount: timeline.releaseCount,
    releases: timeline.releases,
    target: request.target,
    limit,
  };
}

type Body = Omit<UnlearningPredicate, "seals">;
type Described = Omit<Body, "erasure" | "disclosure" | "holds" | "cost" | "assumptions" | "notCovered">;

/** What was done. */
function describeCourse(facts: CertificateFacts): Described {
  const { plan, data, request, timeline, certificateId, modelBefore } = facts;
  const { process, kernel, isTuned, tunedOn, weighting, features, isRowFormFromData } = plan;
  const { number, subjects, rowCount, slots, target } = request;
  const { history } = timeline;
  const lives = livesIn(facts);
  return {
    version: 2,
    certificateId,
    issuedAt: (facts.issuedAt ?? new Date()).toISOString(),
    generator: { name: "expunge", version: VERSION },
    modelBefore,
    request: {
      number,
      subjects: { count: subjects.count, root: subjects.root },
      rowCount,
      slots: isListed(facts) ? slots.map(({ batch, count }) => ({ batch, count })) : null,
      deletion: process.deletion,
      target: { epsilon: target.epsilon, delta: target.delta },
    },
    data,
    process: {
      objective: plan.objective,
      outputCount: plan.outputCount,
      batchSize: process.batchSize,
      batchCount: process.batchCount,
      recordSmoothness: objectiveFrom(plan.objective).smoothness,
      l2: process.strongConvexity,
      smoothness: process.smoothness,
      lipschitz: process.lipschitz,
      eta: process.eta,
      contraction: process.contraction,
      radius: process.radius,
      sensitivity: process.sensitivity,
      order: "fixed-permutation",
      kernel,
      rounding: roundingKind(kernel),
      roundingPerStep: process.roundingPerStep,
      isTuned,
      ...(weighting ? { weighting: describeWeighting(weighting) } : {}),
      ...given({ tunedOn, features: features && certifiedMap(features) }),
      // Without the form itself, which would tell how long the longest row was.
      ...given({ isRowFormFromData }),
    },
    noise: describeNoise(facts),
    timeline: {
      stepsBefore: facts.stepsBefore,
      stepsAfter: timeline.steps,
      start: history.start,
      cells: {
        steps: history.cells.map(({ step }) => step),
        shifts: history.cells.map(({ shift }) => shift),
        stds: history.cells.map(({ std }) => std),
      },
      deletedCount: timeline.deletedCount,
      releaseCount: timeline.releaseCount,
    },
    ...given({ lives }),
  };
}

/** Whether the certificate names the batches of the rows removed. */
function isListed({ request, lives }: CertificateFacts): boolean {
  return Math.max(request.slots.length, lives?.joined.length ?? 0) <= MAX_LISTED_BATCHES;
}

function livesIn(facts: CertificateFacts): UnlearningPredicate["lives"] {
  const { lives } = facts.timeline;
  if (lives === undefined) return undefined;
  if (facts.lives === undefined)
    throw new ExpungeError("E_ASSUMPTION", "Expected to be told which of the rows removed had joined later.");
  const { isCorrection, joined, previous } = facts.lives;
  return {
    phases: lives.phases.map(({ from, batchCount }) => ({ from, batchCount })),
    joinedCount: lives.joinedCount,
    lessonCount: lives.lessonCount,
    isCorrection,
    joined: isListed(facts)
      ? joined.map(({ batch, count, joined: step }) => ({ batch, count, joined: step }))
      : null,
    previous,
    statement: LIVES_STATEMENT,
  };
}

function describeWeighting({ classes, isBalanced, samples }: Weighting): Weighting {
  return { classes: classes && [...classes], isBalanced, samples };
}

function describeNoise({ plan, release }: CertificateFacts): UnlearningPredicate["noise"] {
  const { noise, process, seed } = plan;
  const isEveryStep = noise.kind === "every-step";
  const std = isEveryStep ? noise.std : release.std;
  return {
    kind: noise.kind,
    source: seed === null ? "csprng" : "seed",
    sigma: isEveryStep ? noise.sigma : null,
    std,
    grid: release.steps > 0 && std > 0 ? gridFor(std, process.radius) : 0,
  };
}

/** What is proved of it. */
function claimsOf(plan: TrainingPlan, course: Course): Pick<Body, "erasure" | "disclosure" | "holds"> {
  const erasure = erasureClaim(course);
  const { epsilon } = course.target;
  if (!(erasure.epsilon <= epsilon * (1 + TOLERANCE)))
    throw new ExpungeError(
      "E_INFEASIBLE",
      `Expected epsilon = ${erasure.epsilon} to be at most ${epsilon}: the steps and noise do not certify the request.`,
      { epsilon: erasure.epsilon, target: epsilon },
    );
  return {
    erasure: { ...erasure, theorem: THEOREM, statement: ERASURE_STATEMENT },
    disclosure: disclosureOf(course),
    holds: { ...holdsOf(erasure, course.limit), statement: HOLDS_STATEMENTS[plan.requesters] },
  };
}

/** As the verifier's, which allows for the last digits of exp and log. */
const TOLERANCE = 1e-9;

function disclosureOf(course: Course): UnlearningPredicate["disclosure"] {
  const claim = disclosureClaimOf(course);
  const { releases, limit } = course;
  if (claim === null || releases === null) return null;
  const { largestMu, ...numbers } = claim;
  if (!(claim.mu < Number.POSITIVE_INFINITY) || (largestMu !== null && !(claim.mu <= largestMu)))
    throw new ExpungeError(
      "E_INFEASIBLE",
      "Everything released would reveal more of the records in use than the limit fixed before training allows: nothing was released. Train a new model.",
      { epsilon: claim.epsilon, limit: limit?.epsilon ?? null },
    );
  const { older, from, lengths } = releases;
  return {
    ...numbers,
    limit: limit && { epsilon: limit.epsilon, delta: limit.delta },
    older: older.map(({ length, count }) => ({ length, count })),
    from,
    lengths: [...lengths],
    statement: DISCLOSURE_STATEMENT,
  };
}

function costOf({ plan, stepsBefore, timeline }: CertificateFacts): Pick<Body, "cost"> {
  const { batchSize } = plan.process;
  const steps = timeline.steps - stepsBefore;
  return {
    cost: {
      steps,
      gradientEvaluations: steps * batchSize,
      retrainSteps: timeline.steps,
      retrainGradientEvaluations: timeline.steps * batchSize,
    },
  };
}
