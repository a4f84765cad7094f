import type { LessonView, ModelView } from "@expunge/client";
import { useMemo, useState } from "preact/hooks";
import { countText, plural, timeText } from "../format";
import { lazy } from "../lazy";
import { useAction, useLoaded } from "../load";
import { figuresOf, type Release } from "../model-figures";
import { lifeOf } from "../model-life";
import { NumberField, SelectField } from "../parts/field";
import { Stat } from "../parts/figures";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { AddRows } from "./add-rows";
import { CorrectRow } from "./correct-row";
import { LearnRows } from "./learn-rows";

const LifeChart = lazy(async () => (await import("../charts/life-chart")).LifeChart);

/** Who joined, changed and left, what waits, and how to go on. */
export function ModelLife({
  model,
  releases,
  onChanged,
}: {
  readonly model: ModelView;
  readonly releases: readonly Release[];
  /** Something was done that the model should be read anew for. */
  readonly onChanged: () => void;
}) {
  const { may } = useSession();
  const { isRegression } = figuresOf(releases);
  const points = useMemo(() => lifeOf(model, releases, isRegression), [model, releases, isRegression]);
  const { timeline, waitingRowCount } = model;
  const isAdaptive = model.plan?.requesters === "adaptive";
  const [changes, setChanges] = useState(0);
  const changed = (): void => {
    setChanges(changes + 1);
    onChanged();
  };
  return (
    <section class="card" aria-label="Life">
      <h2>Its life</h2>
      <p class="soft">
        {isAdaptive
          ? "Rows leave, and the model goes on. None joins and none is corrected: it is for adaptive requesters, and its limit covers only the rows of its training. Train a new model on rows that have come since."
          : "Rows join by lessons, are corrected and leave, and the model goes on. Its certificates stay valid."}
      </p>
      {points.length > 1 && <LifeChart points={points} isRegression={isRegression} />}
      <dl class="stats">
        <Stat name="Rows now">{countText(points.at(-1)?.rows ?? 0)}</Stat>
        <Stat name="Joined" note={`by ${plural(timeline?.lessonCount ?? 0, "lesson")}, and corrected rows`}>
          {countText(timeline?.joinedCount ?? 0)}
        </Stat>
        <Stat name="Deleted or replaced">{countText(timeline?.deletedCount ?? 0)}</Stat>
        {!isAdaptive && (
          <Stat name="Waiting" note={scheduleText(model.schedule)}>
            {countText(waitingRowCount)}
          </Stat>
        )}
      </dl>
      <Lessons key={changes} model={model} />
      {!isAdaptive && may("train models") && <LearnRows model={model} onAsked={changed} />}
      {!isAdaptive && may("train models") && <ScheduleForm model={model} onSet={onChanged} />}
      {may("upload data") && <AddRows datasetId={model.datasetId} onAdded={onChanged} />}
      {!isAdaptive && may("submit requests") && may("read data sets") && (
        <CorrectRow datasetId={model.datasetId} onSent={onChanged} />
      )}
    </section>
  );
}

function scheduleText(schedule: ModelView["schedule"]): string {
  if (schedule === null) return "learned when asked";
  const { everyHours, rows } = schedule;
  const parts = [
    everyHours === undefined ? null : `every ${plural(everyHours, "hour")}`,
    rows === undefined ? null : `when ${plural(rows, "row")} wait`,
  ];
  return `learned ${parts.filter(Boolean).join(" or ")}`;
}

const SHOWN_LESSONS = 3;

function Lessons({ model }: { readonly model: ModelView }) {
  const { client } = useSession();
  const lessons = useLoaded(
    () => client.models.lessons(model.id, { limit: SHOWN_LESSONS }),
    [client, model.id, model.timeline?.steps],
  );
  const items = lessons.value?.items ?? [];
  if (items.length === 0) return null;
  return (
    <ul class="tasks small">
      {items.map((lesson) => (
        <li key={lesson.id}>
          {timeText(lesson.askedAt)}
          {lesson.isScheduled ? ", by its schedule" : ""}: {lessonText(lesson)}
        </li>
      ))}
    </ul>
  );
}

function lessonText({ state, rowCount, failure }: LessonView): string {
  if (state === "waiting") return "a lesson waits for a worker";
  if (state === "failed") return `the lesson failed. ${failure ?? ""}`;
  return `${plural(rowCount ?? 0, "row")} learned`;
}

type When = "never" | "hours" | "rows";

function ScheduleForm({ model, onSet }: { readonly model: ModelView; readonly onSet: () => void }) {
  const { client } = useSession();
  const { schedule } = model;
  const [when, setWhen] = useState<When>(
    schedule === null ? "never" : schedule.rows === undefined ? "hours" : "rows",
  );
  const [count, setCount] = useState(String(schedule?.rows ?? schedule?.everyHours ?? 24));
  const [epochs, setEpochs] = useState(String(schedule?.epochs ?? 1));
  const [isSet, setSet] = useState(false);
  const { run, isBusy, error } = useAction();
  const set = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      const length = { epochs: Number(epochs) };
      const asked = when === "hours" ? { everyHours: Number(count) } : { rows: Number(count) };
      await client.models.setSchedule(model.id, when === "never" ? null : { ...asked, ...length });
      setSet(true);
      onSet();
    });
  };
  return (
    <details>
      <summary>When it learns by itself</summary>
      <form onSubmit={set} onInput={() => setSet(false)}>
        <div class="fields">
          <SelectField
            label="It learns"
            value={when}
            choices={[
              { value: "never", text: "only when it is asked to" },
              { value: "hours", text: "so many hours after its last lesson" },
              { value: "rows", text: "when so many rows wait" },
            ]}
            onChange={(value) => setWhen(value as When)}
          />
          {when !== "never" && (
            <>
              <NumberField label={when === "hours" ? "Hours" : "Rows"} value={count} onChange={setCount} />
              <NumberField label="Epochs of a lesson" term="epochs" value={epochs} onChange={setEpochs} />
            </>
          )}
        </div>
        <p>
          <button type="submit" disabled={isBusy}>
            {isBusy ? "Setting it…" : "Set"}
          </button>{" "}
          {isSet && <span role="status">Set.</span>}
        </p>
        {error !== null && <ErrorCard error={error} />}
      </form>
    </details>
  );
}
