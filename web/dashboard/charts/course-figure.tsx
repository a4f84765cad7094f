import { noiseStdFromSigma } from "expunge/accounting";
import { useId, useMemo, useState } from "preact/hooks";
import { countText, numberText, plural } from "../format";
import { Explain } from "../glossary";
import { Facts } from "../parts/figures";
import { Legend } from "../parts/legend";
import type { CourseCase } from "./course-case";
import { type DrawnCourse, drawnCourse, isTooLong, stepsOf } from "./course-data";
import { DistancePlot, HullPlot, SpentPlot } from "./course-plots";

/** A trace from its first visit to the release that no longer shows it. */
export function CourseFigure({ shown }: { readonly shown: CourseCase }) {
  const needed = useMemo(() => (isTooLong(shown) ? null : stepsOf(shown)), [shown]);
  if (isTooLong(shown))
    return (
      <p class="soft">
        This model has run {countText(shown.stepsBefore)} steps, more than a picture can show.
      </p>
    );
  if (needed === null)
    return <p class="soft">No number of steps is enough for this target: the noise is too small.</p>;
  return <Drawn shown={shown} needed={needed} />;
}

function Drawn({ shown, needed }: { readonly shown: CourseCase; readonly needed: number }) {
  const { process, sigma, stepsBefore, target } = shown;
  const most = Math.max(2 * needed, process.batchCount, 10);
  const [further, setFurther] = useState(needed);
  const [isWhole, setWhole] = useState(stepsBefore <= 6 * process.batchCount);
  const drawn = useMemo(() => drawnCourse(shown, further), [shown, further]);
  const near = Math.max(0, stepsBefore - Math.max(3 * process.batchCount, 2 * further));
  const from = isWhole ? 0 : near;
  const noiseStd = noiseStdFromSigma(process, sigma);
  const frame = { drawn, process, from, noiseStd, request: stepsBefore };
  return (
    <>
      <Story shown={shown} drawn={drawn} needed={needed} further={further} />
      <div class="controls">
        <Slider value={further} most={most} needed={needed} onChange={setFurther} />
        <label class="check">
          <input
            type="checkbox"
            checked={isWhole}
            onChange={(event) => setWhole(event.currentTarget.checked)}
          />
          Show the whole training
        </label>
      </div>
      <figure>
        <figcaption>
          <h3>Distance between the model with and without these rows</h3>
          <Legend
            items={[
              { tone: "ours", text: "with the noise that hides it" },
              { tone: "paper", text: "without noise" },
              { tone: "dot", text: "a look at a row" },
              { tone: "line", text: "end of an epoch" },
              { tone: "wash", text: "after the request" },
            ]}
          />
        </figcaption>
        <DistancePlot {...frame} />
        <p class="soft small">1 is what one look at one row can change.</p>
      </figure>
      <figure>
        <figcaption>
          <h3>Noise spent on hiding it, step by step</h3>
        </figcaption>
        <SpentPlot {...frame} />
        <p class="soft small">
          In standard deviations of the noise of a step. The squares of these add up to mu² ={" "}
          {numberText(drawn.claim.mu ** 2)}.
        </p>
      </figure>
      <details>
        <summary>Why this is the least that is needed</summary>
        <p>
          The noise of each step may hide a part of the distance, yet never more than has come up by then.
          Drawn over the noise, each counted as it counts at the end, the orange stairs are what has come up.
          A plan is a curve that stays below them and ends where they end. Squares cost least where the slope
          is even, so the cheapest plan is the greatest convex curve below the stairs: it turns only just
          before a visit. Its slopes are the bars above, and the sum of their squares is the energy.
        </p>
        {isEven(drawn) && (
          <p class="soft">
            Here all that came up came before nearly all of the noise that counts, so the cheapest plan is one
            even slope. With fewer steps after the request it has corners: move the slider to the left.
          </p>
        )}
        <Legend
          items={[
            { tone: "paper", text: "what has come up" },
            { tone: "ours", text: "the cheapest plan" },
          ]}
        />
        <HullPlot drawn={drawn} />
        <Numbers drawn={drawn} needed={needed} target={target.epsilon} />
      </details>
    </>
  );
}

/** Whether the stairs stand so far to the left that nothing can be seen of them. */
function isEven({ course, visits }: DrawnCourse): boolean {
  const last = visits.at(-1) ?? 0;
  return course.time[last] < 0.02 * course.time[course.steps];
}

function Slider({
  value,
  most,
  needed,
  onChange,
}: {
  readonly value: number;
  readonly most: number;
  readonly needed: number;
  readonly onChange: (steps: number) => void;
}) {
  const id = useId();
  return (
    <div class="slider">
      <label for={id}>Steps after the request</label>
      <input
        id={id}
        type="range"
        min={0}
        max={most}
        value={value}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      <output for={id} class="number">
        {countText(value)}
      </output>
      {value !== needed && (
        <button type="button" onClick={() => onChange(needed)}>
          Back to {countText(needed)}
        </button>
      )}
    </div>
  );
}

function Story({
  shown,
  drawn,
  needed,
  further,
}: {
  readonly shown: CourseCase;
  readonly drawn: DrawnCourse;
  readonly needed: number;
  readonly further: number;
}) {
  const { epsilon, delta } = drawn.claim;
  const rows = shown.deleted?.reduce((sum, { count }) => sum + count, 0) ?? 1;
  const isMet = epsilon <= shown.target.epsilon * (1 + 1e-9);
  const epochs = Math.floor(shown.stepsBefore / shown.process.batchCount);
  return (
    <p>
      {shown.deleted === null
        ? "An example: somebody asks now, whose row was looked at last. "
        : `${plural(rows, "row")} forgotten by this request and those before it, each looked at once in every epoch until it was forgotten; the request came after ${plural(epochs, "epoch")}. `}
      {needed === 0 &&
        "The noise of ordinary training has hidden the trace already; no further step is needed. "}
      After {plural(further, "step")} without them what is left is worth epsilon ={" "}
      <strong class={isMet ? "good number" : "bad number"}>{numberText(epsilon)}</strong> at delta ={" "}
      {numberText(delta)}
      <Explain term="epsilon" />
      {isMet
        ? `: the target of ${numberText(shown.target.epsilon)} is met.`
        : `: more than the target of ${numberText(shown.target.epsilon)}.`}
    </p>
  );
}

function Numbers({
  drawn,
  needed,
  target,
}: {
  readonly drawn: DrawnCourse;
  readonly needed: number;
  readonly target: number;
}) {
  const { claim, course, visits } = drawn;
  return (
    <Facts
      items={[
        { name: "Energy", value: numberText(claim.energy), term: "energy" },
        { name: "Mu", value: numberText(claim.mu), term: "mu" },
        { name: "Epsilon", value: numberText(claim.epsilon), term: "epsilon" },
        { name: "Target epsilon", value: numberText(target) },
        { name: "Steps needed", value: countText(needed), term: "steps" },
        { name: "Visits", value: countText(visits.length) },
        { name: "Corners of the curve", value: countText(course.corners.length) },
      ]}
    />
  );
}
