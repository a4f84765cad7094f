import { muFromEpsilonDelta } from "../accounting/gaussian.js";
import { type Claim, claimFromEnergy, type Target } from "../accounting/unlearning.js";
import { type Signer, signStatement } from "../certificate/dsse.js";
import { makeStatement } from "../certificate/make.js";
import { objectiveFrom } from "../objective/index.js";
import type { Chosen, Envelope } from "../records/certificate.js";
import type { ModelTimeline, ServedRequest } from "../records/training-plan.js";
import { costOf, type RequestCost } from "./feasibility.js";
import { modelDigest } from "./model-digest.js";
import type { ModelState } from "./model-state.js";
import { noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { drawReplacement } from "./replacement.js";
import { type RunOptions, runSteps } from "./run-steps.js";
import { withinWeightNorm } from "./weight-norm.js";

/** What a slot holds. */
export interface SlotRecord {
  readonly slot: number;
  readonly record: { readonly features: Float32Array; readonly label: number } | null;
}

/** A trained process: what of a model its keeper must have at hand to go on, besides the rows. */
export type RunningProcess = Pick<ModelState, "plan" | "timeline" | "weights" | "description">;

/** Which slots to empty, and what the certificate is to say of it. */
export interface SlotRemoval {
  /** Each once, none of them removed before. */
  readonly slots: readonly number[];
  /** Salted digests of the subjects named; none where rows were. */
  readonly subjectDigests: readonly string[];
  readonly certificateId: string;
}

/** Slots removed, in the kernel only: its keeper makes that durable, or takes it back. */
export interface Unlearned {
  readonly weights: Float64Array;
  readonly timeline: ModelTimeline;
  readonly certificate: Envelope;
  readonly cost: RequestCost;
  /** New contents of the slots removed. */
  readonly removed: readonly SlotRecord[];
  /** Puts the rows back; the old state stands as it was. */
  rollback(): void;
}

export interface UnlearnDetails extends RunOptions {
  readonly signer: Signer;
  readonly target: Target;
  /** Default "adaptively": whoever asks may have seen a release first. */
  readonly chosen?: Chosen;
}

/**
 * Removes rows, runs the least steps that certify it, and signs the certificate. If anything fails, the rows are put back.
 *
 * Source: theory.md sections 1, 2 and 4.
 * @throws ExpungeError E_INFEASIBLE, E_ABORTED, E_KERNEL
 */
export async function unlearnSlots(
  process: RunningProcess,
  kernel: ProcessKernel,
  removal: SlotRemoval,
  details: UnlearnDetails,
): Promise<Unlearned> {
  const { plan, timeline } = process;
  const cost = costOf(process, removal.slots, details.target);
  const before: SlotRecord[] = [];
  for (const slot of removal.slots) before.push({ slot, record: await kernel.readSlot(slot) });
  const rollback = (): void => writeSlots(kernel, before);
  try {
    const removed = removal.slots.map((slot) => ({ slot, record: replacementFor(process, slot) }));
    writeSlots(kernel, removed);
    const noise = noiseOriginOf(plan);
    const first = timeline.steps + 1;
    const reached = await runSteps(kernel, process.weights, first, cost.steps, noise, "forget", details);
    const weights = withinWeightNorm(plan, reached);
    const served: ServedRequest = Object.freeze({
      certificateId: removal.certificateId,
      chosen: chosenSoFar(timeline, details.chosen),
      rowCount: removal.slots.length,
      stepsBefore: timeline.steps,
      stepsAfter: timeline.steps + cost.steps,
    });
    const next = timelineWith(timeline, cost, served);
    const certificate = certify(process, kernel, removal, cost, { weights, timeline: next }, details);
    return { weights, timeline: next, certificate, cost, removed, rollback };
  } catch (error) {
    rollback();
    throw error;
  }
}

/** What an adaptive requester has written into the data stays there: whatever comes later, the model has had one (docs/theorems.md). */
function chosenSoFar({ requests }: ModelTimeline, chosen: Chosen = "adaptively"): Chosen {
  return requests.some((earlier) => earlier.chosen === "adaptively") ? "adaptively" : chosen;
}

/** What takes a removed record's place: nothing, or a random record. */
export function replacementFor(
  { plan, description }: Pick<ModelState, "plan" | "description">,
  slot: number,
): SlotRecord["record"] {
  return plan.process.deletion === "replace" ? drawReplacement(plan, description, slot) : null;
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

function writeSlots(kernel: ProcessKernel, records: readonly SlotRecord[]): void {
  for (const { slot, record } of records) kernel.writeSlot(slot, record);
}

function certify(
  process: RunningProcess,
  kernel: ProcessKernel,
  removal: SlotRemoval,
  cost: RequestCost,
  next: { readonly weights: Float64Array; readonly timeline: ModelTimeline },
  { signer, target, chosen }: UnlearnDetails,
): Envelope {
  const { plan, timeline, description } = process;
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
    chosen: chosenSoFar(timeline, chosen),
    budget: plan.budget && {
      records: plan.budget.records,
      mu: muFromEpsilonDelta(plan.budget.epsilon, plan.target.delta),
    },
    subjects: removal.subjectDigests,
    rowCount: removal.slots.length,
    stepsBefore: timeline.steps,
    stepsAfter: next.timeline.steps,
    deleted: cost.deleted,
    releases: next.timeline.releases,
    modelBefore: modelDigest(process),
    modelAfter: modelDigest({ plan, weights: next.weights }),
    claim,
    certificateId: removal.certificateId,
  });
  return signStatement(statement, signer);
}
