import type { ModelView } from "expunge/client";
import { useState } from "preact/hooks";
import { useLive, useModelName } from "../activity";
import { compactText, countText, numberText, percentText, plural, timeText } from "../format";
import { lazy } from "../lazy";
import { useLoaded } from "../load";
import { figuresOf, type Release, scoreText } from "../model-figures";
import { DeleteButton } from "../parts/delete-button";
import { Badge, Facts, Stat } from "../parts/figures";
import { Scroll } from "../parts/scroll";
import { Await, Empty } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { ModelCourse } from "./model-course";
import { Training } from "./models";

const ReleaseCharts = lazy(async () => (await import("../charts/release-charts")).ReleaseCharts);

export function ModelPage({ id }: { readonly id: string }) {
  const { client } = useSession();
  const { activity } = useLive();
  const now = activity?.models.find((model) => model.id === id);
  const model = useLoaded(() => client.models.get(id), [client, id, now?.steps, now?.state]);
  const nameOf = useModelName();
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("models")}>Models</a>
      </p>
      <div class="row spread page-head">
        <h1>{model.value?.name ?? nameOf(id)}</h1>
        <Badge state={now?.state ?? model.value?.state ?? "waiting"} />
      </div>
      <Await loaded={model} what="model">
        {(view) => <Body model={view} progress={now?.progress ?? view.progress} />}
      </Await>
    </>
  );
}

function Body({ model, progress }: { readonly model: ModelView; readonly progress: number | null }) {
  if (model.state === "failed")
    return (
      <Empty title="The training failed">
        <p class="bad">{model.failure ?? "Nothing more is known."}</p>
        <p>
          <a href={`${linkTo("models", "new")}?dataset=${model.datasetId}`}>
            Train again with other settings
          </a>
        </p>
      </Empty>
    );
  if (model.plan === null || model.timeline === null) {
    return (
      <Empty title="Not trained yet">
        <Training progress={progress} name={model.name} />
        <p>This page fills by itself as soon as the training has ended.</p>
      </Empty>
    );
  }
  return <Trained model={model} plan={model.plan} steps={model.timeline.steps} />;
}

type Plan = NonNullable<ModelView["plan"]>;

function Trained({
  model,
  plan,
  steps,
}: {
  readonly model: ModelView;
  readonly plan: Plan;
  readonly steps: number;
}) {
  const { client } = useSession();
  const releases = useLoaded(() => client.models.releases(model.id), [client, model.id, steps]);
  return (
    <>
      <Await loaded={releases} what="releases">
        {({ items }) => (
          <>
            <Headline model={model} releases={items} />
            <ReleaseCharts releases={items} hasEvaluation={model.evaluationDatasetId !== null} />
            <ModelCourse model={model} plan={plan} />
            <Releases releases={items} />
          </>
        )}
      </Await>
      <PlanFacts plan={plan} model={model} />
    </>
  );
}

function Headline({ model, releases }: { readonly model: ModelView; readonly releases: readonly Release[] }) {
  const { served, saved, gradients, retrainGradients, scores, isRegression } = figuresOf(releases);
  return (
    <dl class="stats card">
      <Stat
        name={isRegression ? "Error now" : "Accuracy now"}
        term="accuracy"
        note={
          scores.length === 0
            ? "no evaluation data set"
            : `${scoreText(scores[0], isRegression)} when trained`
        }
      >
        {scoreText(scores.at(-1), isRegression)}
      </Stat>
      <Stat
        name="Privacy now"
        term="privacy"
        note={`epsilon, at delta = ${numberText(model.privacy?.delta ?? null)}`}
      >
        {numberText(model.privacy?.epsilon ?? null)}
      </Stat>
      <Stat
        name="Everything released"
        term="transcript"
        note={
          model.plan?.budget
            ? `epsilon, of at most ${numberText(model.plan.budget.epsilon)}`
            : `epsilon, for any ${plural(model.plan?.budget?.records ?? 1, "row")}`
        }
      >
        {numberText(model.privacyOfAll?.epsilon ?? null)}
      </Stat>
      <Stat name="Requests served" term="served" note={plural(releases.length, "release")}>
        {countText(served)}
      </Stat>
      <Stat
        name="Work saved"
        term="saved"
        note={
          saved === null
            ? "no request yet"
            : `${compactText(gradients)} of ${compactText(retrainGradients)} gradients`
        }
      >
        {saved === null ? "–" : percentText(saved)}
      </Stat>
    </dl>
  );
}

const FIRST_RELEASES = 10;

function Releases({ releases }: { readonly releases: readonly Release[] }) {
  const { may } = useSession();
  const isRegression = figuresOf(releases).isRegression;
  const [isWhole, setWhole] = useState(false);
  const newest = [...releases].reverse();
  const shown = isWhole ? newest : newest.slice(0, FIRST_RELEASES);
  return (
    <section class="card">
      <h2>Releases</h2>
      <p class="soft">Every state of the model that was in force, newest first.</p>
      <Scroll label="All releases">
        <table>
          <thead>
            <tr>
              <th scope="col">Released</th>
              <th scope="col">Why</th>
              <th scope="col" class="right">
                Steps
              </th>
              <th scope="col" class="right">
                Retraining
              </th>
              <th scope="col" class="right">
                {isRegression ? "Error" : "Accuracy"}
              </th>
              <th scope="col">Certificate</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((release) => (
              <tr key={release.version}>
                <td>{timeText(release.releasedAt)}</td>
                <td>{release.requestCount === 0 ? "training" : plural(release.requestCount, "request")}</td>
                <td class="right number">{countText(release.unlearnSteps)}</td>
                <td class="right number">
                  {release.retrainSteps === 0 ? "–" : countText(release.retrainSteps)}
                </td>
                <td class="right number">
                  {scoreText(
                    (isRegression ? release.rootMeanSquaredError : release.accuracy) ?? undefined,
                    isRegression,
                  )}
                </td>
                <td>
                  {release.certificateId === null || !may("read certificates") ? (
                    "–"
                  ) : (
                    <a href={linkTo("certificates", release.certificateId)}>
                      {release.certificateId.slice(0, 8)}
                    </a>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < newest.length && (
        <p>
          <button type="button" onClick={() => setWhole(true)}>
            Show all {countText(newest.length)}
          </button>
        </p>
      )}
    </section>
  );
}

function PlanFacts({ plan, model }: { readonly plan: Plan; readonly model: ModelView }) {
  const { client, may } = useSession();
  const { process, budget } = plan;
  return (
    <details class="card">
      <summary>
        <h2>How it is trained</h2>
      </summary>
      <Facts
        items={[
          { name: "Objective", value: plan.objective.kind, term: "objective" },
          { name: "Rows", value: countText(process.rowCount) },
          { name: "Features", value: countText(plan.featureCount) },
          { name: "Batch size", value: countText(process.batchSize), term: "batchSize" },
          { name: "Epochs", value: countText(plan.epochs), term: "epochs" },
          { name: "Target epsilon", value: numberText(plan.target.epsilon), term: "epsilon" },
          { name: "Target delta", value: numberText(plan.target.delta), term: "delta" },
          {
            name: "Limit for everything released",
            value: budget === null ? "none" : numberText(budget.epsilon),
            term: "budget",
          },
          { name: "Noise (sigma)", value: numberText(plan.sigma), term: "sigma" },
          { name: "Step size (eta)", value: numberText(process.eta), term: "eta" },
          { name: "Regularisation (l2)", value: numberText(process.strongConvexity), term: "l2" },
          { name: "Deletion", value: process.deletion, term: "deletion" },
          { name: "Released at", value: plan.releaseAt, term: "releaseAt" },
          { name: "Most steps for a request", value: countText(plan.maxSteps) },
          { name: "Model id", value: <code class="mono">{model.id}</code> },
          { name: "Data set id", value: <code class="mono">{model.datasetId}</code> },
        ]}
      />
      {may("train models") && (
        <DeleteButton
          what="model"
          consequence="Its weights and its copy of the rows are erased, and what requests still ask of it counts as done. Its certificates stay."
          onDelete={async () => {
            await client.models.delete(model.id);
            location.hash = linkTo("models");
          }}
        />
      )}
    </details>
  );
}
