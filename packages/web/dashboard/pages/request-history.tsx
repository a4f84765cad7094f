import type { RequestView } from "@expunge/client";
import { useState } from "preact/hooks";
import { useLive } from "../activity";
import { useList } from "../load";
import { SelectField } from "../parts/field";
import { ErrorCard } from "../parts/states";
import { readRoute, useQueryState } from "../router";
import { useSession } from "../session";
import { RequestRow } from "./request-queue";

type State = RequestView["state"];
const STATES: readonly State[] = ["completed", "accepted", "running", "failed", "cancelled"];

const PAGE = 20;

/** Every request there ever was, a page at a time: fetched only when somebody wants to see it. */
export function RequestHistory() {
  // Whoever was sent an address with a state in it wants to see the list.
  const [isOpen, setOpen] = useState(() => readRoute().query.has("state"));
  return (
    <details class="card" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>All requests</h2>
      </summary>
      {isOpen && <Pages />}
    </details>
  );
}

function Pages() {
  const { client } = useSession();
  const { activity, endings } = useLive();
  const [chosen, setState] = useQueryState("state");
  const state = STATES.find((one) => one === chosen) ?? "";
  const { items, hasMore, readOn, again, isBusy, error } = useList(
    (page) => client.requests.list({ ...page, ...(state === "" ? {} : { state }) }),
    { key: state, tick: endings, limit: PAGE },
  );
  // What the stream tells is newer than what was read.
  const now = new Map([...(activity?.open ?? []), ...(activity?.recent ?? [])].map((one) => [one.id, one]));
  const shown = (items ?? [])
    .map((request) => now.get(request.id) ?? request)
    .filter((request) => state === "" || request.state === state);
  return (
    <>
      <SelectField
        label="State"
        value={state}
        choices={[{ value: "", text: "any" }, ...STATES.map((value) => ({ value, text: value }))]}
        onChange={setState}
      />
      {error !== null && <ErrorCard error={error} onRetry={again} />}
      {items !== null && shown.length === 0 && <p class="soft">There is none.</p>}
      <ul class="requests">
        {shown.map((request) => (
          <RequestRow key={request.id} request={request} />
        ))}
      </ul>
      {hasMore && (
        <button type="button" disabled={isBusy} onClick={readOn}>
          Show more
        </button>
      )}
    </>
  );
}
