import { newCertificateId } from "../certificate/make.js";
import { given } from "../given.js";
import { slotCountOf } from "../records/training-plan.js";
import { kernelWithCapacity } from "./kernel-with.js";
import { type KernelFor, stateWithRows } from "./lesson.js";
import { type ModelState, slotsOf } from "./model-state.js";
import type { ProcessKernel } from "./process-kernel.js";
import { Receipts } from "./receipts.js";
import type { ResolvedRequest } from "./request.js";
import type { SubjectIndex } from "./subject-index.js";
import { type SlotRecords, type UnlearnDetails, type Unlearned, unlearnSlots } from "./unlearn-slots.js";

/** A request carried out in memory but not yet visible: the rows are out of the kernel, the new state waits. */
export interface PendingForget extends Unlearned {
  readonly state: ModelState;
  readonly certificateId: string;
  readonly receipts: Receipts;
  /** The kernel that stands at the new state: the one given, or one with room for longer rows beside it. */
  readonly kernel: ProcessKernel;
  /** New contents of the slots of the rows removed. */
  readonly changed: SlotRecords;
}

/**
 * Removes the rows of a request from a model and signs the certificate. If anything fails, the rows are put back.
 *
 * @throws ExpungeError E_INFEASIBLE, E_ABORTED, E_KERNEL
 */
export async function carryOut(
  state: ModelState,
  kernel: ProcessKernel,
  request: ResolvedRequest,
  details: UnlearnDetails,
  correction?: Correction,
  kernelFor?: KernelFor,
): Promise<PendingForget> {
  const certificateId = newCertificateId();
  const receipts = new Receipts(certificateId, request.subjects, state.index);
  const removal = {
    slots: slotsOf(state, correction?.rows ?? request.rows),
    subjects: { count: receipts.count, root: receipts.root },
    certificateId,
    ...given({ joinedOf: joinedOfSlots(state, request.rows), corrected: correction?.contents }),
  };
  const wider = correction?.wider ?? state;
  const other = wider === state ? kernel : await widerKernel(state, wider, kernel, kernelFor);
  const discard = (): void => {
    if (other !== kernel) other.dispose();
  };
  const unlearned = await unlearnSlots(wider, other, removal, details).catch((error: unknown) => {
    discard();
    throw error;
  });
  const next = correction
    ? succeedCorrected(state, correction, unlearned, certificateId)
    : succeed(state, request, unlearned, certificateId);
  const rollback = (): void => {
    unlearned.rollback();
    discard();
  };
  const { removed: changed } = unlearned;
  return { ...unlearned, kernel: other, changed, certificateId, receipts, state: next, rollback };
}

async function widerKernel(
  state: ModelState,
  wider: ModelState,
  kernel: ProcessKernel,
  kernelFor: KernelFor | undefined,
): Promise<ProcessKernel> {
  const opened = await kernelFor?.(wider, slotCountOf(state));
  return opened ?? kernelWithCapacity(state, wider, kernel);
}

/** Rows that are corrected, and what to, in the same order: features and then label of each. */
export interface Correction {
  readonly rows: readonly number[];
  readonly contents: Float32Array;
  /** The model's, with the owners of the corrected rows. */
  readonly index: SubjectIndex;
  /** The model with room for the corrected rows. */
  readonly wider: ModelState;
}

/** When the records of the slots of some rows joined; undefined where nobody did. */
export function joinedOfSlots(
  { joinedOfRow, slotOfRow }: ModelState,
  rows: readonly number[],
): ((slot: number) => number) | undefined {
  if (joinedOfRow === undefined) return undefined;
  const joined = new Map(rows.map((row) => [slotOfRow[row]!, joinedOfRow[row]!]));
  return (slot) => joined.get(slot) ?? 0;
}

/** The corrected rows are new ones, in the slots of the old and with their owners; nobody is forgotten. */
function succeedCorrected(
  state: ModelState,
  { rows, index }: Correction,
  { weights, timeline }: Unlearned,
  certificateId: string,
): ModelState {
  const next = stateWithRows(state, slotsOf(state, rows), index, { weights, timeline });
  return Object.freeze({
    ...next,
    forgotten: state.forgotten.with(
      certificateId,
      [...rows].sort((a, b) => a - b),
      new Uint8Array(0),
    ),
  });
}

function succeed(
  state: ModelState,
  { rows, subjects }: ResolvedRequest,
  { weights, timeline }: Unlearned,
  certificateId: string,
): ModelState {
  // A subject whose last row went by number is forgotten by this certificate too.
  const keys = subjects?.keys ?? state.index.keysWithout(rows, state.forgotten);
  return Object.freeze({
    ...state,
    weights,
    timeline,
    forgotten: state.forgotten.with(certificateId, rows, keys),
  });
}
