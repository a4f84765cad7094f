import type { ModelView } from "@expunge/client";
import { useState } from "preact/hooks";
import { Verdict } from "../../shared/verdict";
import { useLive } from "../activity";
import { countText, numberText, plural } from "../format";
import { lazy } from "../lazy";
import { useLoaded } from "../load";
import { figuresOf, NEWEST_RELEASES, type Release, scoreText } from "../model-figures";
import { useModelName } from "../model-names";
import { DatasetName } from "../parts/dataset-name";
import { DeleteButton } from "../parts/delete-button";
import { Badge, BoundStat, type Fact, Facts, Stat } from "../parts/figures";
import { BaselineStat, PoorBadge, PoorNotes } from "../parts/judgement";
import { isOverdue, NoWorker } from "../parts/no-worker";
import { SavedStat } from "../parts/saved";
import { Await, Empty } from "../parts/states";
import { linkTo, useTitle } from "../router";
import { useSession } from "../session";
import { EvaluationCard } from "./model-evaluation";
import { ModelLife } from "./model-life";
import { Releases } from "./model-releases";
import { deletedText, Training } from "./models";

const ReleaseCharts = lazy(async () => (await import("../charts/release-charts")).ReleaseCharts);

export function ModelPage({ id }: { readonly id: string }) {
  const { client } = useSession();
  const { activity } = useLive();
  const now = activity?.models.find((model) => model.id === id);
  const [changes, setChanges] = useState(0);
  const model = useLoaded(() => client.models.get(id), [client, id, now?.steps, now?.state, changes]);
  const nameOf = useModelName();
  useTitle(model.value?.name ?? null);
  const isMissing = model.state === "error" && (model.error as { status?: number }).status === 404;
  const state = now?.state ?? model.value?.state;
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("models")}>Models</a>
      </p>
      <div class="row spread page-head">
        <h1>{isMissing ? "There is no such model" : (model.value?.name ?? nameOf(id))}</h1>
        {state !== undefined && !isMissing && (
          <span class="row">
            {state === "ready" && <PoorBadge judgement={model.value?.judgement ?? null} />}
            <Badge state={state} />
          </span>
        )}
      </div>
      <Await loaded={model} what="model">
        {(view) => (
          <Body
            model={view}
            progress={now?.progress ?? view.progress}
            onChanged={() => setChanges((count) => count + 1)}
          />
        )}
      </Await>
    </>
  );
}

function Body({
  model,
  progress,
  onChanged,
}: {
  readonly model: ModelView;
  readonly progress: number | null;
  readonly onChanged: () => void;
}) {
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
        {model.state === "training" ? (
          <Training progress={progress} name={model.name} />
        ) : (
          <p class="soft">It is trained as soon as a worker is free.</p>
        )}
        {model.state === "waiting" && isOverdue(model.createdAt) && <NoWorker />}
        <p>This page fills by itself as soon as the training has ended.</p>
      </Empty>
    );
  }
  return <Trained model={model} plan={model.plan} steps={model.timeline.steps} onChanged={onChanged} />;
}

type Plan = NonNullable<ModelView["plan"]>;

function Trained({
  model,
  plan,
  steps,
  onChanged,
}: {
  readonly model: ModelView;
  readonly plan: Plan;
  readonly steps: number;
  readonly onChanged: () => void;
}) {
  const { client } = useSession();
  const releases = useLoaded(
    () => client.models.releases(model.id, { limit: NEWEST_RELEASES }),
    [client, model.id, steps],
  );
  return (
    <>
      <Await loaded={releases} what="releases">
        {({ items, next }) => (
          <>
            <Headline model={model} releases={items} isWhole={next === null} />
            <Evaluated modelId={model.id} newest={items[0]} />
            <ModelLife model={model} releases={items} onChanged={onChanged} />
            <ReleaseCharts releases={items} hasEvaluation={model.evaluationDatasetId !== null} />
            <Releases key={items[0]?.version} modelId={model.id} first={items} next={next} />
          </>
        )}
      </Await>
      <PlanFacts plan={plan} model={model} />
    </>
  );
}

function Evaluated({ modelId, newest }: { readonly modelId: string; readonly newest: Release | undefined }) {
  const isScored = newest !== undefined && (newest.accuracy ?? newest.rootMeanSquaredError) !== null;
  return isScored ? <EvaluationCard modelId={modelId} release={newest} /> : null;
}

function Headline({
  model,
  releases,
  isWhole,
}: {
  readonly model: ModelView;
  readonly releases: readonly Release[];
  readonly isWhole: boolean;
}) {
  const figures = figuresOf(releases);
  const { scores, trainedScore, isRegression } = figures;
  const { privacy, disclosure } = model;
  return (
    <section class="card" aria-label="Now">
      <Verdict holds={model.holds} meaning={model.meaning} />
      {/* Of its evaluation rows the card below says it, with all measures. */}
      {model.judgement?.on === "training" && <PoorNotes judgement={model.judgement} />}
      <dl class="stats">
        <Stat
          name={isRegression ? "Error now" : "Accuracy now"}
          term="accuracy"
          note={scoreNote(scores.length, trainedScore, isRegression)}
        >
          {scoreText(scores.at(-1), isRegression)}
        </Stat>
        <BaselineStat judgement={model.judgement} />
        <Stat name="Certificates" term="certificates" note={deletedText(model)}>
          {countText(model.timeline?.requestCount ?? 0)}
        </Stat>
        <SavedStat figures={figures} isWhole={isWhole} />
        <BoundStat
          name="Privacy now"
          term="privacy"
          bound={privacy}
          note="of those still in the data"
          without="of those still in the data"
        />
        <BoundStat
          name="Everything released"
          term="disclosure"
          bound={disclosure}
          note={disclosure === null ? "" : disclosureNote(model, disclosure.records)}
          without="all models together"
        />
      </dl>
      <p class="soft small">
        What “holds” is proved for people who were forgotten. “Privacy now” is about people who are still in
        the data: what it says of them, or that nothing bounds it, changes nothing for those who were
        forgotten.
      </p>
    </section>
  );
}

function scoreNote(count: number, trainedScore: number | null, isRegression: boolean): string {
  if (count === 0) return "no evaluation data set";
  return trainedScore === null
    ? "at the newest release"
    : `${scoreText(trainedScore, isRegression)} when trained`;
}

function disclosureNote({ plan }: ModelView, records: number): string {
  const limit = plan?.limit ?? null;
  if (limit !== null) return `of at most ${numberText(limit.epsilon)}`;
  return `for any ${plural(records, "row")}; no limit`;
}

function weightsText({ classes, isBalanced, samples }: NonNullable<Plan["weighting"]>): string {
  const byLabel =
    classes && `by label ${classes.map(numberText).join(", ")}${isBalanced ? " (balanced)" : ""}`;
  return [byLabel, samples && "each row its own"].filter(Boolean).join("; ");
}

/** What is the same whatever the noise is, and what is not. */
function planFacts(plan: Plan): readonly Fact[] {
  const { process, noise, limit } = plan;
  const isEveryStep = noise.kind === "every-step";
  return [
    { name: "Objective", value: plan.objective.kind, term: "objective" },
    { name: "Rows", value: countText(process.rowCount) },
    { name: "Features, with any intercept", value: countText(plan.featureCount) },
    ...(plan.features ? [{ name: "Feature map", value: plan.features.kind }] : []),
    { name: "Batch size", value: countText(process.batchSize), term: "batchSize" },
    { name: "Epochs", value: countText(plan.epochs), term: "epochs" },
    { name: "Target epsilon", value: numberText(plan.target.epsilon), term: "epsilon" },
    { name: "Target delta", value: numberText(plan.target.delta), term: "delta" },
    { name: "Requesters", value: plan.requesters, term: "requesters" },
    {
      name: "Limit for everything released",
      value: limit === null ? "none" : numberText(limit.epsilon),
      term: "limit",
    },
    { name: "Noise", value: isEveryStep ? "at every step" : "on release", term: "noiseKind" },
    isEveryStep
      ? { name: "Noise (sigma)", value: numberText(noise.sigma), term: "sigma" }
      : { name: "Most noise in a score", value: numberText(noise.most), term: "noise" },
    { name: "Step size (eta)", value: numberText(process.eta), term: "eta" },
    { name: "Regularisation (l2)", value: numberText(process.strongConvexity), term: "l2" },
    ...(plan.weighting ? [{ name: "Weights of rows", value: weightsText(plan.weighting) }] : []),
    { name: "Radius", value: numberText(process.radius), term: "radius" },
    { name: "Arithmetic", value: plan.kernel, term: "kernel" },
    { name: "Deletion", value: process.deletion, term: "deletion" },
    ...(isEveryStep
      ? [{ name: "Released at", value: plan.releaseAt, term: "releaseAt" } as const satisfies Fact]
      : []),
    { name: "Most steps for a request", value: countText(plan.maxSteps) },
    { name: "Chosen by trials", value: tuningText(plan) },
  ];
}

function tuningText({ isTuned, tunedOn }: Plan): string {
  if (!isTuned) return "no";
  return tunedOn === "public" ? "yes, on data declared public" : "yes, on the training data";
}

function PlanFacts({ plan, model }: { readonly plan: Plan; readonly model: ModelView }) {
  const { client, may } = useSession();
  return (
    <details class="card">
      <summary>
        <h2>How it is trained</h2>
      </summary>
      <Facts
        items={[
          ...planFacts(plan),
          { name: "Model id", value: <code class="mono">{model.id}</code> },
          { name: "Data set", value: <DatasetName id={model.datasetId} /> },
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
