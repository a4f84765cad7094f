import { NotAllowed } from "../parts/states";
import { useSession } from "../session";
import { RequestForm } from "./request-form";
import { RequestHistory } from "./request-history";
import { RequestQueue } from "./request-queue";

export function RequestsPage() {
  const { may } = useSession();
  return (
    <>
      <div class="page-head">
        <h1>Deletion requests</h1>
        <p class="soft">
          Name people or rows; every model trained on them forgets them, and a certificate says how well.
        </p>
      </div>
      {may("submit requests") && <RequestForm />}
      <RequestQueue />
      {may("read requests") && <RequestHistory />}
      {!may("submit requests") && <NotAllowed action="submit requests" what="New requests" isPage={false} />}
    </>
  );
}
