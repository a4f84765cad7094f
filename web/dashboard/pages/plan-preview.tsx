import type { DatasetView, NewModel, PlanView } from "expunge/client";
import { useEffect, useState } from "preact/hooks";
import { countText, numberText } from "../format";
import { Stat } from "../parts/figures";
import { useSession } from "../session";
import { planOf } from "./model-draft";

/** Typing should not ask the service at every key. */
const PAUSE_MS = 400;

/** What these settings would mean, before anything is trained. */
export function PlanPreview({ input, dataset }: { readonly input: NewModel; readonly dataset: DatasetView }) {
  const { client } = useSession();
  const [plan, setPlan] = useState<PlanView | string | null>(null);
  const rowCount = dataset.description?.rowCount ?? 1;
  const asked = JSON.stringify(planOf(input, rowCount));
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      client.plan(JSON.parse(asked)).then(
        (found) => isWanted && setPlan(found),
        (error: Error) => isWanted && setPlan(error.message),
      );
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [client, asked]);
  return (
    <section class="preview" aria-label="What these settings mean" aria-live="polite">
      <h2>What this means</h2>
      {plan === null && <p class="soft">Working it out…</p>}
      {typeof plan === "string" && <p class="bad">{plan}</p>}
      {plan !== null && typeof plan === "object" && <PlanStats plan={plan} />}
      {input.options.adaptiveEpsilon !== undefined && (
        <p class="small">With a limit for everything released there will be more noise than shown here.</p>
      )}
    </section>
  );
}

function PlanStats({ plan }: { readonly plan: PlanView }) {
  const trained = plan.retraining.stepsPerRequest;
  return (
    <dl class="stats">
      <Stat name="Noise (sigma)" term="sigma">
        {numberText(plan.sigma)}
      </Stat>
      <Stat name="Training" term="steps">
        {countText(trained)} steps
      </Stat>
      <Stat name="First request at most" note="for the row that was looked at last">
        {countText(plan.requests[0]?.steps ?? plan.steps)} steps
      </Stat>
      <Stat name="Privacy of the model" term="privacy" note="epsilon, for people who stay">
        {numberText(plan.learning?.epsilon ?? null)}
      </Stat>
    </dl>
  );
}
