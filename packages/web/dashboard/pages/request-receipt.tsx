import type { AcceptedRequest, RequestView } from "@expunge/client";
import { dateText, plural } from "../format";
import { type HeldReceipt, useHeldReceipts } from "../held-receipts";
import { Facts } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { useFocus } from "../parts/use-focus";
import { isOpenState, useRequest } from "../use-request";
import { placesText } from "./request-outcome";
import { PersonReceipts } from "./request-receipt-people";

/** What whoever asked must keep: the ledger's salt at once, a receipt for each person as soon as there are certificates. */
export function Receipt({ accepted, subjects, isSaved }: HeldReceipt) {
  const { dismiss, markSaved } = useHeldReceipts();
  const title = useFocus<HTMLHeadingElement>();
  const { request, unknown } = accepted;
  const now = useRequest(request.id);
  const { state } = now.value ?? request;
  const passedOver = new Set(unknown);
  const known = subjects.filter((_, place) => !passedOver.has(place));
  const hasPeople = state === "completed" && known.length > 0;
  const isOver = !isOpenState(state);
  // Nothing more comes once it has ended; of people, their receipts are the last.
  const onSaved = (): void => {
    if (isOver) markSaved(request.id);
  };
  return (
    <section class="preview" role="status" aria-label="Receipt">
      <h3 ref={title} tabIndex={-1}>
        {TITLES[state]}
      </h3>
      <p>
        Request <code class="mono">{request.id.slice(0, 8)}</code>
        {request.reference !== null && <> ({request.reference})</>} names {plural(request.rowCount, "row")}.{" "}
        {progressText(now.value ?? request)}
      </p>
      {unknown.length > 0 && (
        <p>
          Passed over, because no row has them, are the ids at these places of your list:{" "}
          {placesText(unknown)}.
        </p>
      )}
      {hasPeople ? (
        <PersonReceipts request={request} subjects={known} onSaved={onSaved} />
      ) : (
        <Waiting state={state} hasSubjects={known.length > 0} />
      )}
      <LedgerSalt accepted={accepted} onSaved={hasPeople ? () => {} : onSaved} />
      {isOver && (
        <p>
          <button type="button" onClick={() => dismiss(request.id)}>
            {isSaved ? "Close" : "Close without saving"}
          </button>
        </p>
      )}
    </section>
  );
}

const TITLES: Readonly<Record<RequestView["state"], string>> = {
  accepted: "Accepted",
  running: "Accepted",
  completed: "Done",
  failed: "Failed",
  cancelled: "Taken back",
};

function progressText({ state, dueAt }: RequestView): string {
  if (state === "completed") return "It is done.";
  if (state === "failed") return "It has failed: see below.";
  if (state === "cancelled") return "It was taken back.";
  return `It will be done by ${dateText(dueAt)} at the latest; you can watch it below.`;
}

/** While there is no receipt, or where none will come: what there is to keep. */
function Waiting({
  state,
  hasSubjects,
}: {
  readonly state: RequestView["state"];
  readonly hasSubjects: boolean;
}) {
  if (hasSubjects && isOpenState(state))
    return (
      <p>
        <strong>Keep the receipt.</strong> Leave this page open. Once the request is completed, the receipt of
        each person appears here: with it they can find themselves in the certificates.
      </p>
    );
  return (
    <p>
      <strong>Keep the ledger salt.</strong> It is shown this once. There is no receipt
      {hasSubjects ? "." : ": receipts are for people, and this request names rows by their numbers."}
    </p>
  );
}

/** For whoever sent the request: with it the ledger's entry can be shown to mean it. It names nobody. */
function LedgerSalt({
  accepted: { request, ledgerSalt },
  onSaved,
}: {
  readonly accepted: AcceptedRequest;
  readonly onSaved: () => void;
}) {
  if (ledgerSalt === null) return null;
  const { id: requestId, receivedAt } = request;
  const file = JSON.stringify({ requestId, receivedAt, ledgerSalt }, null, 2);
  return (
    <>
      <Facts
        isLong
        items={[
          {
            name: "Ledger salt",
            term: "ledgerSalt",
            value: <code class="mono break">{ledgerSalt}</code>,
          },
        ]}
      />
      <p class="row">
        <SaveButton
          name={`request-${requestId.slice(0, 8)}.json`}
          text={file}
          what="ledger salt"
          onSaved={onSaved}
        />
        <CopyButton text={file} what="ledger salt" onCopied={onSaved} />
      </p>
    </>
  );
}
