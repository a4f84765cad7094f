import type { Evaluation } from "@expunge/client";
import * as Plot from "@observablehq/plot";
import { useMemo } from "preact/hooks";
import { Figure } from "../../shared/figure";
import { numberText, plural } from "../format";
import { withRoom } from "./with-room";

type Calibration = NonNullable<Exclude<Evaluation, { task: "regression" }>["calibration"]>;

/** Predicted probabilities against what came: on the dotted line where the model is right about how sure it is. */
export function CalibrationChart({
  calibration,
  positive,
}: {
  readonly calibration: Calibration;
  readonly positive: string;
}) {
  const { bins, expectedError, of } = calibration;
  const event = of === "positive" ? `“${positive}”` : "the class predicted";
  const options = useMemo(
    () => (width: number) => {
      const rows = bins.map(({ meanPredicted, observedShare, observed: [low, high] }) => ({
        ...{ meanPredicted, observedShare, low, high },
      }));
      const ends = [
        { at: 0, is: 0 },
        { at: 1, is: 1 },
      ];
      const share = { domain: [0, 1], tickFormat: ".0%", ticks: 5 };
      return withRoom({
        width: Math.min(width, 640),
        height: Math.min(width, 640) * 0.7,
        marginLeft: 48,
        x: { ...share, label: `predicted probability of ${event} →` },
        y: { ...share, label: null, grid: true },
        marks: [
          Plot.line(ends, { x: "at", y: "is", stroke: "var(--soft)", strokeDasharray: "3,4" }),
          Plot.ruleX(rows, { x: "meanPredicted", y1: "low", y2: "high", stroke: "var(--ours)" }),
          Plot.dot(rows, { x: "meanPredicted", y: "observedShare", fill: "var(--ours)", r: 4 }),
        ],
      });
    },
    [bins, event],
  );
  return (
    <>
      <p class="legend">
        How often it came (upwards), by what was predicted. On the dotted line, probabilities are right; the
        upright bars show how uncertain that is with so few rows.
      </p>
      <Figure
        options={options}
        label={`Calibration in ${plural(bins.length, "bin")}: probabilities of ${event} are off by ${numberText(expectedError)} on average.`}
      />
    </>
  );
}
