import * as Plot from "@observablehq/plot";
import {
  boundWords,
  type Frame,
  levelLine,
  margins,
  markRadius,
  numberWords,
  plural,
  requestAxis,
  stems,
  svgPicture,
} from "expunge/internal";
import type { DemoReport, DemoRequest } from "./demo-report.js";

/** The epsilon that each certificate states, below the promised one. A certificate that failed is a cross. */
export function epsilonPlot({ plan, requests }: DemoReport, frame: Frame): string {
  const { palette } = frame;
  const largest = Math.max(...requests.map((request) => request.epsilon));
  const title = (request: DemoRequest) =>
    `Request ${request.index}: ε = ${boundWords(request.epsilon)}${request.verified ? "" : ", not verified"}`;
  const radius = markRadius(requests.length, frame);
  return svgPicture({
    ...frame,
    label: `Certified epsilon of ${plural(requests.length, "request")}: at most ${boundWords(largest)}; promised ${numberWords(plan.epsilon)}.`,
    plot: {
      ...margins(frame),
      x: requestAxis(1, requests.length, frame),
      y: { label: null, domain: [0, 1.12 * Math.max(largest, plan.epsilon)], ticks: 5, tickSize: 0 },
      marks: [
        Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
        stems(requests, 0, (request) => request.epsilon, frame),
        levelLine(plan.epsilon, frame),
        Plot.dot(
          requests.filter((request) => request.verified),
          { x: "index", y: "epsilon", r: radius, fill: palette.ours, title },
        ),
        Plot.dot(
          requests.filter((request) => !request.verified),
          {
            x: "index",
            y: "epsilon",
            r: radius + 2,
            symbol: "times",
            stroke: palette.bad,
            strokeWidth: 2,
            title,
          },
        ),
      ],
    },
  });
}
