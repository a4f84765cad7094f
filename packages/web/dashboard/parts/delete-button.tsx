import { useState } from "preact/hooks";
import { useAction } from "../load";
import { ErrorCard } from "./states";

/** Asks once more: what it does cannot be undone. */
export function DeleteButton({
  what,
  consequence,
  onDelete,
}: {
  readonly what: string;
  readonly consequence: string;
  readonly onDelete: () => Promise<void>;
}) {
  const [isAsking, setAsking] = useState(false);
  const { run, isBusy, error } = useAction();
  if (!isAsking) {
    return (
      <p>
        <button type="button" onClick={() => setAsking(true)}>
          Delete this {what}
        </button>
      </p>
    );
  }
  return (
    <div role="status">
      <p>{consequence} This cannot be undone.</p>
      <p class="row">
        <button type="button" class="danger" disabled={isBusy} onClick={() => run(onDelete)}>
          {isBusy ? "Deleting…" : "Delete for good"}
        </button>
        <button type="button" disabled={isBusy} onClick={() => setAsking(false)}>
          Keep it
        </button>
      </p>
      {error !== null && <ErrorCard error={error} />}
    </div>
  );
}
