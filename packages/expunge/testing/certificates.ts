import { hexToBytes } from "@noble/hashes/utils.js";
import { elementAt } from "../../../test/element-at.js";
import type { BatchSlots } from "../src/accounting/cell-visits.js";
import { releaseWithNoise, stepsWithNoise } from "../src/accounting/erasure.js";
import { muFromEpsilonDelta } from "../src/accounting/gaussian.js";
import { gridFor } from "../src/accounting/grid.js";
import { withDeleted } from "../src/accounting/history.js";
import { grown, type Phase, phasesOf } from "../src/accounting/phases.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "../src/accounting/process.js";
import { erasureClaim } from "../src/certificate/claims.js";
import { courseOf, processOf } from "../src/certificate/derive.js";
import { createSigner, preAuthEncoding, signStatement } from "../src/certificate/dsse.js";
import { type CertificateFacts, makeStatement } from "../src/certificate/make.js";
import { sealStatement } from "../src/certificate/seals.js";
import { subjectDigest } from "../src/certificate/subject-digest.js";
import { subjectTree } from "../src/certificate/subject-tree.js";
import { type VerifyOptions, verify } from "../src/certificate/verify.js";
import { type ObjectiveSpec, objectiveFrom } from "../src/objective/index.js";
import { sha256Hex, toBase64 } from "../src/records/bytes.js";
import type { Envelope, Statement } from "../src/records/certificate.js";
import {
  batchCountOf,
  type DisclosureLimit,
  type ModelTimeline,
  processAfter,
  type TrainingPlan,
  type TunedOn,
  type Weighting,
} from "../src/records/training-plan.js";
import { timelineAfter, timelineAfterLesson, trainedTimeline } from "../src/unlearner/timeline.js";

/* Certificates without a model: plans and timelines by hand, and the accountant's steps and noise. */

export const SIGNER = createSigner(new Uint8Array(32).fill(7));

/** What a plan is made from; the rest is fixed. */
export interface PlanChoices {
  readonly rowCount?: number;
  readonly batchSize?: number;
  readonly l2?: number;
  readonly featureCount?: number;
  readonly radius?: number;
  readonly objective?: ObjectiveSpec;
  readonly kernel?: TrainingPlan["kernel"];
  readonly epochs?: number;
  /** Noise at every step; on release where it is left out. */
  readonly sigma?: number;
  /** Policy "adaptive". */
  readonly limit?: DisclosureLimit;
  readonly isTuned?: boolean;
  readonly tunedOn?: TunedOn;
  readonly seed?: string;
  readonly deletion?: "tombstone" | "replace";
  readonly weighting?: Weighting;
}

export function planOf(choices: PlanChoices = {}): TrainingPlan {
  const { rowCount = 400, batchSize = 20, l2 = 0.05, featureCount = 6, radius = 25 } = choices;
  const { kernel = "float64", epochs = 3, sigma, limit = null } = choices;
  const spec = choices.objective ?? { kind: "logistic" };
  const objective = objectiveFrom(spec);
  const { outputCount } = objective;
  const processWith = (noiseStd: number): ProcessConstants =>
    processConstants({
      rowCount,
      batchSize,
      l2,
      smoothness: objective.smoothness,
      lipschitz: objective.lipschitz,
      radius,
      deletion: choices.deletion ?? "tombstone",
      rounding: { kernel, featureCount, outputCount, noiseStd },
    });
  const std = sigma === undefined ? 0 : noiseStdFromSigma(processWith(0), sigma);
  return {
    version: 2,
    objective: spec,
    process: processWith(std),
    featureCount,
    outputCount,
    epochs,
    requesters: limit === null ? "independent" : "adaptive",
    noise: sigma === undefined ? { kind: "on-release", most: 0.1 } : { kind: "every-step", sigma, std },
    limit,
    target: { epsilon: 1, delta: 1e-4 },
    releaseAt: "step",
    maxSteps: 1e6,
    isTuned: choices.isTuned ?? choices.tunedOn !== undefined,
    ...(choices.tunedOn === undefined ? {} : { tunedOn: choices.tunedOn }),
    seed: choices.seed ?? null,
    kernel,
    ...(choices.weighting ? { weighting: choices.weighting } : {}),
  };
}

/** A model that was trained and has served some requests: what its certificates need, and no weights. */
export class PaperModel {
  readonly plan: TrainingPlan;
  timeline: ModelTimeline;
  model: string;

  constructor(plan: TrainingPlan) {
    this.plan = plan;
    this.model = sha256Hex("trained");
    this.timeline = trainedTimeline(plan, plan.epochs * plan.process.batchCount);
  }

  /** Goes on learning with so many rows more, in batches that the cycle grows by, and as many as the batches before may have had room for. */
  learn(newcomers: number, steps: number): void {
    const { plan, timeline } = this;
    const { batchSize, rowCount, deletion } = plan.process;
    const emptied = deletion === "tombstone" ? timeline.deletedCount : 0;
    const records = rowCount + (timeline.lives?.joinedCount ?? 0) - emptied;
    const room = Math.max(0, batchCountOf(this) * batchSize - records);
    const phases = grown(processAfter(plan, timeline), timeline.steps, Math.ceil(newcomers / batchSize));
    this.learnIn(phases, newcomers + room, steps);
  }

  /** Goes on learning with as many rows, which lie anywhere in a cycle of so many batches; default the one that there is. */
  learnIn(phases: readonly Phase[] | null, rowCount: number, steps: number): void {
    const { plan, timeline, model: modelBefore } = this;
    const cycle = phases ?? phasesOf(processAfter(plan, timeline));
    this.timeline = timelineAfterLesson(plan, timeline, { rowCount, phases: cycle, steps, modelBefore });
    this.model = sha256Hex(`learned at ${this.timeline.steps}`);
  }

  /** One more request that corrects rows. */
  correct(slots: readonly BatchSlots[]): CertificateFacts {
    return this.forget(slots, undefined, true);
  }

  /** One more request: the facts of its certificate; the model goes on from it. */
  forget(
    removed: readonly BatchSlots[] = [{ batch: 3, count: 1 }],
    subjects: CertificateFacts["request"]["subjects"] = { count: 0, root: null },
    isCorrection = false,
  ): CertificateFacts {
    const { plan, timeline } = this;
    const { noise, target } = plan;
    const process = processAfter(plan, timeline);
    const stepsBefore = timeline.steps;
    const twice = isCorrection && process.deletion === "tombstone" ? 2 : 1;
    const moved = removed.map((slots) => ({ ...slots, count: twice * slots.count }));
    const history = withDeleted(process, noise.kind, timeline.history, moved, stepsBefore);
    const slots = byBatch(removed);
    // The tails of the noise take their share, far below this one.
    const mu = muFromEpsilonDelta(target.epsilon, target.delta * (1 - 1e-6));
    const release =
      noise.kind === "on-release"
        ? releaseWithNoise(process, history, stepsBefore, {
            mu,
            maxSteps: plan.maxSteps,
            effort: { maxNoise: noise.most },
          })
        : stepsWithNoise(process, noise.std, history, stepsBefore, { mu, maxSteps: plan.maxSteps });
    if (release === null) throw new Error("no number of steps is enough");
    const number = timeline.requestCount + 1;
    const rowCount = slots.reduce((sum, { count }) => sum + count, 0);
    const cost = { history, release, slots };
    this.timeline = timelineAfter(plan, timeline, cost, certificateIdOf(number), isCorrection);
    const modelBefore = this.model;
    if (release.steps > 0) this.model = sha256Hex(`model ${number}`);
    return {
      plan,
      data: {
        task: objectiveFrom(plan.objective).task,
        rowCount: process.rowCount,
        featureCount: plan.featureCount,
        scaling: "l2",
        intercept: 0,
        schemaDigest: null,
      },
      request: { number, subjects, rowCount, slots, target },
      lives: {
        isCorrection,
        joined: removed.flatMap(({ batch, count, joined }) => (joined ? [{ batch, count, joined }] : [])),
        previous: timeline.lives?.previous ?? null,
      },
      stepsBefore,
      timeline: this.timeline,
      release: { steps: release.steps, std: release.std },
      modelBefore,
      modelAfter: this.model,
      certificateId: certificateIdOf(number),
      issuedAt: new Date("2026-01-31T12:00:00Z"),
    };
  }

  /** One more request, stated and signed. */
  certify(...request: Parameters<PaperModel["forget"]>): Envelope {
    return signStatement(makeStatement(this.forget(...request)), SIGNER);
  }
}

function byBatch(slots: readonly BatchSlots[]): BatchSlots[] {
  const counts = new Map<number, number>();
  for (const { batch, count } of slots) counts.set(batch, (counts.get(batch) ?? 0) + count);
  return [...counts].sort(([a], [b]) => a - b).map(([batch, count]) => ({ batch, count }));
}

function certificateIdOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** Subjects of a request, each with a salt of their own. */
export function subjectsOf(ids: readonly string[]) {
  const salts = ids.map((id) => sha256Hex(`salt of ${id}`));
  const tree = subjectTree(ids.length, (i) =>
    hexToBytes(subjectDigest(elementAt(ids, i), elementAt(salts, i))),
  );
  return {
    subjects: { count: ids.length, root: tree.root },
    receiptOf: (i: number) => ({ id: elementAt(ids, i), salt: elementAt(salts, i), proof: tree.proofOf(i) }),
  };
}

export function decode(envelope: Envelope): Statement {
  return JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as Statement;
}

/** A statement with one field changed, or left out where the value is undefined; seals stay as they were. */
export function withField(statement: Statement, path: string, value: unknown): Statement {
  const copy = structuredClone(statement) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() as string;
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy as unknown as Statement;
}

/** Signed as it is. */
export function signed(statement: Statement): Envelope {
  return signStatement(statement, SIGNER);
}

/** What a dishonest issuer could make: sealed anew and signed anew. */
export function resigned(statement: Statement): Envelope {
  const { predicate } = statement;
  const seals = sealStatement(predicate, statement.subject[0].digest.sha256);
  return signed({ ...statement, predicate: { ...predicate, seals } });
}

/** What a dishonest issuer could make who states another course: all that follows from it is what the accountant says. */
export function restated(statement: Statement): Envelope {
  const { predicate } = statement;
  const { noise, timeline } = predicate;
  const process = processOf(predicate);
  const { batchCount, smoothness, contraction, sensitivity, roundingPerStep, batchSize } = process;
  const steps = timeline.stepsAfter - timeline.stepsBefore;
  const grid = steps > 0 && noise.std > 0 ? gridFor(noise.std, process.radius) : 0;
  const { mu, epsilon, delta, tailDelta } = erasureClaim(courseOf(predicate, process));
  // No JSON holds infinity.
  const claimed = { delta, tailDelta, mu: Math.min(mu, 1e300), epsilon: Math.min(epsilon, 1e300) };
  const holds = predicate.holds.against === "independent" ? { epsilon: claimed.epsilon, delta } : {};
  return resigned({
    ...statement,
    predicate: {
      ...predicate,
      process: {
        ...predicate.process,
        ...{ batchCount, smoothness, contraction, sensitivity, roundingPerStep },
      },
      noise: { ...noise, grid },
      erasure: { ...predicate.erasure, ...claimed },
      holds: { ...predicate.holds, ...holds },
      cost: {
        steps,
        gradientEvaluations: steps * batchSize,
        retrainSteps: timeline.stepsAfter,
        retrainGradientEvaluations: timeline.stepsAfter * batchSize,
      },
    },
  });
}

/** Several fields changed, each as `withField` does. */
export function withFields(statement: Statement, fields: Readonly<Record<string, unknown>>): Statement {
  return Object.entries(fields).reduce(
    (changed, [path, value]) => withField(changed, path, value),
    statement,
  );
}

/** Any bytes, signed as if they were a statement. */
export function signedText(text: string | Uint8Array, signer = SIGNER): Envelope {
  const payload = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const payloadType = "application/vnd.in-toto+json";
  const sig = toBase64(signer.sign(preAuthEncoding(payloadType, payload)));
  return { payloadType, payload: toBase64(payload), signatures: [{ keyid: signer.keyId, sig }] };
}

/** Codes of what a verifier finds wrong in a certificate by `SIGNER`. */
export const codesOf = (certificate: Envelope, options: Partial<VerifyOptions> = {}): string[] =>
  verify(certificate, { publicKey: SIGNER.publicKey, ...options }).issues.map(({ code }) => code);

/** The same beside other certificates. */
export const codesBeside = (certificate: Envelope, chain: readonly Envelope[] = []): string[] =>
  codesOf(certificate, { chain });
