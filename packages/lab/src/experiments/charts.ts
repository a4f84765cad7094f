import * as Plot from "@observablehq/plot";
import { LIGHT, svgPicture } from "expunge/internal";
import type { Chart, Series } from "./outcome.js";

/** Distinguishable in colour and, with the dash patterns, without. */
const COLOURS = [
  "#b3560c",
  "#e08a3c",
  "#6b4fa0",
  "#a58bd0",
  "#0b7468",
  "#2aa897",
  "#757c89",
  "#a6abb5",
  "#b42318",
  "#1b1d21",
  "#2f6fb5",
  "#8a7a1f",
];
const DASHES = ["none", "7,3", "2,3", "9,3,2,3"];
/** The same in the key. */
const KEY_DASHES = ["━━━", "╸╸╸", "┅┅┅", "━╸╸"];

const WIDTH = 860;
const HEIGHT = 430;

/** A chart as the text of one svg element, its key inside. Points that are not finite, or not positive on a logarithmic axis, are left out. */
export function chartSvg(chart: Chart): string {
  const points = chart.series.flatMap((series, i) => pointsOf(chart, series, i));
  const labels = chart.series.map(({ label }) => label);
  const colour = (label: string): string => COLOURS[labels.indexOf(label) % COLOURS.length] as string;
  return svgPicture({
    label: `${chart.title}: ${chart.yLabel} against ${chart.xLabel} of ${labels.join("; ")}.`,
    width: WIDTH,
    height: HEIGHT,
    fontFamily: "Helvetica, Arial, 'DejaVu Sans', sans-serif",
    colours: LIGHT,
    plot: {
      marginLeft: leftMargin(chart, points),
      marginRight: 260,
      marginBottom: 42,
      marginTop: 28,
      x: { type: chart.xScale, label: chart.xLabel, labelAnchor: "center", ...xAxis(chart) },
      y: { type: chart.yScale, label: chart.yLabel, ...yAxis(chart, points) },
      marks: [
        Plot.frame({ stroke: LIGHT.line }),
        ...chart.series.map((series, i) =>
          Plot.lineY(pointsOf(chart, series, i), {
            x: "x",
            y: "y",
            stroke: colour(series.label),
            strokeWidth: 2,
            strokeDasharray: DASHES[i % DASHES.length] as string,
          }),
        ),
        Plot.ruleX(
          points.filter((point) => point.std > 0),
          {
            x: "x",
            y1: "low",
            y2: "high",
            stroke: (point: Point) => colour(point.label),
            strokeOpacity: 0.35,
          },
        ),
        Plot.dot(points, {
          x: "x",
          y: "y",
          r: 2.5,
          fill: (point: Point) => colour(point.label),
          title: describePoint,
        }),
        ...labels.flatMap((label, i) => keyEntry(label, i, colour(label))),
      ],
    },
  });
}

interface Point {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly std: number;
  readonly low: number;
  readonly high: number;
}

function pointsOf({ xScale, yScale }: Chart, { label, points }: Series, index: number): Point[] {
  const isShown = (value: number, scale: "linear" | "log"): boolean =>
    Number.isFinite(value) && (scale === "linear" || value > 0);
  // A hair aside, so that the spreads of two series do not hide each other.
  const shift = xScale === "log" ? 1 + 0.006 * index : 1;
  return points
    .filter(({ x, y }) => isShown(x, xScale) && isShown(y, yScale))
    .map(({ x, y, std = 0 }) => ({ label, x: x * shift, y, std, low: y - std, high: y + std }));
}

function describePoint({ label, x, y, std }: Point): string {
  return `${label}: ${Number(y.toPrecision(5))}${std > 0 ? ` (std ${std.toPrecision(2)})` : ""} at ${Number(x.toPrecision(4))}`;
}

/** Most measured places that an axis names one by one. */
const FEW = 8;

function xAxis({ xScale, series }: Chart): Plot.ScaleOptions {
  if (xScale === "linear") return { nice: true };
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].filter((x) => x > 0);
  if (places.length <= FEW) return { ticks: places, tickFormat: plainNumber };
  return { nice: true, ticks: decades(places), tickFormat: plainNumber };
}

function yAxis({ yScale }: Chart, points: readonly Point[]): Plot.ScaleOptions {
  if (yScale === "linear") return { grid: true, nice: true };
  return { grid: true, nice: true, ticks: decades(points.map(({ y }) => y)), tickFormat: plainNumber };
}

/** Room for the longest number of a logarithmic axis. */
function leftMargin({ yScale }: Chart, points: readonly Point[]): number {
  const ticks = yScale === "log" ? decades(points.map(({ y }) => y)) : [];
  return Math.max(62, ...ticks.map((tick) => 14 + 6.5 * plainNumber(tick).length));
}

/** The powers of ten around some positive numbers. */
function decades(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function plainNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** The key at the right, in pixels. */
function keyEntry(label: string, index: number, stroke: string): Plot.Markish[] {
  const dy = 8 + 19 * index;
  const text = { frameAnchor: "top-right", textAnchor: "start", fill: LIGHT.ink, dy: dy - 4 } as const;
  return [
    Plot.text([KEY_DASHES[index % DASHES.length]], { ...text, fill: stroke, dx: 10 }),
    Plot.text([label], { ...text, dx: 44 }),
  ];
}
