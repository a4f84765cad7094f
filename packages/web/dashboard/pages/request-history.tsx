import type { RequestView } from "@expunge/client";
import { useEffect, useState } from "preact/hooks";
import { useLive } from "../activity";
import { useList } from "../load";
import { Field, SelectField } from "../parts/field";
import { ErrorCard } from "../parts/states";
import { readRoute, useQueryState } from "../router";
import { useSession } from "../session";
import { RequestRow } from "./request-queue";

type State = RequestView["state"];
const STATES: readonly State[] = ["completed", "accepted", "running", "failed", "cancelled"];

const PAGE = 20;
/** Typing should not ask the service at every key. */
const PAUSE_MS = 300;

/** Every request there ever was, a page at a time: fetched only when somebody wants to see it. */
export function RequestHistory() {
  // Whoever was sent an address with a choice in it wants to see the list.
  const [isOpen, setOpen] = useState(() => ["state", "search"].some((name) => readRoute().query.has(name)));
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
  const [search, setSearch] = useQueryState("search");
  const state = STATES.find((one) => one === chosen) ?? "";
  const query = { ...(state === "" ? {} : { state }), ...(search === "" ? {} : { search }) };
  const { items, hasMore, readOn, again, isBusy, error } = useList(
    (page) => client.requests.list({ ...page, ...query }),
    { key: JSON.stringify(query), tick: endings, limit: PAGE },
  );
  // What the stream tells is newer than what was read.
  const now = new Map([...(activity?.open ?? []), ...(activity?.recent ?? [])].map((one) => [one.id, one]));
  const shown = (items ?? [])
    .map((request) => now.get(request.id) ?? request)
    .filter((request) => state === "" || request.state === state);
  return (
    <>
      <div class="fields">
        <SearchField value={search} onChange={setSearch} />
        <SelectField
          label="State"
          value={state}
          choices={[{ value: "", text: "any" }, ...STATES.map((value) => ({ value, text: value }))]}
          onChange={setState}
        />
      </div>
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

/** Answers once the typing rests. */
function SearchField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <Field label="Search" help="How your reference begins, or the id. Ids of people are never stored.">
      {(wiring) => (
        <input
          {...wiring}
          type="search"
          maxLength={200}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
