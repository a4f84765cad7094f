import type { RequestView } from "@expunge/client";
import { useEffect, useState } from "preact/hooks";
import { useLive } from "../activity";
import { useAction } from "../load";
import { SelectField } from "../parts/field";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { RequestRow } from "./request-queue";

type State = RequestView["state"];
const STATES: readonly State[] = ["completed", "accepted", "running", "failed", "cancelled"];

/** Every request there ever was, a page at a time: fetched only when somebody wants to see it. */
export function RequestHistory() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>All requests</h2>
      </summary>
      {isOpen && <Pages />}
    </details>
  );
}

function Pages() {
  const { client } = useSession();
  const { endings } = useLive();
  const [state, setState] = useState<State | "">("");
  const [items, setItems] = useState<readonly RequestView[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const { run, isBusy, error } = useAction();
  const read = (after: string | null): Promise<void> =>
    run(async () => {
      const page = await client.requests.list({
        limit: 20,
        ...(state === "" ? {} : { state }),
        ...(after === null ? {} : { after }),
      });
      setItems((known) => (after === null ? page.items : [...(known ?? []), ...page.items]));
      setNext(page.next);
    });
  useEffect(() => {
    read(null);
  }, [client, state, endings]);
  return (
    <>
      <SelectField
        label="State"
        value={state}
        choices={[{ value: "", text: "any" }, ...STATES.map((value) => ({ value, text: value }))]}
        onChange={(value) => setState(value as State | "")}
      />
      {error !== null && <ErrorCard error={error} onRetry={() => read(null)} />}
      {items?.length === 0 && <p class="soft">There is none.</p>}
      <ul class="requests">
        {(items ?? []).map((request) => (
          <RequestRow key={request.id} request={request} />
        ))}
      </ul>
      {next !== null && (
        <button type="button" disabled={isBusy} onClick={() => read(next)}>
          Show more
        </button>
      )}
    </>
  );
}
