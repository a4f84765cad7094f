import type { RequestView } from "@expunge/client";
import { leftText, timeText } from "../format";
import { DatasetName } from "../parts/dataset-name";
import { Facts } from "../parts/figures";
import { Await, NotAllowed } from "../parts/states";
import { linkTo, useTitle } from "../router";
import { useSession } from "../session";
import { isOpenState, useRequest } from "../use-request";
import { RequestRow } from "./request-queue";

/** One request, at an address of its own. */
export function RequestPage({ id }: { readonly id: string }) {
  const { may } = useSession();
  const request = useRequest(id);
  useTitle(`Request ${id.slice(0, 8)}`);
  if (!may("read requests")) return <NotAllowed action="read requests" what="Requests" />;
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("requests")}>Deletion requests</a>
      </p>
      <h1>Request {id.slice(0, 8)}</h1>
      <Await loaded={request} what="request">
        {(now) => (
          <section class="card" aria-label="Request">
            <ul class="requests alone">
              <RequestRow request={now} isAlone />
            </ul>
            <Facts
              isLong
              items={[
                { name: "Id", value: <code class="mono">{now.id}</code> },
                ...(now.reference === null ? [] : [{ name: "Your reference", value: now.reference }]),
                { name: "Data set", value: <DatasetName id={now.datasetId} /> },
                { name: "Received", value: timeText(now.receivedAt) },
                { name: "Due", value: dueText(now), term: "due" },
                ...(now.completedAt === null ? [] : [{ name: "Finished", value: timeText(now.completedAt) }]),
              ]}
            />
          </section>
        )}
      </Await>
    </>
  );
}

const dueText = ({ state, dueAt }: RequestView): string =>
  isOpenState(state) ? `${timeText(dueAt)}: ${leftText(dueAt)}` : timeText(dueAt);
