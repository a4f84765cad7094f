import { type Signer, signStatement } from "../certificate/dsse.js";
import { type CertificateFacts, makeStatement } from "../certificate/make.js";
import type { Row } from "../engine/kernel.js";
import { given } from "../given.js";
import type { Envelope } from "../records/certificate.js";
import type { ModelTimeline } from "../records/training-plan.js";
import { modelDigest } from "./model-digest.js";
import type { ModelState } from "./model-state.js";
import { noiseOriginOf, type ProcessKernel, rowWidthAt } from "./process-kernel.js";
import { drawReplacement } from "./replacement.js";
import { type Asked, costOf, livesOf, type RequestCost, type SlotNumbers } from "./request-cost.js";
import { runRelease } from "./run-release.js";
import type { RunOptions } from "./run-steps.js";
import { timelineAfter } from "./timeline.js";

/** What a slot holds: null for nothing. */
export type SlotContents = Row | null;

/** Slots, and what they hold. */
export interface SlotRecords {
  readonly slots: SlotNumbers;
  /** By slot, its features and then its label, float32; null where all are empty. */
  readonly contents: Float32Array | null;
}

/** A trained process: what of a model its keeper must have at hand to go on, besides the rows. */
export type RunningProcess = Pick<ModelState, "plan" | "timeline" | "weights" | "description">;

/** Which slots to empty, and what the certificate is to say of it. */
export interface SlotRemoval {
  /** Each once, none of them removed before. */
  readonly slots: SlotNumbers;
  /** Subjects named: how many, and the Merkle root of their salted digests; 0 and null where rows were. */
  readonly subjects: { readonly count: number; readonly root: string | null };
  readonly certificateId: string;
  /** Steps run before the record of a slot joined; left out where all were there from the start. */
  readonly joinedOf?: (slot: number) => number;
  /** What takes the slots from now on, in their order, features and then label, where records are corrected; left out where they are deleted. */
  readonly corrected?: Float32Array;
}

/** Slots removed, in the kernel only: its keeper makes that durable, or takes it back. */
export interface Unlearned {
  readonly weights: Float64Array;
  readonly timeline: ModelTimeline;
  readonly certificate: Envelope;
  readonly cost: RequestCost;
  /** New contents of the slots removed. */
  readonly removed: SlotRecords;
  /** Puts the rows back; the old state stands as it was. Does nothing where `mayRollBack` is false. */
  rollback(): void;
}

/** How a removal is asked for, watched and signed. */
export interface UnlearnDetails extends RunOptions, Asked {
  readonly signer: Signer;
  /** The time that the certificate names, asked for when it is made; default this machine's. */
  readonly issuedAt?: () => Promise<Date>;
  /** Whether rows are kept, to be put back where anything fails; default true. Whoever then throws the kernel away needs no copy of millions of rows. */
  readonly mayRollBack?: boolean;
}

/**
 * Removes rows, runs the least steps that certify it, and signs the certificate. If anything fails, the rows are put back, unless `mayRollBack` is false.
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
  const lives = { ...given({ joinedOf: removal.joinedOf }), isCorrection: removal.corrected !== undefined };
  const cost = costOf(process, removal.slots, details, lives);
  const { mayRollBack = true } = details;
  const before = mayRollBack ? await readSlots(process, kernel, removal.slots) : null;
  const rollback = (): void => {
    if (before) writeSlots(kernel, before);
  };
  try {
    const contents = removal.corrected ?? replacementsFor(process, removal.slots);
    const removed = { slots: removal.slots, contents };
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
    const next = timelineAfter(plan, timeline, cost, removal.certificateId, lives.isCorrection);
    const issuedAt = (await details.issuedAt?.()) ?? new Date();
    const certificate = certify(process, removal, cost, { weights, timeline: next, issuedAt }, details);
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
): SlotContents {
  return plan.process.deletion === "replace" ? drawReplacement(plan, description, slot) : null;
}

/** In one array: a request of a million rows would make two million objects. */
function replacementsFor(process: RunningProcess, slots: SlotNumbers): Float32Array | null {
  if (process.plan.process.deletion === "tombstone") return null;
  const contents = contentsFor(process, slots);
  for (let i = 0; i < slots.length; i++) put(contents, slots.length, i, replacementFor(process, slots[i]!));
  return contents;
}

/** What some slots hold, in one array. */
export async function readSlots(
  process: RunningProcess,
  kernel: ProcessKernel,
  slots: SlotNumbers,
): Promise<SlotRecords> {
  const contents = contentsFor(process, slots);
  for (let i = 0; i < slots.length; i++) put(contents, slots.length, i, await kernel.readSlot(slots[i]!));
  return { slots, contents };
}

function contentsFor(process: RunningProcess, slots: SlotNumbers): Float32Array {
  return new Float32Array(slots.length * (rowWidthAt(process) + 1));
}

function put(contents: Float32Array, count: number, i: number, record: SlotContents): void {
  if (record === null) return;
  const width = contents.length / count;
  contents.set(record.features, i * width);
  contents[(i + 1) * width - 1] = record.label;
}

/** What the i-th of some slots holds; not a copy. */
export function contentsAt({ slots, contents }: SlotRecords, i: number): SlotContents {
  if (contents === null) return null;
  const width = contents.length / slots.length;
  const record = contents.subarray(i * width, (i + 1) * width);
  return { features: record.subarray(0, width - 1), label: record[width - 1]! };
}

export function writeSlots(kernel: ProcessKernel, records: SlotRecords): void {
  for (let i = 0; i < records.slots.length; i++) kernel.writeSlot(records.slots[i]!, contentsAt(records, i));
}

function livesOfRemoval(
  { plan, timeline }: RunningProcess,
  { slots, joinedOf, corrected }: SlotRemoval,
): NonNullable<CertificateFacts["lives"]> {
  return {
    isCorrection: corrected !== undefined,
    joined: livesOf(plan, slots, given({ joinedOf })).filter(({ joined }) => joined > 0),
    previous: timeline.lives?.previous ?? null,
  };
}

function certify(
  process: RunningProcess,
  removal: SlotRemoval,
  { slots, release }: RequestCost,
  next: { readonly weights: Float64Array; readonly timeline: ModelTimeline; readonly issuedAt: Date },
  { signer, target }: UnlearnDetails,
): Envelope {
  const { plan, timeline, description } = process;
  const statement = makeStatement({
    plan,
    data: {
      task: description.task,
      rowCount: plan.process.rowCount,
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
    ...(next.timeline.lives === undefined ? {} : { lives: livesOfRemoval(process, removal) }),
    stepsBefore: timeline.steps,
    timeline: next.timeline,
    release,
    modelBefore: modelDigest(process),
    modelAfter: modelDigest({ plan, weights: next.weights }),
    certificateId: removal.certificateId,
    issuedAt: next.issuedAt,
  });
  return signStatement(statement, signer);
}
