import * as Plot from "@observablehq/plot";
import {
  comparatorLine,
  countAxis,
  countGrid,
  countWords,
  type Frame,
  margins,
  markRadius,
  plural,
  requestAxis,
  stems,
  svgPicture,
  zeroLogScale,
} from "expunge/internal";
import type { DemoReport, DemoRequest } from "./demo-report.js";

/** Steps that each request took, beside the paper's accountant and training again. No step is a hollow mark at 0. */
export function stepsPlot({ requests }: DemoReport, frame: Frame): string {
  const { palette } = frame;
  const scale = zeroLogScale(
    requests.flatMap((r) => [r.steps, r.paperSteps ?? r.retrainSteps, r.retrainSteps]),
  );
  const free = requests.filter((request) => request.steps === 0);
  const counted = requests.filter((request) => request.steps > 0);
  const radius = markRadius(requests.length, frame);
  const title = (r: DemoRequest) =>
    `Request ${r.index}: ${plural(r.steps, "step")}; ${r.paperSteps === null ? "" : `paper ${countWords(r.paperSteps)}; `}retraining ${countWords(r.retrainSteps)}`;
  const ours = { x: "index", y: (request: DemoRequest) => scale.position(request.steps), title } as const;
  return svgPicture({
    ...frame,
    label: `Steps of ${plural(requests.length, "request")}, logarithmic: Expunge at most ${countWords(Math.max(...requests.map((r) => r.steps)))}, none for ${countWords(free.length)}; retraining ${countWords(Math.max(...requests.map((r) => r.retrainSteps)))}.`,
    plot: {
      ...margins(frame),
      x: requestAxis(1, requests.length, frame),
      y: countAxis(scale),
      marks: [
        ...countGrid(scale, frame),
        comparatorLine(requests, (r) => scale.position(r.retrainSteps), palette.retrain, false),
        comparatorLine(
          requests,
          (r) => (r.paperSteps === null ? Number.NaN : scale.position(r.paperSteps)),
          palette.paper,
          true,
        ),
        stems(counted, scale.zero ?? scale.domain[0], ours.y, frame),
        Plot.dot(counted, { ...ours, r: radius, fill: palette.ours }),
        Plot.dot(free, { ...ours, r: radius, fill: palette.ground, stroke: palette.ours, strokeWidth: 1.5 }),
      ],
    },
  });
}
