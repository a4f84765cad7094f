import { newCertificateId } from "../certificate/make.js";
import { subjectDigest } from "../certificate/verify.js";
import { type ModelState, slotsOf } from "./model-state.js";
import type { ProcessKernel } from "./process-kernel.js";
import type { ResolvedRequest } from "./request.js";
import { type UnlearnDetails, type Unlearned, unlearnSlots } from "./unlearn-slots.js";

/** A request carried out in memory but not yet visible: the rows are out of the kernel, the new state waits. */
export interface PendingForget extends Unlearned {
  readonly state: ModelState;
  readonly certificateId: string;
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
  const salt = state.index.saltOf(certificateId);
  const unlearned = await unlearnSlots(
    state,
    kernel,
    {
      slots: slotsOf(state, request.rows),
      subjectDigests: request.subjects.map(({ id }) => subjectDigest(id, salt)),
      certificateId,
    },
    details,
  );
  return { ...unlearned, certificateId, state: succeed(state, request, unlearned, certificateId) };
}

function succeed(
  state: ModelState,
  { rows, subjects }: ResolvedRequest,
  { weights, timeline, certificate }: Unlearned,
  certificateId: string,
): ModelState {
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
    timeline,
    index,
    forgotten: { subjects: named, rows: gone },
    certificates: new Map([...state.certificates, [certificateId, certificate]]),
  });
}
