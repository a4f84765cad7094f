import { type Claim, claimFromEnergy, type Target } from "../accounting/unlearning.js";
import { type Signer, signStatement } from "../certificate/dsse.js";
import { makeStatement, newCertificateId } from "../certificate/make.js";
import { subjectDigest } from "../certificate/verify.js";
import { objectiveFrom } from "../objective/index.js";
import type { Envelope } from "../records/certificate.js";
import type { ModelTimeline, ServedRequest } from "../records/training-plan.js";
import { costOf, type RequestCost } from "./feasibility.js";
import { modelDigest } from "./model-digest.js";
import type { ModelState } from "./model-state.js";
import { noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { drawReplacement } from "./replacement.js";
import type { ResolvedRequest } from "./request.js";
import { type RunOptions, runSteps } from "./run-steps.js";

/** What a slot holds. */
export interface SlotRecord {
  readonly slot: number;
  readonly record: { readonly features: Float32Array; readonly label: number } | null;
}

/** A request carried out in memory but not yet visible: the rows are out of the kernel, the new state waits. */
export interface PendingForget {
  readonly state: ModelState;
  readonly certificate: Envelope;
  readonly certificateId: string;
  readonly cost: RequestCost;
  /** New contents of the slots removed. */
  readonly removed: readonly SlotRecord[];
  /** Puts the rows back; the old model stands as it was. */
  rollback(): void;
}

export interface ForgetDetails extends RunOptions {
  readonly signer: Signer;
  readonly target: Target;
}

/**
 * Removes rows, runs the steps that certify it, and signs the certificate. If anything fails, the rows are put back.
 *
 * Source: theory.md sections 1, 2 and 4.
 * @throws ExpungeError E_INFEASIBLE, E_ABORTED, E_KERNEL
 */
export async function carryOut(
  state: ModelState,
  kernel: ProcessKernel,
  request: ResolvedRequest,
  details: ForgetDetails,
): Promise<PendingForget> {
  const cost = costOf(state, request.rows, details.target);
  const slots = request.rows.map((row) => state.slotOfRow[row]);
  const before: SlotRecord[] = [];
  for (const slot of slots) before.push({ slot, record: await kernel.readSlot(slot) });
  const rollback = (): void => writeSlots(kernel, before);
  try {
    const removed = slots.map((slot) => ({ slot, record: replacementFor(state) }));
    writeSlots(kernel, removed);
    const first = state.timeline.steps + 1;
    const weights = await runSteps(
      kernel,
      state.weights,
      first,
      cost.steps,
      noiseOriginOf(state.plan),
      "forget",
      details,
    );
    const certificateId = newCertificateId();
    const certificate = certify(state, kernel, request, cost, weights, certificateId, details);
    const next = succeed(state, request, cost, weights, certificate, certificateId);
    return { state: next, certificate, certificateId, cost, removed, rollback };
  } catch (error) {
    rollback();
    throw error;
  }
}

function writeSlots(kernel: ProcessKernel, records: readonly SlotRecord[]): void {
  for (const { slot, record } of records) kernel.writeSlot(slot, record);
}

export function replacementFor({
  plan,
  description,
}: Pick<ModelState, "plan" | "description">): SlotRecord["record"] {
  return plan.process.deletion === "replace" ? drawReplacement(plan, description) : null;
}

function certify(
  state: ModelState,
  kernel: ProcessKernel,
  request: ResolvedRequest,
  cost: RequestCost,
  weights: Float64Array,
  certificateId: string,
  { signer, target }: ForgetDetails,
): Envelope {
  const { plan, timeline, description, index } = state;
  const salt = index.saltOf(certificateId);
  const stepsAfter = timeline.steps + cost.steps;
  const claim: Claim = claimFromEnergy(plan.process, plan.sigma, cost.claim.energy, target.delta);
  const statement = makeStatement({
    process: plan.process,
    weightNorm: plan.weightNorm,
    objective: plan.objective,
    recordSmoothness: objectiveFrom(plan.objective).smoothness,
    sigma: plan.sigma,
    noiseSource: plan.seed === null ? "csprng" : "seed",
    kernel: kernel.name,
    precision: kernel.precision,
    data: {
      task: description.task,
      rowCount: description.rowCount,
      featureCount: description.featureCount,
      scaling: description.scaling.kind,
      intercept: description.scaling.intercept,
      schemaDigest: description.schemaDigest,
    },
    target,
    subjects: request.subjects.map(({ id }) => subjectDigest(id, salt)),
    rowCount: request.rows.length,
    stepsBefore: timeline.steps,
    stepsAfter,
    deleted: cost.deleted,
    releases: releasesWith(timeline, stepsAfter),
    modelBefore: modelDigest(state),
    modelAfter: modelDigest({ plan, weights }),
    claim,
    certificateId,
  });
  return signStatement(statement, signer);
}

/** A timeline after one more request. */
export function timelineWith(
  timeline: ModelTimeline,
  cost: RequestCost,
  served: ServedRequest,
): ModelTimeline {
  return Object.freeze({
    version: 1,
    steps: served.stepsAfter,
    deleted: cost.deleted,
    releases: Object.freeze(releasesWith(timeline, served.stepsAfter)),
    requests: Object.freeze([...timeline.requests, served]),
  });
}

/** A model released again at the same step (no steps were needed) is the same release. */
function releasesWith({ releases }: ModelTimeline, step: number): readonly number[] {
  return releases.includes(step) ? releases : [...releases, step];
}

function succeed(
  state: ModelState,
  { rows, subjects }: ResolvedRequest,
  cost: RequestCost,
  weights: Float64Array,
  certificate: Envelope,
  certificateId: string,
): ModelState {
  const { timeline } = state;
  const stepsAfter = timeline.steps + cost.steps;
  const served: ServedRequest = Object.freeze({
    certificateId,
    rowCount: rows.length,
    stepsBefore: timeline.steps,
    stepsAfter,
  });
  const named = new Map(state.forgotten.subjects);
  for (const { key } of subjects) named.set(key, certificateId);
  // A subject whose last row went by number is forgotten by this certificate too.
  const index = state.index.without(rows);
  for (const key of state.index.keysOf(rows)) if (index.rows(key).length === 0) named.set(key, certificateId);
  const gone = new Map(state.forgotten.rows);
  for (const row of rows) gone.set(row, certificateId);
  return Object.freeze({
    ...state,
    weights,
    timeline: timelineWith(timeline, cost, served),
    index,
    forgotten: { subjects: named, rows: gone },
    certificates: new Map([...state.certificates, [certificateId, certificate]]),
  });
}
