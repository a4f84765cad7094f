import { Hint } from "../../shared/hint";
import {
  boundWords,
  countWords,
  durationWords,
  numberWords,
  percentWords,
  plural,
} from "../../shared/numbers";
import type { Lab } from "./use-lab";

interface Props {
  readonly lab: Lab;
  /** What the rows are called: "point", "digit", "row". */
  readonly noun: string;
  readonly advice: string;
}

/** What has happened so far, in a sentence and a few numbers. */
export function OutcomeCard({ lab, noun, advice }: Props) {
  return (
    <section class="card outcome" aria-label="What happened">
      <p role="status" class="outcome-words">
        {lab.error === null ? (
          <Story lab={lab} noun={noun} advice={advice} />
        ) : (
          <span class="error">{lab.error}</span>
        )}
      </p>
      <Numbers lab={lab} noun={noun} />
      <div class="actions">
        <label class="check">
          <input
            type="checkbox"
            checked={lab.isRetrainingBeside}
            onChange={({ currentTarget }) => lab.retrainBeside(currentTarget.checked)}
          />
          Retrain beside it to compare
        </label>
        <button type="button" onClick={() => lab.trainAgain()} disabled={lab.isBusy}>
          Start over
        </button>
      </div>
    </section>
  );
}

function Story({ lab, noun, advice }: Props) {
  const { first, requests } = lab;
  const last = requests.at(-1);
  if (first === null) return <>Training a first model…</>;
  if (last === undefined && lab.last === null)
    return (
      <>
        A model is trained on {plural(lab.data.labels.length, noun)}; it certifies nothing about anybody yet.{" "}
        <strong>Choose a {noun} to forget.</strong> {advice}
      </>
    );
  if (lab.last === "joined")
    return (
      <>
        The point joined in <strong>{plural(lab.joined.at(-1)!.steps, "step")}</strong>.{" "}
        {last === undefined
          ? "No certificate has been issued yet."
          : "What the newest certificate says holds for this model too; it says nothing of the new point."}{" "}
        Points that join must not be chosen because of what the model showed.
      </>
    );
  if (last === undefined) return null;
  const certified = (
    <>
      <span class="nowrap">Certified at ε = {boundWords(last.holds.epsilon)}</span> for requests that do not
      depend on what the model showed; for your own choice nothing is proved.
    </>
  );
  return (
    <>
      {lab.last === "corrected" ? "Corrected" : "Forgotten"} in <strong>{plural(last.steps, "step")}</strong>{" "}
      instead of the {countWords(first.steps)} of training again. {certified}
    </>
  );
}

function Numbers({ lab, noun }: Omit<Props, "advice">) {
  const { first, current, requests, retrained, isRetrainingBeside } = lab;
  const scored =
    lab.data.test === null ? `${noun}s that it was trained on` : `${noun}s that it was not trained on`;
  return (
    <dl class="numbers">
      <dt>
        Right answers
        <Hint about="right answers">The share of {scored} for which the model says the right thing.</Hint>
      </dt>
      <dd class="number">{current === null ? "…" : percentWords(current.score)}</dd>
      <dt>
        Steps to train
        <Hint about="a step">One small correction of the model by one batch of {noun}s.</Hint>
      </dt>
      <dd class="number">
        {first === null ? "…" : `${countWords(first.steps)} in ${durationWords(first.milliseconds)}`}
      </dd>
      {requests.length > 0 && (
        <>
          <dt>Steps to forget{requests.length > 1 ? ", request by request" : ""}</dt>
          <dd class="number" data-figure="steps">
            {requests.map(({ steps }) => countWords(steps)).join(", ")}
          </dd>
          <dt>
            Noise left
            <Hint about="the noise left">
              All random change that the last request left in the model’s answer for a {noun}, as a standard
              deviation. The steps wear the trace away, the noise hides the rest.
            </Hint>
          </dt>
          <dd class="number">{numberWords(requests.at(-1)!.noise)}</dd>
        </>
      )}
      {isRetrainingBeside && (
        <>
          <dt>
            Retrained
            <Hint about="retrained">
              Another model, trained from the beginning without what was forgotten, with batches of its own
              and no noise. A certificate compares with one of the same batches, steps and noise.
            </Hint>
          </dt>
          <dd class="number" data-figure="retrained">
            {retrained === null
              ? "once something is forgotten"
              : `${countWords(retrained.steps)} steps, ${percentWords(retrained.score)}`}
          </dd>
        </>
      )}
    </dl>
  );
}
