import { ExpungeError } from "../errors.js";
import type { PendingForget } from "./forget.js";
import type { ForgetOptions } from "./forget-options.js";
import type { ForgetRequest } from "./request.js";

/** Who alone goes on with a model that was entrusted to them. */
export interface KeeperOf<Result> {
  /** The first half of `Model.forget`, on the newest model. */
  beginForget(request: ForgetRequest, options?: ForgetOptions): Promise<Begun<Result>>;
  /** Nobody goes on from here: what is durable is not what is in memory. */
  end(): void;
}

/** A forget that is ready and waits for its keeper's word. */
export interface Begun<Result> {
  readonly result: Result;
  /** New contents of the slots removed, for the keeper's own copy of the rows. */
  readonly removed: PendingForget["removed"];
  /** Puts the new model in force. */
  commit(): Result;
  /** Puts the rows back; the model stands as it was. */
  rollback(): void;
}

/** What happens once a forget is committed or rolled back, which happens once. */
export function begunForget<Result>(
  result: Result,
  pending: Pick<PendingForget, "removed" | "rollback">,
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
    removed: pending.removed,
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
