import * as Plot from "@observablehq/plot";
import type { AuditResult } from "../audit/index.js";
import { numberWords } from "./number-words.js";
import { LIGHT } from "./palette.js";
import { type Frame, margins } from "./plot-parts.js";
import { svgPicture } from "./svg-picture.js";

export const TRADE_OFF_FRAME: Frame = Object.freeze({
  width: 560,
  height: 460,
  palette: LIGHT,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontSize: 13,
});

/**
 * An attack's trade-off curve with its band, above the curve that the certificate allows: where the whole band lies below that curve,
 * the certificate is false. The dotted line is guessing.
 */
export function tradeOffPlot(
  { tradeOff, certified, mu, verdict, runs }: AuditResult,
  frame: Frame = TRADE_OFF_FRAME,
): string {
  const { palette, fontSize = 12 } = frame;
  const colour = verdict === "violated" ? palette.bad : palette.ours;
  const claimed = certified.mu === undefined ? "certifiedEpsilon" : "certifiedMu";
  const claim =
    certified.mu === undefined
      ? `epsilon = ${numberWords(certified.epsilon)}`
      : `mu = ${numberWords(certified.mu)}`;
  const axis = { label: null, domain: [0, 1], ticks: 5, tickSize: 4 };
  const svg = svgPicture({
    ...frame,
    label: `Errors of the best attack on ${runs.judged} unlearned and ${runs.judged} retrained models: ${verdict}. Certified ${claim}; shown mu of at least ${numberWords(mu.bound)}.`,
    plot: {
      ...margins(frame),
      marginBottom: 3.6 * fontSize,
      marginLeft: 4 * fontSize,
      x: {
        ...axis,
        label: "retrained models called unlearned (share)",
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: { ...axis, label: "unlearned models called retrained", labelAnchor: "center", labelArrow: "none" },
      marks: [
        Plot.gridX({ stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
        Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
        Plot.line(
          [
            [0, 1],
            [1, 0],
          ],
          { stroke: palette.soft, strokeDasharray: "1,4" },
        ),
        Plot.areaY(tradeOff, { x: "typeOne", y1: "low", y2: "high", fill: colour, fillOpacity: 0.18 }),
        Plot.lineY(tradeOff, {
          x: "typeOne",
          y: claimed,
          stroke: palette.paper,
          strokeWidth: 2,
          strokeDasharray: "6,3",
        }),
        Plot.lineY(tradeOff, { x: "typeOne", y: "typeTwo", stroke: colour, strokeWidth: 2.25 }),
        Plot.text(
          [
            { y: 0.95, words: "the attack, with its band", colour },
            { y: 0.89, words: `certified: ${claim} allows no attack below`, colour: palette.paper },
            { y: 0.83, words: "dotted: guessing", colour: palette.soft },
          ],
          { x: 0.99, y: "y", text: "words", fill: "colour", textAnchor: "end" },
        ),
      ],
    },
  });
  const ground = `<rect width="${frame.width}" height="${frame.height}" fill="${palette.ground}"/>`;
  // A picture of its own has neither ground nor text colour to inherit.
  return svg.replace(/(<\/title>)/, `$1${ground}`).replaceAll("currentColor", palette.soft);
}
