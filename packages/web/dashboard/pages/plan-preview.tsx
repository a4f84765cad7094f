import type { ModelPlan, ModelPlanInput } from "@expunge/client";
import { useEffect, useState } from "preact/hooks";
import { Verdict } from "../../shared/verdict";
import { numberText, plural } from "../format";
import { BoundStat, Stat } from "../parts/figures";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";

/** Typing should not ask the service at every key. */
const PAUSE_MS = 400;

interface Found {
  /** What it is the answer to. */
  readonly asked: string;
  readonly plan: ModelPlan | null;
  /** null where there is none. */
  readonly error: unknown;
}

/** What these settings would mean, as the service itself plans it: nothing is reckoned here. */
export function PlanPreview({ input }: { readonly input: ModelPlanInput }) {
  const { client } = useSession();
  const [found, setFound] = useState<Found | null>(null);
  const asked = JSON.stringify({ datasetId: input.datasetId, options: input.options ?? {} });
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      client.models.plan(JSON.parse(asked) as ModelPlanInput).then(
        (plan) => isWanted && setFound({ asked, plan, error: null }),
        (error: unknown) => isWanted && setFound({ asked, plan: null, error }),
      );
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [client, asked]);
  const now = found?.asked === asked ? found : null;
  return (
    <section class="preview" aria-label="What these settings mean" aria-live="polite">
      <h2>What this means</h2>
      {now === null && <p class="soft">Working it out…</p>}
      {now !== null && now.error !== null && <ErrorCard error={now.error} />}
      {now?.plan && <Planned found={now.plan} />}
    </section>
  );
}

function Planned({ found }: { readonly found: ModelPlan }) {
  const { plan, trainingSteps, privacy, firstRequest, refusal } = found;
  const { noise, limit, features } = plan;
  return (
    <>
      <dl class="stats">
        <Stat name="Training" term="steps">
          {plural(trainingSteps, "step")}
        </Stat>
        {firstRequest && (
          <>
            <Stat name="First request" note="at most, where it deletes one row before the model learns again">
              {plural(firstRequest.steps, "step")}
            </Stat>
            <Stat name="Noise it leaves in a score" term="noise">
              {numberText(firstRequest.noise)}
            </Stat>
          </>
        )}
        {noise.kind === "every-step" && (
          <>
            <Stat name="Noise (sigma)" term="sigma">
              {numberText(noise.sigma)}
            </Stat>
            <BoundStat
              name="Privacy of the model"
              term="privacy"
              bound={privacy}
              note="for people who stay"
              without="for people who stay"
            />
          </>
        )}
        {limit !== null && (
          <BoundStat
            name="Everything released"
            term="disclosure"
            bound={limit}
            note={`never more, for any ${plural(limit.records, "row")}`}
            without=""
          />
        )}
      </dl>
      {firstRequest && <NoiseWords {...firstRequest} />}
      {firstRequest && (
        <Verdict holds={firstRequest.holds} meaning={firstRequest.meaning} when="After the first request" />
      )}
      {refusal !== null && (
        <p class="bad">A first request for the row that costs most could not be certified. {refusal}</p>
      )}
      {features?.isBandwidthFromData && (
        <p class="small">
          The bandwidth of the features
          {features.bandwidth === null ? "" : `, ${numberText(features.bandwidth)},`} is read off distances
          between some of the rows. No certificate covers that; each says so.
        </p>
      )}
      {noise.kind === "on-release" && (
        <p class="small">
          Training has no noise, and the model before its first request certifies nothing about anybody.
        </p>
      )}
    </>
  );
}

/** At this much the odds that a classifier gives change by a factor of e, and a regression's answer by the spread of its labels. */
const DROWNING = 1;

/** What the figures of a first request mean for whoever uses the model. */
function NoiseWords({ steps, noise }: NonNullable<ModelPlan["firstRequest"]>) {
  return (
    <p class="small">
      {steps === 0 &&
        "A first request needs no further step: the noise of the training already hides one row. "}
      Where the scores of two answers differ by less than {numberText(noise)}, the noise may decide between
      them.
      {noise >= DROWNING && (
        <>
          {" "}
          <strong>So much noise may drown the model’s answers.</strong> Choose an evaluation data set: every
          release is scored on it, with its noise.
        </>
      )}
    </p>
  );
}
