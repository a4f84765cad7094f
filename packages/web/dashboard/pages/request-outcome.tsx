import type { RequestPreview, RequestView } from "@expunge/client";
import { columnWords } from "../../shared/numbers";
import { Verdict } from "../../shared/verdict";
import { countText, numberText, percentText, plural } from "../format";
import { Explain } from "../glossary";
import { useLoaded } from "../load";
import { scoreColumn, scoreText } from "../model-figures";
import { useModelName } from "../model-names";
import { Table } from "../parts/table";
import { useFocus } from "../parts/use-focus";
import { useSession } from "../session";

type Cost = RequestPreview["models"][number];
type Trade = Cost["trades"][number];

/** What a request will cost, before it is sent. */
export function ShownPreview({
  kind = "deletion",
  preview,
  datasetId,
  isBusy,
  onSend,
  onBack,
}: {
  readonly kind?: RequestView["kind"];
  readonly preview: RequestPreview;
  readonly datasetId: string;
  readonly isBusy: boolean;
  readonly onSend: () => void;
  readonly onBack: () => void;
}) {
  const { rowCount, models, unknown } = preview;
  const { client } = useSession();
  const dataset = useLoaded(() => client.datasets.get(datasetId), [client, datasetId]);
  const isRegression = dataset.value?.description?.task === "regression";
  const title = useFocus<HTMLHeadingElement>();
  if (kind === "deletion" && rowCount === 0) return <ForgottenAlready unknown={unknown} onBack={onBack} />;
  return (
    <section class="preview" aria-label="What it will cost" role="status">
      <h3 ref={title} tabIndex={-1}>
        What it will cost
      </h3>
      <p>
        {plural(rowCount, "row")} will be {kind === "deletion" ? "erased from" : "replaced in"} the data set
        and {kind === "deletion" ? "forgotten" : "replaced"} by {plural(models.length, "model")}. This cannot
        be taken back {kind === "deletion" ? "once it is done" : "once it is sent"}.
      </p>
      <PassedOver unknown={unknown} />
      {models.length === 0 && (
        <p class="soft">
          No model is trained on this data set yet: the rows are erased, and later trainings go without them.
        </p>
      )}
      <ul class="costs">
        {models.map((cost) => (
          <ModelCost key={cost.modelId} cost={cost} isRegression={isRegression} />
        ))}
      </ul>
      <p class="row">
        <button type="button" class="primary" disabled={isBusy} onClick={onSend}>
          {isBusy ? "Sending…" : `${kind === "deletion" ? "Forget" : "Replace"} ${plural(rowCount, "row")}`}
        </button>
        <button type="button" onClick={onBack} disabled={isBusy}>
          Not yet
        </button>
      </p>
    </section>
  );
}

/** Names that are known, and of which earlier requests have left no row: there is nothing to send. */
function ForgottenAlready({
  unknown,
  onBack,
}: {
  readonly unknown: readonly number[];
  readonly onBack: () => void;
}) {
  const title = useFocus<HTMLHeadingElement>();
  return (
    <section class="preview" aria-label="Forgotten already" role="status">
      <h3 ref={title} tabIndex={-1}>
        Forgotten already
      </h3>
      <p>
        An earlier request named them, and it is completed: none of these rows is left in the data set, and no
        model has any to forget. The certificates are those of the earlier request: look for it under “All
        requests”.
      </p>
      <PassedOver unknown={unknown} />
      <p>
        <button type="button" onClick={onBack}>
          Close
        </button>
      </p>
    </section>
  );
}

function PassedOver({ unknown }: { readonly unknown: readonly number[] }) {
  if (unknown.length === 0) return null;
  return (
    <p>
      <strong>{plural(unknown.length, "id")} passed over:</strong> no row has{" "}
      {unknown.length === 1 ? "it" : "them"}. Place in your list: {placesText(unknown)}.
    </p>
  );
}

const MAX_PLACES = 20;

/** Places as people count them, from 1. */
export function placesText(places: readonly number[]): string {
  const shown = places.slice(0, MAX_PLACES).map((place) => countText(place + 1));
  return shown.join(", ") + (places.length > MAX_PLACES ? " and others" : "");
}

interface CostProps {
  readonly cost: Cost;
  readonly isRegression: boolean;
}

function ModelCost({ cost, isRegression }: CostProps) {
  const nameOf = useModelName();
  const { steps, retrainSteps, rowCount, holds, meaning, noise } = cost;
  return (
    <li>
      <h4>{nameOf(cost.modelId)}</h4>
      <Verdict holds={holds} meaning={meaning} when="Once it is done" />
      {rowCount > 0 && (
        <>
          <Bar name="Forgetting" steps={steps} most={retrainSteps} tone="ours" />
          <Bar name="Training again" steps={retrainSteps} most={retrainSteps} tone="retrain" />
          <p class="small">
            {steps === 0
              ? "The noise that there is has hidden these rows already: no step is needed."
              : savedText(steps, retrainSteps)}{" "}
            Noise left in a score: <span class="number">{numberText(noise)}</span>
            <Explain term="noise" about="noise in a score" />.
          </p>
        </>
      )}
      {cost.trades.length > 1 && <Trades cost={cost} isRegression={isRegression} />}
    </li>
  );
}

function savedText(steps: number, retrainSteps: number): string {
  return steps < retrainSteps
    ? `${percentText(1 - steps / retrainSteps)} fewer steps than training again without these rows.`
    : "No fewer steps than training again without these rows.";
}

/** Other ways to serve it: more steps leave less noise. */
function Trades({ cost, isRegression }: CostProps) {
  const { trades } = cost;
  const isScored = trades.some(({ expectedScore }) => expectedScore !== null);
  const noises = columnWords(trades.map(({ noise }) => noise));
  const scores = scoreColumn(
    trades.map(({ expectedScore }) => expectedScore),
    isRegression,
  );
  return (
    <details>
      <summary>Steps against noise</summary>
      <Table
        label="Ways to serve it"
        rows={trades}
        keyOf={({ steps }) => steps}
        columns={[
          { name: "Steps", isNumber: true, cell: ({ steps }) => countText(steps) },
          { name: "Noise in a score", isNumber: true, cell: (_, place) => noises[place] },
          ...(isScored
            ? [
                {
                  ...{ name: `${isRegression ? "Error" : "Accuracy"} expected`, isNumber: true },
                  cell: (_: Trade, place: number) => scores[place],
                },
              ]
            : []),
          { name: "Chosen", cell: ({ isChosen }) => (isChosen ? "this is done" : "") },
        ]}
      />
      {isScored && (
        <p class="soft small">
          Of the model as it is: {scoreText(cost.score, isRegression)}, on its evaluation data set.
        </p>
      )}
    </details>
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
      <span class="number">{plural(steps, "step")}</span>
    </div>
  );
}
