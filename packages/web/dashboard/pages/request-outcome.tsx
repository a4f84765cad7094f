import type { RequestPreview, RequestView } from "@expunge/client";
import { Verdict } from "../../shared/verdict";
import { countText, numberText, percentText, plural } from "../format";
import { Explain } from "../glossary";
import { useModelName } from "../model-names";
import { Scroll } from "../parts/scroll";
import { useFocus } from "../parts/use-focus";

type Cost = RequestPreview["models"][number];

/** What a request will cost, before it is sent. */
export function ShownPreview({
  kind = "deletion",
  preview,
  isBusy,
  onSend,
  onBack,
}: {
  readonly kind?: RequestView["kind"];
  readonly preview: RequestPreview;
  readonly isBusy: boolean;
  readonly onSend: () => void;
  readonly onBack: () => void;
}) {
  const { rowCount, models, unknown } = preview;
  const title = useFocus<HTMLHeadingElement>();
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
      {unknown.length > 0 && (
        <p>
          <strong>{plural(unknown.length, "id")} passed over:</strong> no row has{" "}
          {unknown.length === 1 ? "it" : "them"}. Place in your list: {placesText(unknown)}.
        </p>
      )}
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
          {isBusy ? "Sending…" : `${kind === "deletion" ? "Forget" : "Replace"} ${plural(rowCount, "row")}`}
        </button>
        <button type="button" onClick={onBack} disabled={isBusy}>
          Not yet
        </button>
      </p>
    </section>
  );
}

const MAX_PLACES = 20;

/** Places as people count them, from 1. */
export function placesText(places: readonly number[]): string {
  const shown = places.slice(0, MAX_PLACES).map((place) => countText(place + 1));
  return shown.join(", ") + (places.length > MAX_PLACES ? " and others" : "");
}

function ModelCost({ cost }: { readonly cost: Cost }) {
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
      {cost.trades.length > 1 && <Trades cost={cost} />}
    </li>
  );
}

function savedText(steps: number, retrainSteps: number): string {
  return steps < retrainSteps
    ? `${percentText(1 - steps / retrainSteps)} fewer steps than training again without these rows.`
    : "No fewer steps than training again without these rows.";
}

/** Other ways to serve it: more steps leave less noise. */
function Trades({ cost }: { readonly cost: Cost }) {
  const isScored = cost.trades.some(({ expectedScore }) => expectedScore !== null);
  return (
    <details>
      <summary>Steps against noise</summary>
      <Scroll label="Ways to serve it">
        <table>
          <thead>
            <tr>
              <th scope="col" class="right">
                Steps
              </th>
              <th scope="col" class="right">
                Noise in a score
              </th>
              {isScored && (
                <th scope="col" class="right">
                  Score expected
                </th>
              )}
              <th scope="col">
                <span class="visually-hidden">Chosen</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {cost.trades.map((trade) => (
              <tr key={trade.steps}>
                <td class="right number">{countText(trade.steps)}</td>
                <td class="right number">{numberText(trade.noise)}</td>
                {isScored && (
                  <td class="right number">
                    {trade.expectedScore === null ? "–" : numberText(trade.expectedScore)}
                  </td>
                )}
                <td>{trade.isChosen ? "this is done" : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {isScored && (
        <p class="soft small">
          Of the model as it is: {cost.score === null ? "–" : numberText(cost.score)}. Scores are the share of
          the evaluation rows that is predicted right; for regression, the root mean squared error.
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
