import * as Plot from "@observablehq/plot";
import {
  comparatorLine,
  countAxis,
  countGrid,
  countWords,
  type Frame,
  margins,
  plural,
  requestAxis,
  svgPicture,
  zeroLogScale,
} from "expunge/internal";
import type { DemoReport, DemoRequest } from "./demo-report.js";

/** Rows whose gradient had been computed by the end of each request; steps times batch size for the others. */
export function gradientPlot({ plan, requests }: DemoReport, frame: Frame): string {
  return cumulativePlot(
    {
      requests,
      ours: (request) => request.gradientEvaluations,
      paper: (request) => (request.paperSteps === null ? null : request.paperSteps * plan.batchSize),
      retrain: (request) => request.retrainSteps * plan.batchSize,
      noun: "gradient evaluations",
    },
    frame,
  );
}

/** Steps in all by the end of each request. */
export function cumulativeStepsPlot({ requests }: DemoReport, frame: Frame): string {
  return cumulativePlot(
    {
      requests,
      ours: (request) => request.steps,
      paper: (request) => request.paperSteps,
      retrain: (request) => request.retrainSteps,
      noun: "steps",
    },
    frame,
  );
}

interface Costs {
  readonly requests: readonly DemoRequest[];
  readonly ours: (request: DemoRequest) => number;
  readonly paper: (request: DemoRequest) => number | null;
  readonly retrain: (request: DemoRequest) => number;
  readonly noun: string;
}

function cumulativePlot({ requests, ours, paper, retrain, noun }: Costs, frame: Frame): string {
  const { palette } = frame;
  const sums = { ours: 0, paper: 0 as number | null, retrain: 0 };
  const points = requests.map((request) => {
    const cost = paper(request);
    sums.ours += ours(request);
    // Once the paper's accountant has failed to meet the promise, it has no total any more.
    sums.paper = sums.paper === null || cost === null ? null : sums.paper + cost;
    sums.retrain += retrain(request);
    return { index: request.index, ...sums };
  });
  const scale = zeroLogScale(points.flatMap((p) => [p.ours, p.paper ?? p.retrain, p.retrain]));
  return svgPicture({
    ...frame,
    label: `Cumulative ${noun} over ${plural(requests.length, "request")}, logarithmic: Expunge ${countWords(sums.ours)}, ${sums.paper === null ? "" : `the paper's accountant ${countWords(sums.paper)}, `}retraining ${countWords(sums.retrain)}.`,
    plot: {
      ...margins(frame),
      x: requestAxis(1, requests.length, frame),
      y: countAxis(scale),
      marks: [
        ...countGrid(scale, frame),
        comparatorLine(points, (p) => scale.position(p.retrain), palette.retrain, false),
        comparatorLine(
          points,
          (p) => (p.paper === null ? Number.NaN : scale.position(p.paper)),
          palette.paper,
          true,
        ),
        Plot.lineY(points, {
          x: "index",
          y: (point) => scale.position(point.ours),
          stroke: palette.ours,
          strokeWidth: 2.25,
          curve: "step-after",
        }),
        Plot.dot(points.slice(-1), {
          x: "index",
          y: (p) => scale.position(p.ours),
          r: 4,
          fill: palette.ours,
        }),
      ],
    },
  });
}
