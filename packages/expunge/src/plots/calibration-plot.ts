import * as Plot from "@observablehq/plot";
import type { Calibration, CalibrationBin } from "../unlearner/metrics.js";
import { escapeHtml } from "./html.js";
import { countWords, numberWords, percentWords, plural } from "./number-words.js";
import { LIGHT } from "./palette.js";
import type { Frame } from "./plot-parts.js";
import { svgPicture } from "./svg-picture.js";

export const CALIBRATION_FRAME: Frame = Object.freeze({
  width: 520,
  height: 540,
  palette: LIGHT,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontSize: 13,
});

/** What is in the picture. */
export interface CalibrationPicture {
  readonly calibration: Calibration;
  /** Name of the positive label, where that is what is predicted. */
  readonly positiveLabel: string;
}

/**
 * Predicted probabilities against what came, bin by bin: on the diagonal where the model is right about how sure it is. A bin's upright line is
 * the 95% interval that its number of rows leaves, its lying one the probabilities that it holds.
 */
export function calibrationPlot(
  { calibration, positiveLabel }: CalibrationPicture,
  frame: Frame = CALIBRATION_FRAME,
): string {
  const { palette, fontSize = 13, width } = frame;
  const { bins, expectedError, of } = calibration;
  const range = rangeOf(bins);
  const [low, high] = range;
  const at = (x: number, y: number) => [low + x * (high - low), low + y * (high - low)];
  const rowCount = bins.reduce((sum, { count }) => sum + count, 0);
  const label = `“${fitted(positiveLabel, 24)}”`;
  const { event, predicted, observed } =
    of === "positive"
      ? {
          event: `of ${label}`,
          predicted: `predicted probability of ${label}`,
          observed: `rows that are ${label}`,
        }
      : {
          event: "of the class predicted",
          predicted: "predicted probability of the class predicted",
          observed: "rows predicted right",
        };
  const points = `${numberWords(100 * expectedError, 2)} percentage points`;
  const axis = { domain: range, ticks: 5, tickSize: 4, tickFormat: tickWords, labelArrow: "none" } as const;
  const top = 5.4 * fontSize;
  const svg = svgPicture({
    ...frame,
    label: `Calibration: ${plural(rowCount, "row")} in ${plural(bins.length, "bin")}; probabilities ${event} are off by ${points} on average.`,
    plot: {
      marginLeft: 5.4 * fontSize,
      marginRight: 2 * fontSize,
      marginTop: top,
      marginBottom: 4 * fontSize,
      x: { ...axis, label: predicted, labelAnchor: "center" },
      y: { ...axis, label: observed, labelAnchor: "center" },
      marks: [
        Plot.gridX({ stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
        Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
        Plot.line(
          [
            [low, low],
            [high, high],
          ],
          { stroke: palette.soft, strokeDasharray: "1,4" },
        ),
        Plot.text([at(0.03, 0.96)], {
          text: () => "more often than predicted",
          textAnchor: "start",
          fill: palette.soft,
        }),
        Plot.text([at(0.97, 0.04)], {
          text: () => "less often than predicted",
          textAnchor: "end",
          fill: palette.soft,
        }),
        Plot.ruleY(bins, {
          x1: (bin: CalibrationBin) => bin.predicted[0],
          x2: (bin: CalibrationBin) => bin.predicted[1],
          y: "observedShare",
          stroke: palette.ours,
          strokeOpacity: 0.45,
          strokeWidth: 2,
        }),
        Plot.ruleX(bins, {
          x: "meanPredicted",
          y1: (bin: CalibrationBin) => bin.observed[0],
          y2: (bin: CalibrationBin) => bin.observed[1],
          stroke: palette.ours,
          strokeWidth: 1.5,
        }),
        Plot.dot(bins, {
          x: "meanPredicted",
          y: "observedShare",
          r: 4.5,
          fill: palette.ours,
          stroke: palette.ground,
          strokeWidth: 1.25,
          title: ({ count, meanPredicted, observedShare }: CalibrationBin) =>
            `${plural(count, "row")}: predicted ${percentWords(meanPredicted)}, came ${percentWords(observedShare)}`,
        }),
      ],
    },
  });
  const heading = `How true are probabilities ${event}?`;
  const finding = `Off by ${points} on average; ${plural(rowCount, "row")}, ${binWords(bins)}.`;
  const left = 1.2 * fontSize;
  const text = (y: number, attributes: string, line: string): string =>
    `<text x="${left}" y="${y}" text-anchor="start" ${attributes}>${escapeHtml(line)}</text>`;
  const ground = `<rect width="${width}" height="${frame.height}" fill="${palette.ground}"/>`;
  const head =
    text(1.9 * fontSize, `font-size="${1.2 * fontSize}" font-weight="600" fill="${palette.ink}"`, heading) +
    text(3.5 * fontSize, `fill="${palette.soft}"`, finding);
  // A picture of its own has neither ground nor text colour to inherit.
  return svg.replace(/(<\/title>)/, `$1${ground}${head}`).replaceAll("currentColor", palette.soft);
}

/** Both axes alike: from 0, or from where several classes begin, to the first round number above all that is shown. */
function rangeOf(bins: readonly CalibrationBin[]): [low: number, high: number] {
  const values = bins.flatMap(({ predicted, observed }) => [...predicted, ...observed]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const high = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((round) => most <= round) ?? 1;
  return [least >= 0.5 ? 0.5 : 0, high > 0.5 || least < 0.5 ? high : 1];
}

function binWords(bins: readonly CalibrationBin[]): string {
  const counts = bins.map(({ count }) => count);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const each = least === most ? countWords(least) : `${countWords(least)} to ${countWords(most)}`;
  return `${plural(bins.length, "bin")} of ${each}`;
}

const tickWords = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

function fitted(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
