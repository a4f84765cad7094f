import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import type { CorrectRequest } from "./correction.js";
import type { ForgetOptions } from "./forget-options.js";
import type { KernelFor, LearnOptions } from "./lesson.js";
import type { ForgetRequest } from "./request.js";
import type { SlotRecords } from "./unlearn-slots.js";

/** Who alone goes on with a model that was entrusted to them. Each call is the first half of what `Model` does by that name, on the newest model. */
export interface KeeperOf<Forget, Correct, Learn> {
  beginForget(request: ForgetRequest, options?: ForgetOptions): Promise<Begun<Forget>>;
  beginCorrection(
    request: CorrectRequest,
    options?: ForgetOptions,
    kernelFor?: KernelFor,
  ): Promise<Begun<Correct>>;
  beginLesson(rows: Dataset, options?: LearnOptions, kernelFor?: KernelFor): Promise<Begun<Learn>>;
  /** Nobody goes on from here: what is durable is not what is in memory. */
  end(): void;
}

/** A change of a model that is ready and waits for its keeper's word. */
export interface Begun<Result> {
  readonly result: Result;
  /** New contents of the slots that it changes, for the keeper's own copy of the rows. */
  readonly changed: SlotRecords;
  /** Puts the new model in force. */
  commit(): Result;
  /** Puts the rows back; the model stands as it was. */
  rollback(): void;
}

/** What happens once a change is committed or rolled back, which happens once. */
export function begun<Result>(
  result: Result,
  pending: { readonly changed: SlotRecords; rollback(): void },
  { onEnd, onCommit }: { readonly onEnd: () => void; readonly onCommit: () => void },
): Begun<Result> {
  let isOpen = true;
  const close = (): void => {
    if (!isOpen)
      throw new ExpungeError("E_SUPERSEDED", "This request has been committed or rolled back already.");
    isOpen = false;
    onEnd();
  };
  return {
    result,
    changed: pending.changed,
    commit: () => {
      close();
      onCommit();
      return result;
    },
    rollback: () => {
      close();
      pending.rollback();
    },
  };
}
