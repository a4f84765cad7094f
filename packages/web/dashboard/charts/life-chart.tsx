import * as Plot from "@observablehq/plot";
import { useMemo } from "preact/hooks";
import { Figure } from "../../shared/figure";
import { compactText, countText, dateText } from "../format";
import { type Release, scoreText } from "../model-figures";
import { type LifePoint, lifeWords } from "../model-life";
import { withRoom } from "./with-room";

const TONES: Readonly<Record<Release["kind"], string>> = {
  training: "var(--soft)",
  lesson: "var(--ours)",
  deletion: "var(--bad)",
  correction: "var(--paper)",
};

/** Rows of a model over time, and below how good it was, on one axis of time; a mark for every release says what made it. */
export function LifeChart({
  points,
  isRegression,
}: {
  readonly points: readonly LifePoint[];
  readonly isRegression: boolean;
}) {
  const rows = useMemo(() => panel(points, "rows", isRegression), [points, isRegression]);
  const scored = useMemo(() => points.filter(({ score }) => score !== null), [points]);
  const scores = useMemo(() => panel(scored, "score", isRegression), [scored, isRegression]);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const span = `${dateText(first.time)} to ${dateText(last.time)}`;
  return (
    <>
      <p class="legend">
        {(["lesson", "correction", "deletion"] as const).map((kind) => (
          <span class="legend-item" key={kind}>
            <span class={`key life-${kind}`} />
            {lifeWords[kind]}
          </span>
        ))}
      </p>
      <h3>Rows</h3>
      <Figure
        options={rows}
        label={`Rows of the model, ${span}: ${countText(first.rows)} at first, ${countText(last.rows)} now, over ${countText(points.length)} releases.`}
      />
      {scored.length > 0 && (
        <>
          <h3>{isRegression ? "Error" : "Accuracy"}</h3>
          <Figure
            options={scores}
            label={`${isRegression ? "Error" : "Accuracy"} on the evaluation data set, ${span}: ${scoreText(scored[0]?.score, isRegression)} at first, ${scoreText(scored.at(-1)?.score, isRegression)} now.`}
          />
        </>
      )}
    </>
  );
}

function panel(points: readonly LifePoint[], y: "rows" | "score", isRegression: boolean) {
  const shown = points.map((point) => ({ ...point, at: new Date(point.time) }));
  const isScore = y === "score" && !isRegression;
  return (width: number) =>
    withRoom({
      height: Math.min(width > 600 ? 220 : 180, width * 0.5),
      marginLeft: 62,
      marginRight: 24,
      x: { type: "utc", label: null, ticks: Math.max(2, Math.floor(width / 130)) },
      y: {
        ...{ label: null, grid: true, nice: true, tickFormat: isScore ? ".1%" : compactText },
        ...(y === "rows" ? wholeTicks(points) : {}),
      },
      marks: [
        Plot.line(shown, {
          x: "at",
          y,
          stroke: "var(--soft)",
          strokeWidth: 1.5,
          ...(y === "rows" ? { curve: "step-after" as const } : {}),
        }),
        Plot.dot(shown, { x: "at", y, fill: ({ kind }: LifePoint) => TONES[kind], r: 3.5 }),
      ],
    });
}

const MOST_TICKS = 5;

/** There is no half row: ticks at whole numbers, and so exact that no two read the same. */
function wholeTicks(points: readonly LifePoint[]) {
  const rows = points.map((point) => point.rows);
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  const ticks = Math.max(1, Math.min(MOST_TICKS, most - least));
  return most - least < most / 100 ? { ticks, tickFormat: countText } : { ticks };
}
