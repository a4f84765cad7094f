import type { LessonPreview, ModelView } from "@expunge/client";
import { useState } from "preact/hooks";
import { Verdict } from "../../shared/verdict";
import { countText, numberText, plural } from "../format";
import { useAction } from "../load";
import { NumberField } from "../parts/field";
import { BoundStat, Stat } from "../parts/figures";
import { ErrorCard } from "../parts/states";
import { useFocus } from "../parts/use-focus";
import { useSession } from "../session";

/** Asks for a lesson, once it has been shown what it will take. */
export function LearnRows({ model, onAsked }: { readonly model: ModelView; readonly onAsked: () => void }) {
  const { client } = useSession();
  const [epochs, setEpochs] = useState("1");
  const [preview, setPreview] = useState<LessonPreview | null>(null);
  const { run, isBusy, error, clear } = useAction();
  const length = { epochs: Number(epochs) };
  const look = (event: Event): void => {
    event.preventDefault();
    run(async () => setPreview(await client.models.previewLesson(model.id, length)));
  };
  const ask = (): void => {
    run(async () => {
      await client.models.learn(model.id, length);
      setPreview(null);
      onAsked();
    });
  };
  const change = (value: string): void => {
    setEpochs(value);
    // What was shown was that of another lesson.
    setPreview(null);
    clear();
  };
  if (model.waitingRowCount === 0) return null;
  return (
    <form onSubmit={look}>
      <div class="fields">
        <NumberField
          label="Epochs"
          term="epochs"
          value={epochs}
          onChange={change}
          help={`Its training took ${countText(model.plan?.epochs ?? 0)}.`}
        />
      </div>
      {preview === null && (
        <p>
          <button class="primary" type="submit" disabled={isBusy}>
            {isBusy ? "Working it out…" : "Show what learning will take"}
          </button>
        </p>
      )}
      {error !== null && <ErrorCard error={error} />}
      {preview !== null && (
        <ShownLesson preview={preview} isBusy={isBusy} onAsk={ask} onBack={() => setPreview(null)} />
      )}
    </form>
  );
}

function ShownLesson({
  preview,
  isBusy,
  onAsk,
  onBack,
}: {
  readonly preview: LessonPreview;
  readonly isBusy: boolean;
  readonly onAsk: () => void;
  readonly onBack: () => void;
}) {
  const { rowCount, steps, epochs, batchCountBefore, batchCountAfter, noiseBefore, noiseAfter } = preview;
  const title = useFocus<HTMLHeadingElement>();
  return (
    <section class="preview" aria-label="What the lesson will take" role="status">
      <h3 ref={title} tabIndex={-1}>
        What the lesson will take
      </h3>
      <StayingOut {...preview} />
      <dl class="stats">
        <Stat name="Rows that join">{countText(rowCount)}</Stat>
        <Stat name="Steps" term="steps" note={`${numberText(epochs)} epochs, ${durationText(preview)}`}>
          {countText(steps)}
        </Stat>
        <Stat
          name="Batches"
          note={
            batchCountAfter === batchCountBefore ? "with room enough" : `${countText(batchCountBefore)} now`
          }
        >
          {countText(batchCountAfter)}
        </Stat>
        <Stat name="Noise in a score" term="noise" note={`${numberText(noiseBefore)} now`}>
          {numberText(noiseAfter)}
        </Stat>
      </dl>
      {preview.privacyAfter && <Bounds preview={preview} />}
      <Verdict holds={preview.holds} meaning={preview.meaning} when="Before and after" />
      <p class="soft small">
        A lesson issues no certificate, and weakens none.
        {preview.privacyAfter === null && " Nothing is proved of the people who stay, as before."}
      </p>
      <p class="row">
        {rowCount > 0 && (
          <button type="button" class="primary" disabled={isBusy} onClick={onAsk}>
            {isBusy ? "Asking…" : `Learn ${plural(rowCount, "row")}`}
          </button>
        )}
        <button type="button" onClick={onBack} disabled={isBusy}>
          Not yet
        </button>
      </p>
    </section>
  );
}

/** Of the model and of everything released, where every step has noise. */
function Bounds({ preview }: { readonly preview: LessonPreview }) {
  const { privacyBefore, privacyAfter, disclosureBefore, disclosureAfter } = preview;
  const nowText = (bound: { readonly epsilon: number | null } | null): string =>
    bound === null ? "" : `; ε ${numberText(bound.epsilon)} now`;
  return (
    <dl class="stats">
      <BoundStat
        name="Privacy of the model"
        term="privacy"
        bound={privacyAfter}
        note={`for people who stay${nowText(privacyBefore)}`}
        without="for people who stay"
      />
      <BoundStat
        name="Everything released"
        term="disclosure"
        bound={disclosureAfter}
        note={`for any ${plural(disclosureAfter?.records ?? 1, "row")}${nowText(disclosureBefore)}`}
        without="everything released"
      />
    </dl>
  );
}

function StayingOut({ claimedRowCount, awaitedRowCount, laterRowCount }: LessonPreview) {
  const reasons = [
    [claimedRowCount, "named by requests: they are not learned"],
    [awaitedRowCount, "corrections that wait: they take the places of the old values"],
    [laterRowCount, "more than one lesson holds: the next one takes them"],
  ] as const;
  const told = reasons.filter(([count]) => count > 0);
  if (told.length === 0) return null;
  return (
    <ul class="small">
      {told.map(([count, reason]) => (
        <li key={reason}>
          {plural(count, "row")} stay{count === 1 ? "s" : ""} out, {reason}.
        </li>
      ))}
    </ul>
  );
}

function durationText({ milliseconds }: LessonPreview): string {
  if (milliseconds === null) return "too long to try out here";
  return milliseconds < 1000
    ? "less than a second"
    : `about ${plural(Math.ceil(milliseconds / 1000), "second")}`;
}
