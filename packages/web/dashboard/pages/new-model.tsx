import type { DatasetView, NewModel } from "@expunge/client";
import { useState } from "preact/hooks";
import { allOf, useAction, useLoaded } from "../load";
import { ExplainedSelect, Field, NumberField, SelectField } from "../parts/field";
import { Await, Empty, ErrorCard, NotAllowed } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { FeatureFields } from "./feature-fields";
import { choicesFor, type Draft, draftFor, isEveryStep, modelOf, objectivesFor } from "./model-draft";
import { PlanPreview } from "./plan-preview";

export function NewModelPage({ datasetId }: { readonly datasetId: string | null }) {
  const { client, may } = useSession();
  const datasets = useLoaded(() => allOf(client.datasets.list), [client]);
  if (!may("train models")) return <NotAllowed action="train models" what="Trainings" />;
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("models")}>Models</a>
      </p>
      <div class="page-head">
        <h1>Train a model</h1>
        <p class="soft">
          The settings below hold for the whole life of the model; the numbers proposed are sound. Choose the
          tables yourself.
        </p>
      </div>
      <Await loaded={datasets} what="data sets">
        {(items) => {
          const ready = items.filter(({ state }) => state === "ready");
          const first = ready.find(({ id }) => id === datasetId) ?? ready[0];
          return first === undefined ? <NoData /> : <ModelForm datasets={ready} first={first} />;
        }}
      </Await>
    </>
  );
}

/** What was typed, or what is wrong with it. */
function read(draft: Draft): NewModel | { readonly message: string } {
  try {
    return modelOf(draft);
  } catch (error) {
    return error as { readonly message: string };
  }
}

function NoData() {
  return (
    <Empty title="There is no table to train on">
      <p>
        <a class="button" href={linkTo("data")}>
          Upload a table
        </a>
      </p>
    </Empty>
  );
}

function ModelForm({
  datasets,
  first,
}: {
  readonly datasets: readonly DatasetView[];
  readonly first: DatasetView;
}) {
  const { client } = useSession();
  const [draft, setDraft] = useState<Draft>(() => draftFor(first));
  const { run, isBusy, error } = useAction();
  const dataset = datasets.find(({ id }) => id === draft.datasetId) ?? first;
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const setter = (key: keyof Draft) => (value: string) => set({ [key]: value });
  const input = read(draft);
  const submit = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      const { id } = await client.models.create(modelOf(draft));
      location.hash = linkTo("models", id);
    });
  };
  const alike = datasets.filter(
    ({ id, description }) =>
      id !== dataset.id && description?.schemaDigest === dataset.description?.schemaDigest,
  );
  return (
    <form class="card" onSubmit={submit}>
      <div class="fields">
        <SelectField
          label="Data set"
          value={dataset.id}
          choices={datasets.map(({ id, name }) => ({ value: id, text: name }))}
          onChange={(id) => setDraft(draftFor(datasets.find((one) => one.id === id) ?? first))}
        />
        <Field label="Name">
          {(wiring) => (
            <input
              {...wiring}
              required
              maxLength={200}
              value={draft.name}
              onInput={(event) => set({ name: event.currentTarget.value })}
            />
          )}
        </Field>
        <SelectField
          label="Objective"
          term="objective"
          value={draft.objective}
          choices={objectivesFor(dataset.description?.task)}
          onChange={setter("objective")}
        />
        <SelectField
          label="Evaluation data set"
          term="evaluation"
          value={draft.evaluationDatasetId}
          choices={[{ value: "", text: "none" }, ...alike.map(({ id, name }) => ({ value: id, text: name }))]}
          onChange={setter("evaluationDatasetId")}
          help={
            alike.length === 0
              ? "Upload a second table of the same schema to see accuracy over time."
              : undefined
          }
        />
        <NumberField
          label="Epsilon"
          term="epsilon"
          value={draft.epsilon}
          onChange={setter("epsilon")}
          help="What every deletion must meet. 1 is common; below 0.1 is very strong."
        />
        <NumberField
          label="Delta"
          term="delta"
          value={draft.delta}
          onChange={setter("delta")}
          help={`Well below one in ${dataset.description?.rowCount ?? "the number of rows"}.`}
        />
        <ExplainedSelect
          label="Who will ask?"
          term="requesters"
          value={draft.requesters}
          choices={choicesFor("requesters")}
          onChange={setter("requesters")}
        />
        {draft.requesters === "adaptive" && (
          <NumberField
            label="Rows of one person"
            value={draft.rowsPerRequest}
            onChange={setter("rowsPerRequest")}
            help="The most that anybody has in the table: the limit is for so many."
          />
        )}
        {draft.requesters === "adaptive" && (
          <NumberField
            label="Limit for everything released"
            term="limit"
            value={draft.adaptiveEpsilon}
            onChange={setter("adaptiveEpsilon")}
            help="An epsilon. It takes much more noise."
          />
        )}
      </div>
      <details>
        <summary>More settings</summary>
        <p class="soft small">What is left empty is chosen from the size of the table.</p>
        <div class="fields">
          {draft.requesters === "independent" && (
            <ExplainedSelect
              label="Noise"
              term="noiseKind"
              value={draft.noise}
              choices={choicesFor("noise")}
              onChange={setter("noise")}
            />
          )}
          {isEveryStep(draft) ? (
            <NumberField
              label="Requests to plan for"
              value={draft.requests}
              onChange={setter("requests")}
              help="The noise is enough for this many, one after another. More are served too, with more steps."
            />
          ) : (
            <NumberField
              label="Most noise in a score"
              term="noise"
              value={draft.maxNoise}
              onChange={setter("maxNoise")}
              help="Less noise takes more steps."
            />
          )}
          <FeatureFields draft={draft} setter={setter} />
          <NumberField
            label="Batch size"
            term="batchSize"
            value={draft.batchSize}
            onChange={setter("batchSize")}
          />
          <NumberField label="Epochs" term="epochs" value={draft.epochs} onChange={setter("epochs")} />
          <NumberField label="Regularisation (l2)" term="l2" value={draft.l2} onChange={setter("l2")} />
          {dataset.description?.task !== "regression" && (
            <SelectField
              label="Weights of labels"
              value={draft.classWeights}
              choices={[
                { value: "", text: "none: every row counts alike" },
                { value: "balanced", text: "balanced: every label counts alike" },
              ]}
              onChange={setter("classWeights")}
              help="For labels that are rare. Balanced weights are computed from the table; certificates say so."
            />
          )}
          <ExplainedSelect
            label="Deletion"
            term="deletion"
            value={draft.deletion}
            choices={choicesFor("deletion")}
            onChange={setter("deletion")}
          />
          {isEveryStep(draft) && (
            <ExplainedSelect
              label="Release"
              term="releaseAt"
              value={draft.releaseAt}
              choices={choicesFor("releaseAt")}
              onChange={setter("releaseAt")}
            />
          )}
        </div>
      </details>
      {"message" in input ? (
        <p class="preview bad" role="status">
          {input.message}
        </p>
      ) : (
        <PlanPreview input={input} />
      )}
      <p>
        <button class="primary" type="submit" disabled={isBusy}>
          {isBusy ? "Starting…" : "Train"}
        </button>
      </p>
      {error !== null && <ErrorCard error={error} />}
    </form>
  );
}
