import type { ModelView } from "@expunge/client";
import { useState } from "preact/hooks";
import { useLive } from "../activity";
import { countText, percentText, plural } from "../format";
import { allOf, useLoaded } from "../load";
import { figuresOf, scoreText } from "../model-figures";
import { Field, SelectField } from "../parts/field";
import { Badge, Sparkline, Stat } from "../parts/figures";
import { HoldsStat } from "../parts/holds";
import { BaselineStat, PoorBadge, PoorNotes } from "../parts/judgement";
import { isOverdue, NoWorker } from "../parts/no-worker";
import { SavedStat } from "../parts/saved";
import { Await, Empty } from "../parts/states";
import { linkTo, useQueryState } from "../router";
import { useSession } from "../session";

/** Each card asks the service for its figures. */
const CARDS_AT_ONCE = 20;
const RELEASES_OF_A_CARD = 50;

/** Orders of the list, and what each is called. */
const ORDERS = {
  "": { text: "newest first", compare: () => 0 },
  oldest: { text: "oldest first", compare: (a, b) => a.createdAt.localeCompare(b.createdAt) },
  name: { text: "by name", compare: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }) },
  requests: { text: "most requests first", compare: (a, b) => servedBy(b) - servedBy(a) },
} as const satisfies Record<
  string,
  { readonly text: string; readonly compare: (a: ModelView, b: ModelView) => number }
>;

const servedBy = ({ timeline }: ModelView): number => timeline?.requestCount ?? 0;
const isOrder = (name: string): name is keyof typeof ORDERS => Object.hasOwn(ORDERS, name);

export function ModelsPage() {
  const { client, may } = useSession();
  const { activity, endings } = useLive();
  const known = activity?.models.length ?? 0;
  const models = useLoaded(() => allOf(client.models.list), [client, endings, known]);
  return (
    <>
      <div class="row spread page-head">
        <h1>Models</h1>
        {may("train models") && (
          <a class="button primary" href={linkTo("models", "new")}>
            Train a model
          </a>
        )}
      </div>
      <Await loaded={models} what="models">
        {(items) =>
          items.length === 0 ? (
            <NoModels />
          ) : (
            <>
              <Totals modelCount={items.length} />
              <ModelList models={items} />
            </>
          )
        }
      </Await>
    </>
  );
}

function ModelList({ models }: { readonly models: readonly ModelView[] }) {
  const [search, setSearch] = useQueryState("search");
  const [sort, setSort] = useQueryState("sort");
  const [shownCount, setShownCount] = useState(CARDS_AT_ONCE);
  const { compare } = ORDERS[isOrder(sort) ? sort : ""];
  const wanted = search.trim().toLowerCase();
  const found = models.filter(({ name }) => name.toLowerCase().includes(wanted)).sort(compare);
  return (
    <>
      {models.length > 1 && (
        <div class="fields">
          <Field label="Search">
            {(wiring) => (
              <input
                {...wiring}
                type="search"
                placeholder="part of a name"
                value={search}
                onInput={(event) => setSearch(event.currentTarget.value)}
              />
            )}
          </Field>
          <SelectField
            label="Order"
            value={isOrder(sort) ? sort : ""}
            choices={Object.entries(ORDERS).map(([value, { text }]) => ({ value, text }))}
            onChange={setSort}
          />
        </div>
      )}
      {found.length === 0 && <p class="soft">No model is called that.</p>}
      <div class="cards">
        {found.slice(0, shownCount).map((model) => (
          <ModelCard key={model.id} model={model} />
        ))}
      </div>
      {found.length > shownCount && (
        <button type="button" onClick={() => setShownCount(shownCount + CARDS_AT_ONCE)}>
          Show more models
        </button>
      )}
    </>
  );
}

function NoModels() {
  const { may } = useSession();
  return (
    <Empty title="No model yet">
      <p>A model is trained on a table of yours, and from then on people in that table can be forgotten.</p>
      <ol class="steps">
        <li>
          <a href={linkTo("data")}>Upload a table</a> with a schema that says what its columns mean.
        </li>
        <li>Train a model on it. It certifies nothing about anybody yet.</li>
        <li>Send a deletion request, see the model change, and keep the certificate.</li>
      </ol>
      {!may("train models") && (
        <p class="soft">Uploading and training take a key of role train or admin; yours reads only.</p>
      )}
    </Empty>
  );
}

/** What is going on over all models, told by the service as it changes. */
function Totals({ modelCount }: { readonly modelCount: number }) {
  const { activity } = useLive();
  if (activity === null) return null;
  const { requests, models } = activity;
  const training = models.filter(({ state }) => state === "training").length;
  const open = requests.accepted + requests.running;
  return (
    <dl class="stats card" aria-label="All models together">
      <Stat name="Models" note={training === 0 ? "none in training" : `${training} in training`}>
        {countText(modelCount)}
      </Stat>
      <Stat
        name="Requests open"
        note={requests.running > 0 ? `${requests.running} running now` : "waiting or running"}
      >
        {countText(open)}
      </Stat>
      <Stat name="Requests completed">{countText(requests.completed)}</Stat>
      <Stat name="Failed or cancelled">{countText(requests.failed + requests.cancelled)}</Stat>
    </dl>
  );
}

function ModelCard({ model }: { readonly model: ModelView }) {
  const { activity } = useLive();
  const now = activity?.models.find(({ id }) => id === model.id);
  const state = now?.state ?? model.state;
  return (
    <section class="card model-card" aria-label={model.name}>
      <div class="row spread">
        <h2>
          <a href={linkTo("models", model.id)}>{model.name}</a>
        </h2>
        <span class="row">
          {state === "ready" && <PoorBadge judgement={model.judgement} />}
          <Badge state={state} />
        </span>
      </div>
      {state === "ready" && <PoorNotes judgement={model.judgement} />}
      {state === "ready" && model.plan !== null && <ReadyModel model={model} steps={now?.steps ?? 0} />}
      {state === "training" && <Training progress={now?.progress ?? model.progress} name={model.name} />}
      {state === "waiting" && (
        <>
          <p class="soft">It is trained as soon as a worker is free.</p>
          {isOverdue(model.createdAt) && <NoWorker />}
        </>
      )}
      {state === "failed" && <p class="bad">{model.failure ?? "The training failed."}</p>}
    </section>
  );
}

export function Training({ progress, name }: { readonly progress: number | null; readonly name: string }) {
  return (
    <p>
      <progress max={1} value={progress ?? undefined} aria-label={`Training of ${name}`} />
      <span class="soft small">
        {progress === null ? "Starting" : `${percentText(progress)} of its steps`}
      </span>
    </p>
  );
}

/** Four points of accuracy; of an error, which has a unit, four hundredths of it. */
const roomOf = (scores: readonly number[], isRegression: boolean): number =>
  isRegression ? 0.04 * Math.max(...scores) : 0.04;

/** The line, with what it runs between: without that its height would mean nothing. */
function ScoreLine({
  scores,
  isRegression,
}: {
  readonly scores: readonly number[];
  readonly isRegression: boolean;
}) {
  const [least, most] = [Math.min(...scores), Math.max(...scores)].map((one) => scoreText(one, isRegression));
  return (
    <>
      <Sparkline values={scores} room={roomOf(scores, isRegression)} />
      {scores.length > 1 && (least === most ? `always ${least}` : `between ${least} and ${most}`)}
    </>
  );
}

export const deletedText = ({ timeline }: ModelView): string =>
  `${plural(timeline?.deletedCount ?? 0, "row")} forgotten`;

function ReadyModel({ model, steps }: { readonly model: ModelView; readonly steps: number }) {
  const { client } = useSession();
  const releases = useLoaded(
    () => client.models.releases(model.id, { limit: RELEASES_OF_A_CARD }),
    [client, model.id, steps],
  );
  return (
    <Await loaded={releases} what="figures">
      {({ items, next }) => {
        const figures = figuresOf(items);
        const { scores, isRegression } = figures;
        const isWhole = next === null;
        return (
          <dl class="stats">
            <Stat
              name={isRegression ? "Error now" : "Accuracy now"}
              term="accuracy"
              note={
                scores.length === 0 ? (
                  "no evaluation data set"
                ) : (
                  <ScoreLine scores={scores} isRegression={isRegression} />
                )
              }
            >
              {scoreText(scores.at(-1), isRegression)}
            </Stat>
            <BaselineStat judgement={model.judgement} />
            <HoldsStat holds={model.holds} />
            <Stat name="Certificates" term="certificates" note={deletedText(model)}>
              {countText(model.timeline?.requestCount ?? 0)}
            </Stat>
            <SavedStat figures={figures} isWhole={isWhole} />
          </dl>
        );
      }}
    </Await>
  );
}
