import { Resvg } from "@resvg/resvg-js";
import { describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { type ClassEvaluation, evaluatePredictions } from "../unlearner/metrics.js";
import { calibrationPlot } from "./calibration-plot.js";

/** Row i of n: predicted spread over (0, top), come as often as `rate` says of it. */
function evaluate(rowCount: number, top: number, rate: (p: number) => number): ClassEvaluation {
  const probabilities = Array.from({ length: rowCount }, (_, i) => (top * (i + 0.5)) / rowCount);
  // The golden ratio's multiples fill [0, 1) evenly.
  const labels = probabilities.map((p, i) => ((i * 0.6180339887498949) % 1 < rate(p) ? 1 : -1));
  return evaluatePredictions({
    task: "binary",
    labelNames: ["<=50K", ">50K & <more>"],
    labels,
    probabilities,
  }) as ClassEvaluation;
}

const plotOf = ({ calibration, classes }: ClassEvaluation): string =>
  calibrationPlot({ calibration: calibration!, positiveLabel: elementAt(classes, 1).label });

const CASES: readonly [string, ClassEvaluation][] = [
  ["well calibrated", evaluate(2000, 1, (p) => p)],
  ["too sure of itself", evaluate(400, 1, (p) => 0.5 + 0.4 * (p - 0.5))],
  ["rare", evaluate(20_000, 0.03, (p) => p)],
  ["one row", evaluate(1, 1, (p) => p)],
  ["all of one class", evaluate(50, 0.6, () => 1)],
];

describe.each(CASES)("calibrationPlot, %s", (_, found) => {
  const svg = plotOf(found);

  it("is one well-formed picture that needs nothing from outside", () => {
    const rendered = new Resvg(svg).render();
    expect([rendered.width, rendered.height]).toEqual([520, 540]);
    expect(svg.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|url\(|<script|<image|var\(--/,
    );
    expect(svg).not.toMatch(/NaN|undefined|Infinity|currentColor/);
  });

  it("has a dot a bin, inside of the picture", () => {
    const dots = [...svg.matchAll(/<circle [^>]*cy="([\d.]+)" cx="([\d.]+)"/g)].map(([, y, x]) => ({
      x: Number(x),
      y: Number(y),
    }));
    expect(dots).toHaveLength(found.calibration!.bins.length);
    for (const { x, y } of dots) expect(x > 40 && x < 520 && y > 50 && y < 500).toBe(true);
  });

  it("says aloud what it shows", () => {
    expect(svg).toMatch(
      /aria-label="Calibration: [\d,]+ rows? in \d+ bins?; probabilities of .* percentage points on average\."/,
    );
  });
});

it("calibrationPlot of several classes speaks of the class predicted", () => {
  const { calibration } = evaluatePredictions({
    task: "multiclass",
    labelNames: ["a", "b"],
    labels: [0, 1, 1],
    probabilities: [0.7, 0.3, 0.4, 0.6, 0.2, 0.8],
  }) as ClassEvaluation;
  expect(calibrationPlot({ calibration: calibration!, positiveLabel: "b" })).toMatch(
    /How true are probabilities of the class predicted/,
  );
});
