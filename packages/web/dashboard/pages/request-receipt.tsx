import type { AcceptedRequest, ReceiptList, RequestView } from "@expunge/client";
import { useLive, useModelName } from "../activity";
import { dateText, plural } from "../format";
import { useLoaded } from "../load";
import { type Fact, Facts } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { Await } from "../parts/states";
import { type Session, useSession } from "../session";
import { placesText } from "./request-outcome";

interface ReceiptProps {
  readonly accepted: AcceptedRequest;
  readonly subjects: readonly string[];
}

/** As many as the service answers at once. */
const SUBJECTS_AT_ONCE = 10_000;

/** What whoever asked must keep: the ledger's salt at once, a receipt for each person as soon as there are certificates. */
export function Receipt({ accepted, subjects }: ReceiptProps) {
  const { client } = useSession();
  const { endings } = useLive();
  const { request, unknown } = accepted;
  const now = useLoaded(() => client.requests.get(request.id), [client, request.id, endings]);
  const { state } = now.value ?? request;
  const passedOver = new Set(unknown);
  const known = subjects.filter((_, place) => !passedOver.has(place));
  return (
    <section class="preview" role="status" aria-label="Receipt">
      <h3>Accepted</h3>
      <p>
        Request <code class="mono">{request.id.slice(0, 8)}</code> removes {plural(request.rowCount, "row")}.
        It will be done by {dateText(request.dueAt)} at the latest; you can watch it below.
      </p>
      {unknown.length > 0 && (
        <p>
          Passed over, because no row has them, are the ids at these places of your list:{" "}
          {placesText(unknown)}.
        </p>
      )}
      {state === "completed" && known.length > 0 ? (
        <Receipts accepted={accepted} subjects={known} />
      ) : (
        <>
          <p>
            <strong>Keep the receipt.</strong> {waitingText(state, known.length)}
          </p>
          <Kept accepted={accepted} items={[]} facts={[]} />
        </>
      )}
    </section>
  );
}

function waitingText(state: RequestView["state"], subjectCount: number): string {
  if (state === "failed" || state === "cancelled")
    return `The request has ${state === "failed" ? "failed" : "been cancelled"}.`;
  if (subjectCount === 0) return "Its salt is shown this once.";
  return "Leave this page open: as soon as the request is completed, what each person needs to find themselves in the certificates is added here.";
}

type Items = readonly { readonly id: string; readonly receipts: ReceiptList["items"][number]["receipts"] }[];

/** One salt a person, so that nobody's receipt says anything of anybody else. */
function Receipts({ accepted, subjects }: ReceiptProps) {
  const { client } = useSession();
  const nameOf = useModelName();
  const { id } = accepted.request;
  const receipts = useLoaded(() => readReceipts(client, id, subjects), [client, id]);
  return (
    <Await loaded={receipts} what="receipts">
      {(items) => (
        <>
          <p>
            <strong>Keep the receipt.</strong> It holds what{" "}
            {plural(items.length, "person needs", "people need")} to find themselves in the certificates, each
            for themselves; it cannot be made again once the data set is deleted.
          </p>
          <Kept
            accepted={accepted}
            items={items}
            facts={
              items.length === 1
                ? items[0]!.receipts.map(({ modelId, salt, proof }) => ({
                    name: `For ${nameOf(modelId)}`,
                    term: "salt",
                    value: <code class="mono break">{JSON.stringify({ salt, proof })}</code>,
                  }))
                : []
            }
          />
        </>
      )}
    </Await>
  );
}

async function readReceipts(
  client: Session["client"],
  id: string,
  subjects: readonly string[],
): Promise<Items> {
  const items: { id: string; receipts: ReceiptList["items"][number]["receipts"] }[] = [];
  for (let at = 0; at < subjects.length; at += SUBJECTS_AT_ONCE) {
    const named = subjects.slice(at, at + SUBJECTS_AT_ONCE);
    const found = await client.requests.receipts(id, { subjects: named });
    for (const [i, { receipts }] of found.items.entries()) items.push({ id: named[i]!, receipts });
  }
  return items;
}

function Kept({
  accepted,
  items,
  facts,
}: {
  readonly accepted: AcceptedRequest;
  readonly items: Items;
  readonly facts: readonly Fact[];
}) {
  const { request, ledgerSalt } = accepted;
  const { id: requestId, receivedAt } = request;
  const file = JSON.stringify({ requestId, receivedAt, ledgerSalt, subjects: items }, null, 2);
  return (
    <>
      <Facts
        isLong
        items={[
          ...facts,
          ...(ledgerSalt === null
            ? []
            : [
                {
                  name: "Ledger salt",
                  term: "ledgerSalt",
                  value: <code class="mono break">{ledgerSalt}</code>,
                } as const,
              ]),
        ]}
      />
      <p class="row">
        <SaveButton name={`request-${requestId.slice(0, 8)}.json`} text={file} what="receipt" />
        <CopyButton text={file} what="receipt" />
      </p>
    </>
  );
}
