import * as Plot from "@observablehq/plot";
import { PAGE, type Palette } from "./palette.js";
import { requestTicks } from "./request-axis.js";
import type { PictureOptions } from "./svg-picture.js";
import type { ZeroLogScale } from "./zero-log-scale.js";

/** How large a picture is drawn, and in what colours and letters. */
export interface Frame extends Pick<PictureOptions, "width" | "height" | "fontFamily" | "fontSize"> {
  readonly palette: Palette;
}

export const WIDE: Frame = Object.freeze({ width: 520, height: 290, palette: PAGE, fontSize: 12 });
/** Drawn anew for a phone, so that its letters keep their size. */
export const NARROW: Frame = Object.freeze({ width: 330, height: 250, palette: PAGE, fontSize: 12 });

/** Room for the axis labels, in letters rather than pixels. */
export function margins({ fontSize = 12 }: Frame) {
  return {
    marginLeft: 3.7 * fontSize,
    marginRight: fontSize,
    marginTop: 0.8 * fontSize,
    marginBottom: 2.2 * fontSize,
  };
}

/** Requests along the bottom, with half a request to spare at both ends. */
export function requestAxis(first: number, last: number, { width, fontSize = 12 }: Frame): Plot.ScaleOptions {
  return {
    label: null,
    domain: [first - 0.6, last + 0.6],
    ticks: requestTicks(first, last, width / (5 * fontSize)),
    tickSize: 4,
    tickFormat: (tick: number) => String(tick),
  };
}

export function countAxis(scale: ZeroLogScale): Plot.ScaleOptions {
  return {
    label: null,
    domain: scale.domain,
    ticks: scale.ticks,
    tickSize: 0,
    tickFormat: (position: number) => scale.label(position),
  };
}

/** A line at every decade, and a dotted one at zero, which is no decade. */
export function countGrid(scale: ZeroLogScale, { palette }: Frame): Plot.Markish[] {
  const decades = scale.ticks.filter((tick) => tick !== scale.zero);
  return [
    Plot.ruleY(decades, { stroke: palette.line }),
    Plot.ruleY(scale.zero === null ? [] : [scale.zero], { stroke: palette.soft, strokeDasharray: "1,4" }),
  ];
}

/** A line across the whole plot: what was promised, or what is reached without noise. */
export function levelLine(level: number, { palette }: Frame): Plot.Markish {
  return Plot.ruleY([level], { stroke: palette.soft, strokeDasharray: "5,4", strokeWidth: 1.25 });
}

/** What somebody else would have spent: a line, broken where `y` is NaN; a short dash where it has one point only. */
export function comparatorLine<T extends { readonly index: number }>(
  data: readonly T[],
  y: (item: T) => number,
  stroke: string,
  dashed: boolean,
): Plot.Markish[] {
  const style = { stroke, strokeWidth: 2, ...(dashed ? { strokeDasharray: "6,3" } : {}) };
  if (data.length === 1) return [Plot.ruleY(data, { x1: 0.7, x2: 1.3, y, ...style })];
  return [Plot.lineY(data, { x: "index", y, ...style })];
}

/** Dots as large as the distance between requests allows. */
export function markRadius(count: number, { width }: Frame): number {
  return Math.max(1.75, Math.min(4, (0.36 * width) / count));
}

/** Thin lines that tie marks to the axis; left out where there are so many that they would be a hatching. */
export function stems<T extends { readonly index: number }>(
  data: readonly T[],
  from: number,
  to: (item: T) => number,
  { palette }: Frame,
): Plot.Markish[] {
  if (data.length > 80) return [];
  return [Plot.ruleX(data, { x: "index", y1: from, y2: to, stroke: palette.ours, strokeOpacity: 0.35 })];
}
