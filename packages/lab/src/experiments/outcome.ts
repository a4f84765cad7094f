import type { SetName } from "./data-sets.js";

/** A number measured many times. */
export interface Figure {
  readonly mean: number;
  /** Standard deviation over all trials; 0 for one. */
  readonly std: number;
  /** Standard error of the mean; trials of one batch order are not independent, so it is taken over the orders. */
  readonly standardError: number;
  readonly trials: number;
}

/** What one cell of an experiment measured, by name. */
export type CellResult = Readonly<Record<string, Figure>>;

export type Value = string | number | null;

export interface Table {
  /** Of the CSV file. */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

export interface Series {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly std?: number }[];
}

export interface Chart {
  /** Of the SVG and PNG files. */
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: "linear" | "log";
  readonly yScale: "linear" | "log";
  /** Whether the page of results shows it, too; default no. */
  readonly isInDocs?: true;
  readonly series: readonly Series[];
}

/** One figure of the authors' beside ours. */
export interface Comparison {
  readonly what: string;
  readonly published: { readonly mean: number; readonly std: number };
  readonly measured: Figure;
  readonly difference: number;
  /** The difference in standard errors of both means. */
  readonly standardErrors: number;
  /** Whether the means differ by no more than the published standard deviation. */
  readonly agrees: boolean;
}

/** Something that was to be reached. */
export interface Aim {
  readonly what: string;
  readonly target: string;
  readonly found: string;
  readonly met: boolean;
}

/** All that one experiment found on one data set; the same data and settings give the same outcome. */
export interface Outcome {
  readonly version: 1;
  readonly experiment: string;
  readonly set: SetName;
  readonly title: string;
  /** Behind every figure; 0 where nothing was trained. */
  readonly trials: number;
  /** Whether every step was run, also those that no measurement remembers. */
  readonly everyEpoch: boolean;
  readonly notes: readonly string[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
  readonly comparisons: readonly Comparison[];
  readonly aims: readonly Aim[];
}

/** An outcome with what it took: apart, since it differs from run to run. */
export interface TimedOutcome {
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** Mean and spread of measurements that come in groups, one a batch order. */
export function figureOf(groups: readonly (readonly number[])[]): Figure {
  const values = groups.flat();
  const std = deviation(values);
  const means = groups.map(average);
  const spread = groups.length > 1 ? deviation(means) / Math.sqrt(groups.length) : 0;
  return {
    mean: average(values),
    std,
    standardError: Math.max(spread, std / Math.sqrt(values.length)),
    trials: values.length,
  };
}

/** A number that was calculated, not measured. */
export function exactFigure(value: number): Figure {
  return { mean: value, std: 0, standardError: 0, trials: 1 };
}

/** Puts our mean beside theirs. To agree it must lie within their standard deviation, however wide our own spread. */
export function compare(
  what: string,
  published: { readonly mean: number; readonly std: number; readonly trials: number },
  measured: Figure,
): Comparison {
  const difference = measured.mean - published.mean;
  const error = Math.hypot(published.std / Math.sqrt(published.trials), measured.standardError);
  return {
    what,
    published: { mean: published.mean, std: published.std },
    measured,
    difference,
    standardErrors: error > 0 ? difference / error : 0,
    agrees: Math.abs(difference) <= published.std,
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = average(values);
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  // Equal values differ from their mean by rounding only.
  return std < 1e-12 * Math.abs(mean) ? 0 : std;
}
