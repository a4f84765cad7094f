import type { NumberSample } from "./number-sample.js";

/** How labels of a regression are brought near 0 and 1: label = centre + scale * what is stored. Public. */
export interface LabelScaling {
  readonly centre: number;
  /** > 0 */
  readonly scale: number;
}

/** Labels that are what they are. */
export const OWN_UNITS: LabelScaling = Object.freeze({ centre: 0, scale: 1 });

/** Stored labels, or what a model makes of rows, in the labels' own units. */
export function inOwnUnits(
  values: ArrayLike<number>,
  { centre, scale }: LabelScaling = OWN_UNITS,
): Float64Array {
  return Float64Array.from(values, (value) => centre + scale * value);
}

/** Half the distance between the 10% and 90% quantiles of a Gaussian, in standard deviations. */
const HALF_OF_GAUSSIAN = 1.28;

/**
 * A scaling read off the labels, so coarse that hardly any one of them decides it: a power of two near their spread, and a multiple of it near
 * their median.
 */
export function draftLabelScaling(labels: NumberSample): LabelScaling {
  const { middle, spread } = labels;
  const scale = 2 ** Math.round(Math.log2(spread / HALF_OF_GAUSSIAN));
  const centre = Math.round(middle / scale) * scale;
  const isUsable = spread > 0 && scale > 0 && Number.isFinite(scale) && Number.isFinite(centre);
  return isUsable ? Object.freeze({ centre: centre + 0, scale }) : OWN_UNITS;
}

/** Odds of e^15, one in three million, and no further: beyond them labels tell nothing. */
const MAX_LOG_ODDS = 15;

/** The log odds of a positive label, in whole nats: so coarse that hardly any one row decides them. 0 from 38% to 62%. */
export function roundedLogOdds(positive: number, negative: number): number {
  const rounded = Math.round(Math.log(positive / negative));
  return Math.max(-MAX_LOG_ODDS, Math.min(MAX_LOG_ODDS, rounded)) + 0;
}
