import { newCertificateId } from "../certificate/make.js";
import { type ModelState, slotsOf } from "./model-state.js";
import type { ProcessKernel } from "./process-kernel.js";
import { Receipts } from "./receipts.js";
import type { ResolvedRequest } from "./request.js";
import { type UnlearnDetails, type Unlearned, unlearnSlots } from "./unlearn-slots.js";

/** A request carried out in memory but not yet visible: the rows are out of the kernel, the new state waits. */
export interface PendingForget extends Unlearned {
  readonly state: ModelState;
  readonly certificateId: string;
  readonly receipts: Receipts;
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
): Promise<PendingForget> {
  const certificateId = newCertificateId();
  const receipts = new Receipts(certificateId, request.subjects, state.index);
  const unlearned = await unlearnSlots(
    state,
    kernel,
    {
      slots: slotsOf(state, request.rows),
      subjects: { count: receipts.count, root: receipts.root },
      certificateId,
    },
    details,
  );
  return { ...unlearned, certificateId, receipts, state: succeed(state, request, unlearned, certificateId) };
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
