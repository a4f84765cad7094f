import * as Plot from "@observablehq/plot";
import { useMemo } from "preact/hooks";
import { Figure } from "../../shared/figure";
import { numberWords, percentWords } from "../../shared/numbers";
import { expectedAccuracy } from "./accuracy";
import type { Method, NoisePoint, StepPoint } from "./figures";
import { colourOf, dashOf, LABELS } from "./styles";

const AXIS = { label: null, tickSize: 3 } as const;
const tick = (value: number): string => numberWords(value);

interface Measured {
  readonly epsilon: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function lines<T extends { readonly method: Method }>(
  points: readonly T[],
  x: keyof T,
  y: keyof T,
): Plot.Markish[] {
  return (Object.keys(LABELS) as Method[]).map((method) =>
    Plot.line(
      points.filter((point) => point.method === method),
      {
        ...{
          x: x as string,
          y: y as string,
          stroke: colourOf(method),
          strokeWidth: method === "expunge" ? 2.75 : 2,
        },
        ...(dashOf(method) === "" ? {} : { strokeDasharray: dashOf(method) }),
      },
    ),
  );
}

const grid = [
  Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1 }),
  Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1 }),
];

function heightFor(width: number): number {
  return Math.max(210, Math.min(width > 900 ? 380 : 300, width * 0.62));
}

function here(epsilon: number): Plot.Markish {
  return Plot.ruleX([epsilon], { stroke: "var(--soft)", strokeDasharray: "2,3" });
}

const epsilonAxis = (width: number): Plot.ScaleOptions => ({
  ...AXIS,
  type: "log",
  domain: [0.05, 5],
  ticks: width < 360 ? [0.1, 1, 5] : [0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  tickFormat: tick,
});

export function NoisePlot({
  points,
  epsilon,
}: {
  readonly points: readonly NoisePoint[];
  readonly epsilon: number;
}) {
  const options = useMemo(
    () => (width: number) => ({
      height: heightFor(width),
      marginLeft: 52,
      x: epsilonAxis(width),
      y: { ...AXIS, type: "log" as const, ticks: 5, tickFormat: tick },
      marks: [...grid, here(epsilon), ...lines(inside(points), "epsilon", "noise")],
    }),
    [points, epsilon],
  );
  return (
    <Figure
      label="Noise in the released weights that each method needs, against epsilon, both logarithmic. The table below has the figures."
      options={options}
    />
  );
}

/** Langevin's curve is drawn through noise levels, so that its ends may lie outside. */
function inside(points: readonly NoisePoint[]): readonly NoisePoint[] {
  return points.filter(({ epsilon }) => epsilon >= 0.0499 && epsilon <= 5.001);
}

export function StepsPlot({
  points,
  requests,
}: {
  readonly points: readonly StepPoint[];
  readonly requests: number;
}) {
  const options = useMemo(
    () => (width: number) => {
      // A method that has not taken a step yet has no place on a logarithmic axis.
      const shown = points.filter(({ passes }) => passes > 0);
      return {
        height: heightFor(width),
        marginLeft: 52,
        x: { ...AXIS, domain: [0.5, requests + 0.5], ticks: Math.min(requests, 6), tickFormat: "d" },
        y: { ...AXIS, type: "log" as const, ticks: 5, tickFormat: tick },
        marks: [
          ...grid,
          ...lines(shown, "request", "passes"),
          ...(requests === 1
            ? [
                Plot.dot(shown, {
                  x: "request",
                  y: "passes",
                  r: 4,
                  fill: (point: StepPoint) => colourOf(point.method),
                }),
              ]
            : []),
        ],
      };
    },
    [points, requests],
  );
  return (
    <Figure
      label="Passes over the data after each request, by method, logarithmic. The table below has the figures."
      options={options}
    />
  );
}

export function AccuracyPlot(props: {
  readonly points: readonly NoisePoint[];
  readonly margins: Float64Array;
  readonly epsilon: number;
  readonly measured: Measured | null;
}) {
  const { points, margins, epsilon, measured } = props;
  const estimated = useMemo(
    () => inside(points).map((point) => ({ ...point, accuracy: expectedAccuracy(margins, point.noise) })),
    [points, margins],
  );
  const best = useMemo(() => expectedAccuracy(margins, 0), [margins]);
  const options = useMemo(
    () => (width: number) => ({
      height: heightFor(width),
      marginLeft: 52,
      x: epsilonAxis(width),
      y: { ...AXIS, domain: [0.48, 1], ticks: 5, tickFormat: (share: number) => percentWords(share, 0) },
      marks: [
        ...grid,
        Plot.ruleY([best], { stroke: colourOf("retraining"), strokeWidth: 2 }),
        here(epsilon),
        ...lines(estimated, "epsilon", "accuracy"),
        ...(measured === null
          ? []
          : [
              Plot.ruleX([measured], {
                x: "epsilon",
                y1: "low",
                y2: "high",
                stroke: "var(--ours)",
                strokeWidth: 1.5,
              }),
              Plot.dot([measured], {
                x: "epsilon",
                y: "mean",
                r: 5,
                fill: "var(--ours)",
                stroke: "var(--ground)",
              }),
            ]),
      ],
    }),
    [estimated, best, epsilon, measured],
  );
  return (
    <Figure
      label={`Accuracy on generated digits against epsilon, by method; ${percentWords(best)} without noise. The table below has the figures.`}
      options={options}
    />
  );
}
