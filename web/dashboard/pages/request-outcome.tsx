import type { AcceptedRequest, RequestPreview } from "expunge/client";
import { useModelName } from "../activity";
import { countText, dateText, numberText, percentText, plural } from "../format";
import { Explain } from "../glossary";
import { Facts } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";

type Cost = RequestPreview["models"][number];

/** What a request will cost, before it is sent. */
export function ShownPreview({
  preview,
  isBusy,
  onSend,
  onBack,
}: {
  readonly preview: RequestPreview;
  readonly isBusy: boolean;
  readonly onSend: () => void;
  readonly onBack: () => void;
}) {
  const { rowCount, models } = preview;
  return (
    <section class="preview" aria-label="What it will cost" role="status">
      <h3>What it will cost</h3>
      <p>
        {plural(rowCount, "row")} will be erased from the data set and forgotten by{" "}
        {plural(models.length, "model")}. This cannot be taken back once it is done.
      </p>
      {models.length === 0 && (
        <p class="soft">
          No model is trained on this data set yet: the rows are erased, and later trainings go without them.
        </p>
      )}
      <ul class="costs">
        {models.map((cost) => (
          <ModelCost key={cost.modelId} cost={cost} />
        ))}
      </ul>
      <p class="row">
        <button type="button" class="primary" disabled={isBusy} onClick={onSend}>
          {isBusy ? "Sending…" : `Forget ${plural(rowCount, "row")}`}
        </button>
        <button type="button" onClick={onBack} disabled={isBusy}>
          Not yet
        </button>
      </p>
    </section>
  );
}

function ModelCost({ cost }: { readonly cost: Cost }) {
  const nameOf = useModelName();
  const { steps, retrainSteps, claim, joint, transcript } = cost;
  return (
    <li>
      <h4>{nameOf(cost.modelId)}</h4>
      <Bar name="Forgetting" steps={steps} most={retrainSteps} tone="ours" />
      <Bar name="Training from scratch" steps={retrainSteps} most={retrainSteps} tone="retrain" />
      <p class="small">
        {steps === 0
          ? "The noise of ordinary training has hidden these rows already: no step is needed."
          : `${percentText(1 - Math.min(1, steps / retrainSteps))} of the work is saved.`}{" "}
        It will be certified at epsilon = <span class="number">{numberText(claim.epsilon)}</span>, delta ={" "}
        <span class="number">{numberText(claim.delta)}</span>
        <Explain term="epsilon" />. Over all releases, for somebody who may have seen them: epsilon ={" "}
        <span class="number">{numberText(joint.epsilon)}</span> for these rows,{" "}
        <span class="number">{numberText(transcript.epsilon)}</span> for whoever has a single row.
      </p>
    </li>
  );
}

function Bar({
  name,
  steps,
  most,
  tone,
}: {
  readonly name: string;
  readonly steps: number;
  readonly most: number;
  readonly tone: "ours" | "retrain";
}) {
  return (
    <div class="bar-row">
      <span>{name}</span>
      <svg class={`measure ${tone}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect width={Math.max(0.6, (100 * Math.min(steps, most)) / Math.max(most, 1))} height="8" rx="1" />
      </svg>
      <span class="number">{countText(steps)} steps</span>
    </div>
  );
}

/** What whoever asked must keep. */
export function Receipt({
  accepted,
  subjects,
}: {
  readonly accepted: AcceptedRequest;
  readonly subjects: readonly string[];
}) {
  const { request, salt, ledgerSalt } = accepted;
  const { id: requestId, receivedAt } = request;
  const file = JSON.stringify({ requestId, receivedAt, salt, ledgerSalt, subjects }, null, 2);
  return (
    <section class="preview" role="status" aria-label="Receipt">
      <h3>Accepted</h3>
      <p>
        Request <code class="mono">{request.id.slice(0, 8)}</code> removes {plural(request.rowCount, "row")}.
        It will be done by {dateText(request.dueAt)} at the latest; you can watch it below.
      </p>
      <p>
        <strong>Keep the receipt.</strong> Its salts are shown this once.
      </p>
      <Facts
        isLong
        items={[
          ...(salt === null ? [] : [{ name: "Salt", term: "salt" as const, value: <Salt text={salt} /> }]),
          ...(ledgerSalt === null
            ? []
            : [{ name: "Ledger salt", term: "ledgerSalt" as const, value: <Salt text={ledgerSalt} /> }]),
        ]}
      />
      <p class="row">
        <SaveButton name={`request-${requestId.slice(0, 8)}.json`} text={file} what="receipt" />
        <CopyButton text={file} what="receipt" />
      </p>
    </section>
  );
}

function Salt({ text }: { readonly text: string }) {
  return <code class="mono break">{text}</code>;
}
