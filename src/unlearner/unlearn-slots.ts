import { type Signer, signStatement } from "../certificate/dsse.js";
import { makeStatement } from "../certificate/make.js";
import type { Envelope } from "../records/certificate.js";
import type { ModelTimeline } from "../records/training-plan.js";
import { modelDigest } from "./model-digest.js";
import type { ModelState } from "./model-state.js";
import { noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { drawReplacement } from "./replacement.js";
import { type Asked, costOf, type RequestCost } from "./request-cost.js";
import { runRelease } from "./run-release.js";
import type { RunOptions } from "./run-steps.js";
import { timelineAfter } from "./timeline.js";

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
  /** Subjects named: how many, and the Merkle root of their salted digests; 0 and null where rows were. */
  readonly subjects: { readonly count: number; readonly root: string | null };
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

export interface UnlearnDetails extends RunOptions, Asked {
  readonly signer: Signer;
}

/**
 * Removes rows, runs the least steps that certify it, and signs the certificate. If anything fails, the rows are put back.
 *
 * Source: docs/theory.md, "What is claimed" and "Any schedule of noise".
 * @throws ExpungeError E_INFEASIBLE, E_ABORTED, E_KERNEL
 */
export async function unlearnSlots(
  process: RunningProcess,
  kernel: ProcessKernel,
  removal: SlotRemoval,
  details: UnlearnDetails,
): Promise<Unlearned> {
  const { plan, timeline } = process;
  const cost = costOf(process, removal.slots, details);
  const before: SlotRecord[] = [];
  for (const slot of removal.slots) before.push({ slot, record: await kernel.readSlot(slot) });
  const rollback = (): void => writeSlots(kernel, before);
  try {
    const removed = removal.slots.map((slot) => ({ slot, record: replacementFor(process, slot) }));
    writeSlots(kernel, removed);
    const release = { ...cost.release, firstStep: timeline.steps + 1 };
    const weights = await runRelease(
      kernel,
      plan,
      process.weights,
      release,
      noiseOriginOf(plan),
      "forget",
      details,
    );
    const next = timelineAfter(plan, timeline, cost, removal.certificateId);
    const certificate = certify(process, removal, cost, { weights, timeline: next }, details);
    return { weights, timeline: next, certificate, cost, removed, rollback };
  } catch (error) {
    rollback();
    throw error;
  }
}

/** What takes a removed record's place: nothing, or a random record. */
export function replacementFor(
  { plan, description }: Pick<ModelState, "plan" | "description">,
  slot: number,
): SlotRecord["record"] {
  return plan.process.deletion === "replace" ? drawReplacement(plan, description, slot) : null;
}

function writeSlots(kernel: ProcessKernel, records: readonly SlotRecord[]): void {
  for (const { slot, record } of records) kernel.writeSlot(slot, record);
}

function certify(
  process: RunningProcess,
  removal: SlotRemoval,
  { slots, release }: RequestCost,
  next: { readonly weights: Float64Array; readonly timeline: ModelTimeline },
  { signer, target }: UnlearnDetails,
): Envelope {
  const { plan, timeline, description } = process;
  const statement = makeStatement({
    plan,
    data: {
      task: description.task,
      rowCount: description.rowCount,
      featureCount: description.featureCount,
      scaling: description.scaling.kind,
      intercept: description.scaling.intercept,
      schemaDigest: description.schemaDigest,
    },
    request: {
      number: next.timeline.requestCount,
      subjects: removal.subjects,
      rowCount: removal.slots.length,
      slots,
      target,
    },
    stepsBefore: timeline.steps,
    timeline: next.timeline,
    release,
    modelBefore: modelDigest(process),
    modelAfter: modelDigest({ plan, weights: next.weights }),
    certificateId: removal.certificateId,
  });
  return signStatement(statement, signer);
}
