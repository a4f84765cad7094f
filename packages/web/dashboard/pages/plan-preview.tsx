import type { DatasetView, NewModel, OnReleasePlanView, PlanView } from "@expunge/client";
import { useEffect, useState } from "preact/hooks";
import { boundText, countText, numberText, plural } from "../format";
import { Stat } from "../parts/figures";
import { type Session, useSession } from "../session";
import { planOf } from "./model-draft";

/** Typing should not ask the service at every key. */
const PAUSE_MS = 400;

type Options = NonNullable<NewModel["options"]>;
type Found =
  | { readonly kind: "on-release"; readonly plan: OnReleasePlanView }
  | { readonly kind: "every-step"; readonly plan: PlanView }
  | { readonly kind: "error"; readonly message: string };

/** What these settings would mean, before anything is trained. */
export function PlanPreview({ input, dataset }: { readonly input: NewModel; readonly dataset: DatasetView }) {
  const { client } = useSession();
  const [found, setFound] = useState<Found | null>(null);
  const asked = JSON.stringify(input.options ?? {});
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      askFor(client, JSON.parse(asked), dataset).then(
        (plan) => isWanted && setFound(plan),
        (error: Error) => isWanted && setFound({ kind: "error", message: error.message }),
      );
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [client, asked, dataset]);
  return (
    <section class="preview" aria-label="What these settings mean" aria-live="polite">
      <h2>What this means</h2>
      {found === null && <p class="soft">Working it out…</p>}
      {found?.kind === "error" && <p class="bad">{found.message}</p>}
      {found?.kind === "on-release" && <OnRelease plan={found.plan} />}
      {found?.kind === "every-step" && <EveryStep plan={found.plan} />}
    </section>
  );
}

async function askFor(client: Session["client"], options: Options, dataset: DatasetView): Promise<Found> {
  const { defaultsFor } = await import("./plan-defaults");
  const asked = planOf(options, dataset, defaultsFor(options, dataset));
  return asked.kind === "on-release"
    ? { kind: asked.kind, plan: await client.planOnRelease(asked.input) }
    : { kind: asked.kind, plan: await client.plan(asked.input) };
}

function OnRelease({ plan }: { readonly plan: OnReleasePlanView }) {
  const [first] = plan.requests;
  return (
    <>
      <dl class="stats">
        <Stat name="Training" term="steps">
          {plural(plan.retraining.stepsPerRequest, "step")}
        </Stat>
        {first && (
          <>
            <Stat name="First request" note="at most, where it names one row">
              {plural(first.steps, "step")}
            </Stat>
            <Stat name="Noise it leaves in a score" term="noise">
              {numberText(first.noise)}
            </Stat>
            <Stat
              name="Holds then"
              term="holds"
              note={`epsilon, at delta = ${numberText(plan.target.delta)}`}
            >
              {boundText(first.epsilon)}
            </Stat>
          </>
        )}
      </dl>
      <p class="small">
        Training has no noise, and the model before its first request certifies nothing about anybody.
      </p>
    </>
  );
}

function EveryStep({ plan }: { readonly plan: PlanView }) {
  const { disclosure, retraining, requests } = plan;
  return (
    <dl class="stats">
      <Stat name="Noise (sigma)" term="sigma">
        {numberText(plan.sigma)}
      </Stat>
      <Stat name="Training" term="steps">
        {plural(retraining.stepsPerRequest, "step")}
      </Stat>
      <Stat name="First request" note="at most, where it names one row">
        {plural(requests[0]?.steps ?? plan.steps, "step")}
      </Stat>
      <Stat name="Privacy of the model" term="privacy" note="epsilon, for people who stay">
        {boundText(plan.learning?.epsilon ?? null)}
      </Stat>
      {disclosure !== null && (
        <Stat
          name="Everything released"
          term="disclosure"
          note={
            disclosure.requestsWithin === null
              ? "epsilon, once all requests are served"
              : `epsilon; ${countText(disclosure.requestsWithin)} requests stay within the limit`
          }
        >
          {boundText(disclosure.epsilon)}
        </Stat>
      )}
    </dl>
  );
}
