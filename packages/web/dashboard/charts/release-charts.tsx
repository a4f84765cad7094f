import * as Plot from "@observablehq/plot";
import { useMemo } from "preact/hooks";
import { Figure } from "../../shared/figure";
import { compactText, countText } from "../format";
import { Explain } from "../glossary";
import { type Release, scoreOf, scoreText } from "../model-figures";
import { Legend } from "../parts/legend";
import { withRoom } from "./with-room";

/** Accuracy from release to release, and what each request cost: of the newest releases, which come newest first. */
export function ReleaseCharts({
  releases,
  hasEvaluation,
}: {
  readonly releases: readonly Release[];
  readonly hasEvaluation: boolean;
}) {
  const inOrder = useMemo(() => [...releases].reverse(), [releases]);
  const served = useMemo(() => inOrder.filter(({ requestCount }) => requestCount > 0), [inOrder]);
  return (
    <div class="two">
      <ScoreChart releases={inOrder} hasEvaluation={hasEvaluation} />
      <CostChart releases={served} />
    </div>
  );
}

function ScoreChart({
  releases,
  hasEvaluation,
}: {
  readonly releases: readonly Release[];
  readonly hasEvaluation: boolean;
}) {
  const isRegression = releases.some(({ rootMeanSquaredError }) => rootMeanSquaredError !== null);
  const scores = releases
    .map((release) => scoreOf(release, isRegression))
    .filter((score): score is number => score !== null);
  const name = isRegression ? "Error" : "Accuracy";
  const options = useMemo(
    () => (width: number) => {
      const rows = releases.map((release) => ({
        version: release.version,
        score: scoreOf(release, isRegression),
      }));
      return withRoom({
        height: Math.min(width > 600 ? 320 : 240, width * 0.6),
        // "100.0%", or an amount of nine characters.
        marginLeft: isRegression ? 76 : 58,
        x: { label: "release →", ticks: Math.min(8, rows.length), tickFormat: "d", interval: 1 },
        y: {
          label: null,
          grid: true,
          nice: true,
          ...(isRegression ? {} : { tickFormat: ".1%" }),
          ...flat(scores, isRegression),
        },
        marks: [
          Plot.line(rows, { x: "version", y: "score", stroke: "var(--ours)", strokeWidth: 2 }),
          Plot.dot(rows, { x: "version", y: "score", fill: "var(--ours)", r: 3 }),
        ],
      });
    },
    [releases, isRegression],
  );
  return (
    <section class="card">
      <h2>
        {name} over time
        <Explain term="accuracy" about={name.toLowerCase()} />
      </h2>
      {scores.length === 0 ? (
        <p class="soft">
          {hasEvaluation
            ? "Nothing could be scored: the evaluation data set has no row left."
            : "This model has no evaluation data set, so nobody measures how good it is. Choose one when you train the next model."}
        </p>
      ) : (
        <>
          <p class="legend">on the evaluation data set, at the newest releases</p>
          <Figure
            options={options}
            label={`${name} at each of ${releases.length} releases: ${scoreText(scores[0], isRegression)} at the first of them, ${scoreText(scores.at(-1), isRegression)} now.`}
          />
        </>
      )}
    </section>
  );
}

/** A flat line would else fill its chart with noise in the last digit. */
function flat(scores: readonly number[], isRegression: boolean): { domain?: [number, number] } {
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  // An error has a unit: two hundredths of it, where of accuracy two points.
  const room = isRegression ? 0.02 * most : 0.02;
  if (most - least > room) return {};
  const middle = (least + most) / 2;
  const top = middle + room;
  return { domain: [Math.max(0, middle - room), isRegression ? top : Math.min(1, top)] };
}

/** The newest are what people look for. */
const MAX_BARS = 24;

function CostChart({ releases }: { readonly releases: readonly Release[] }) {
  const shown = releases.slice(-MAX_BARS);
  const options = useMemo(
    () => (width: number) => {
      const rows = shown.flatMap(({ version, retrainSteps, unlearnSteps }) => [
        { version, kind: "training again", steps: retrainSteps },
        { version, kind: "forgetting", steps: unlearnSteps },
      ]);
      const inset = width / shown.length > 40 ? 8 : 1;
      return withRoom({
        height: Math.min(width > 600 ? 320 : 240, width * 0.6),
        marginLeft: 48,
        x: {
          label: "release →",
          type: "band",
          ...(shown.length > 12 ? { ticks: [] } : {}),
        },
        y: { label: null, grid: true, tickFormat: compactText },
        marks: [
          Plot.barY(
            rows.filter(({ kind }) => kind === "training again"),
            {
              x: "version",
              y: "steps",
              fill: "var(--retrain)",
              fillOpacity: 0.35,
              insetLeft: inset,
              insetRight: inset,
            },
          ),
          Plot.barY(
            rows.filter(({ kind }) => kind === "forgetting"),
            { x: "version", y: "steps", fill: "var(--ours)", insetLeft: inset, insetRight: inset },
          ),
          Plot.ruleY([0], { stroke: "var(--soft)" }),
        ],
      });
    },
    [releases],
  );
  const last = releases.at(-1);
  return (
    <section class="card">
      <h2>
        Steps of each release
        <Explain term="saved" about="the work saved" />
      </h2>
      {last === undefined ? (
        <p class="soft">
          No request yet. Each release that answers some will stand here beside what training again would have
          taken.
        </p>
      ) : (
        <>
          <Legend
            items={[
              { tone: "ours", text: "forgetting" },
              { tone: "retrain", text: "training again" },
            ]}
          />
          <Figure
            options={options}
            label={`Steps of the last ${shown.length} releases beside those of training again; the last took ${countText(last.unlearnSteps)} steps in place of ${countText(last.retrainSteps)}.`}
          />
        </>
      )}
    </section>
  );
}
