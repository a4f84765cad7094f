import * as Plot from "@observablehq/plot";
import {
  type Frame,
  levelLine,
  margins,
  markRadius,
  percentWords,
  plural,
  requestAxis,
  svgPicture,
} from "expunge/internal";
import type { DemoReport, DemoRequest } from "./demo-report.js";

/** Test accuracy after each request, from the freshly trained model (request 0) on, with the noiseless model's as a line. */
export function accuracyPlot({ training, requests }: DemoReport, frame: Frame): string {
  const { palette } = frame;
  const points = [{ index: 0, accuracy: training.accuracy, verified: true }, ...requests];
  const levels = points.map((point) => point.accuracy);
  if (training.noiselessAccuracy !== null) levels.push(training.noiselessAccuracy);
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  // At least four points of per cent, so that a wobble of a tenth does not look like a fall.
  const margin = Math.max(0.15 * (high - low), (0.04 - (high - low)) / 2);
  const last = requests.at(-1)!;
  return svgPicture({
    ...frame,
    label: `Test accuracy: ${percentWords(training.accuracy)} after training, ${percentWords(last.accuracy)} after ${plural(requests.length, "request")}.`,
    plot: {
      ...margins(frame),
      x: requestAxis(0, requests.length, frame),
      y: {
        label: null,
        domain: [Math.max(0, low - margin), Math.min(1, high + margin)],
        ticks: 5,
        tickSize: 0,
        tickFormat: (share: number) => `${Number((100 * share).toFixed(1))} %`,
      },
      marks: [
        Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
        training.noiselessAccuracy === null ? null : levelLine(training.noiselessAccuracy, frame),
        Plot.lineY(points, { x: "index", y: "accuracy", stroke: palette.ours, strokeWidth: 1.5 }),
        Plot.dot(points, {
          x: "index",
          y: "accuracy",
          r: markRadius(points.length, frame) - 0.5,
          fill: palette.ours,
          title: (point: DemoRequest) =>
            `${point.index === 0 ? "After training" : `Request ${point.index}`}: ${percentWords(point.accuracy)}`,
        }),
      ],
    },
  });
}
