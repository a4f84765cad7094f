import * as Plot from "@observablehq/plot";
import type { ProcessConstants } from "expunge/accounting";
import { useMemo } from "preact/hooks";
import { Figure } from "../../shared/figure";
import { countText, numberText } from "../format";
import { type DrawnCourse, hullOf, samplePoints } from "./course-data";
import { withRoom } from "./with-room";

interface Frame {
  readonly drawn: DrawnCourse;
  readonly process: ProcessConstants;
  /** First step that is shown. */
  readonly from: number;
  /** Step after which the request came. */
  readonly request: number;
  readonly noiseStd: number;
}

const MOST_EPOCH_LINES = 24;
const MOST_VISIT_MARKS = 120;

/** Ends of epochs, and the time after the request: the ground of both step plots. */
function ground({ drawn, process, from, request }: Frame): Plot.Markish[] {
  const { steps } = drawn.course;
  const ends: number[] = [];
  const { batchCount } = process;
  for (let step = Math.ceil(from / batchCount) * batchCount; step <= steps; step += batchCount)
    ends.push(step);
  return [
    steps > request
      ? Plot.rectX([{ from: request, to: steps }], { x1: "from", x2: "to", fill: "var(--wash)" })
      : null,
    ends.length <= MOST_EPOCH_LINES ? Plot.ruleX(ends, { stroke: "var(--line)" }) : null,
    Plot.ruleX([request], { stroke: "var(--soft)", strokeDasharray: "4 3" }),
  ];
}

/** The sawtooth: every look at the row drives the two models apart, steps and noise bring them together. */
export function DistancePlot(frame: Frame) {
  const { drawn, process, from, request } = frame;
  const options = useMemo(
    () => (width: number) => {
      const points = samplePoints(drawn.course, from, process.sensitivity);
      const visits = drawn.visits.filter((step) => step >= from);
      return withRoom({
        height: Math.min(260, Math.max(180, width * 0.45)),
        marginLeft: 56,
        x: {
          label: "step →",
          domain: [from, drawn.course.steps],
          tickFormat: ",d",
          ticks: Math.max(3, width / 110),
        },
        y: { label: null, grid: false, zero: true, nice: true },
        marks: [
          ...ground(frame),
          Plot.areaY(points, { x: "step", y: "distance", fill: "var(--ours)", fillOpacity: 0.18 }),
          Plot.line(points, { x: "step", y: "distance", stroke: "var(--ours)", strokeWidth: 1.6 }),
          Plot.line(points, {
            ...{ x: "step", y: "uncovered", stroke: "var(--paper)" },
            ...{ strokeWidth: 1.4, strokeDasharray: "3 3" },
          }),
          visits.length <= MOST_VISIT_MARKS
            ? Plot.dot(visits, { x: (step: number) => step, y: 0, r: 3, fill: "var(--ink)" })
            : null,
          Plot.ruleY([0], { stroke: "var(--soft)" }),
        ],
      });
    },
    [drawn, process, from, request],
  );
  return (
    <Figure
      options={options}
      label={`Distance between the two models over ${countText(drawn.course.steps)} steps: it jumps at each of ${countText(drawn.visits.length)} visits, shrinks in between, and is nothing at the end.`}
    />
  );
}

/** How much of each step's noise is used up to hide the rest of the distance. */
export function SpentPlot(frame: Frame) {
  const { drawn, from, request, noiseStd } = frame;
  const options = useMemo(
    () => (width: number) => {
      const points = samplePoints(drawn.course, from, noiseStd);
      return withRoom({
        height: Math.min(180, Math.max(130, width * 0.28)),
        marginLeft: 56,
        x: {
          label: "step →",
          domain: [from, drawn.course.steps],
          tickFormat: ",d",
          ticks: Math.max(3, width / 110),
        },
        y: { label: null, zero: true, nice: true, ticks: 4, tickFormat: "~g" },
        marks: [
          ...ground(frame),
          Plot.areaY(points, {
            x: "step",
            y: "spent",
            fill: "var(--ours)",
            fillOpacity: 0.35,
            curve: "step-before",
          }),
          Plot.line(points, { x: "step", y: "spent", stroke: "var(--ours)", curve: "step-before" }),
          Plot.ruleY([0], { stroke: "var(--soft)" }),
        ],
      });
    },
    [drawn, from, request, noiseStd],
  );
  const most = drawn.course.spent.reduce((a, b) => Math.max(a, b), 0);
  return (
    <Figure
      options={options}
      label={`Noise spent at each step, in standard deviations; at most ${numberText(most / noiseStd)}.`}
    />
  );
}

/** The points (t, S) of theory.md section 4, and the hull below them whose slopes are the plan. */
export function HullPlot({ drawn }: { readonly drawn: DrawnCourse }) {
  const options = useMemo(
    () => (width: number) => {
      const { stairs, hull } = hullOf(drawn.course);
      return withRoom({
        height: Math.min(280, Math.max(200, width * 0.5)),
        marginLeft: 56,
        x: { label: "noise so far, as it counts at the end →", domain: [0, 1], ticks: 5, tickFormat: ".0%" },
        y: { label: null, domain: [0, 1], ticks: 5, tickFormat: ".0%" },
        marks: [
          Plot.line(stairs, { x: "time", y: "sum", stroke: "var(--paper)", strokeWidth: 1.6 }),
          Plot.areaY(hull, { x: "time", y: "sum", fill: "var(--ours)", fillOpacity: 0.15 }),
          Plot.line(hull, { x: "time", y: "sum", stroke: "var(--ours)", strokeWidth: 2 }),
          Plot.dot(hull, { x: "time", y: "sum", fill: "var(--ours)", r: 3.5 }),
          Plot.ruleY([0], { stroke: "var(--soft)" }),
        ],
      });
    },
    [drawn],
  );
  return (
    <Figure
      options={options}
      label={`The distance to be covered against the noise that there was, and the greatest convex curve below it, with ${drawn.course.corners.length} corners.`}
    />
  );
}
