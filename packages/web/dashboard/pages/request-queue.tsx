import { holdsWords } from "../../shared/holds-words";
import { useLive } from "../activity";
import { useConnection } from "../connection";
import { agoText, countText, dateText, leftText, plural } from "../format";
import { Explain } from "../glossary";
import { useAction } from "../load";
import { useModelName } from "../model-names";
import { Badge, Stat } from "../parts/figures";
import { isOverdue, NoWorker } from "../parts/no-worker";
import { ErrorCard, Loading } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { type ShownRequest, taskCountsOf } from "../task-counts";
import { isOpenState } from "../use-request";

/** What waits, what runs, what was finished last: told by the service as it changes. */
export function RequestQueue() {
  const { activity } = useLive();
  const isReached = useConnection();
  if (activity === null) return <Loading what="queue" />;
  const { requests, open, recent } = activity;
  return (
    <section class="card" aria-label="Queue">
      <h2>
        Queue <span class={isReached ? "live" : "live stopped"}>{isReached ? "live" : "not live now"}</span>
      </h2>
      <dl class="stats" aria-live="polite">
        <Stat name="Waiting">{countText(requests.accepted)}</Stat>
        <Stat name="Running">{countText(requests.running)}</Stat>
        <Stat name="Completed">{countText(requests.completed)}</Stat>
        <Stat name="Failed">{countText(requests.failed)}</Stat>
        <Stat name="Cancelled">{countText(requests.cancelled)}</Stat>
      </dl>
      {open.length === 0 ? (
        <p class="soft">Nothing is waiting.</p>
      ) : (
        <ul class="requests">
          {open.map((request) => (
            <RequestRow key={request.id} request={request} />
          ))}
        </ul>
      )}
      {recent.length > 0 && (
        <>
          <h3>Finished last</h3>
          <ul class="requests">
            {recent.map((request) => (
              <RequestRow key={request.id} request={request} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

export function RequestRow({
  request,
  isAlone = false,
}: {
  readonly request: ShownRequest;
  /** Whether it stands on a page of its own: then nothing leads there. */
  readonly isAlone?: boolean;
}) {
  const { may } = useSession();
  const { kind, state, rowCount, reference, receivedAt, dueAt, completedAt, failure } = request;
  const isOpen = isOpenState(state);
  const counts = taskCountsOf(request);
  const modelCount = counts.waiting + counts.done + counts.failed;
  return (
    <li class="request">
      <div class="row spread">
        <span>
          {isAlone || !may("read requests") ? (
            <code class="mono">{request.id.slice(0, 8)}</code>
          ) : (
            <a class="mono" href={linkTo("requests", request.id)}>
              {request.id.slice(0, 8)}
            </a>
          )}{" "}
          <strong>
            {plural(rowCount, "row")}
            {kind === "correction" && " corrected"}
          </strong>
          {reference !== null && <span class="reference"> {reference}</span>}
        </span>
        <Badge state={state} />
      </div>
      <p class="soft small">
        received {agoText(receivedAt)}
        {isOpen && (
          <>
            , due {dateText(dueAt)} ({leftText(dueAt)})
            <Explain term="due" about="the due date" />
          </>
        )}
        {completedAt !== null && <>, finished {agoText(completedAt)}</>}
      </p>
      {isOpen && isOverdue(receivedAt) && <NoWorker />}
      {isOpen && modelCount > 0 && (
        <p>
          <progress
            max={modelCount}
            value={counts.done}
            aria-label={`Progress of request ${request.id.slice(0, 8)}`}
          />
          <span class="soft small">
            {countText(counts.done)} of {plural(modelCount, "model")} done
          </span>
        </p>
      )}
      {failure !== null && <p class="bad small">{failure}</p>}
      <Tasks request={request} isAlone={isAlone} />
      {kind === "deletion" && state === "accepted" && may("submit requests") && <Cancel id={request.id} />}
    </li>
  );
}

/** As many as the stream tells: a request's own page has them all. */
const MOST_TASKS = 3;

function Tasks({ request, isAlone }: { readonly request: ShownRequest; readonly isAlone: boolean }) {
  const { may } = useSession();
  const nameOf = useModelName();
  const over = request.tasks.filter(({ state }) => state !== "waiting");
  const shown = isAlone ? over : over.slice(0, MOST_TASKS);
  if (shown.length === 0) return null;
  const counts = taskCountsOf(request);
  const moreCount = isAlone ? 0 : counts.done + counts.failed - shown.length;
  return (
    <ul class="tasks small">
      {shown.map((task) => (
        <li key={task.modelId}>
          {nameOf(task.modelId)}:{" "}
          {task.certificateId !== null && may("read certificates") ? (
            <a href={linkTo("certificates", task.certificateId)}>
              certificate {task.certificateId.slice(0, 8)}
            </a>
          ) : (
            (task.failure ?? task.state)
          )}
          {task.holds !== null && <>, holds at {holdsWords(task.holds)}</>}
          {task.holds === null && task.failure === null && <>. {task.meaning}</>}
        </li>
      ))}
      {moreCount > 0 && <li>and {countText(moreCount)} more</li>}
    </ul>
  );
}

function Cancel({ id }: { readonly id: string }) {
  const { client } = useSession();
  const { run, isBusy, error } = useAction();
  const cancel = (): void => {
    run(async () => {
      await client.requests.cancel(id);
    });
  };
  return (
    <>
      <button type="button" class="small" disabled={isBusy} onClick={cancel}>
        {isBusy ? "Taking it back…" : "Take it back"}
        <span class="visually-hidden"> request {id.slice(0, 8)}</span>
      </button>
      {error !== null && <ErrorCard error={error} />}
    </>
  );
}
