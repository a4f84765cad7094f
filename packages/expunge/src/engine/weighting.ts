import { DomainError } from "../errors.js";
import { classOf, type Objective } from "../objective/index.js";

/*
 * What a record's gradient is multiplied by: a weight in (0, 1], so that the gradient keeps to M and the loss to beta, whatever the
 * weights are (docs/theory.md, "Learning and unlearning are one process").
 */

/** How much records count. */
export interface Weighting {
  /** A weight in (0, 1] for each label: of -1 and of +1, or of every class by number; null where labels make no difference. */
  readonly classes: readonly number[] | null;
  /** Whether every row has a weight of its own in (0, 1]. It then stands behind the row's features, as one number more. */
  readonly samples: boolean;
}

/** Numbers that a stored row takes: its features, and behind them its sample weight where rows have one. */
export function rowWidthOf(featureCount: number, weighting: Weighting | undefined): number {
  return weighting?.samples ? featureCount + 1 : featureCount;
}

/** @throws DomainError E_DOMAIN for class weights outside (0, 1], of the wrong number, or where labels are no classes */
export function checkWeighting(weighting: Weighting | undefined, objective: Objective): void {
  const classes = weighting?.classes ?? null;
  if (classes === null) return;
  const { task, outputCount } = objective;
  const expected = { binary: 2, multiclass: outputCount, regression: 0 }[task];
  if (classes.length !== expected)
    throw new DomainError("classWeights.length", classes.length, `to be ${expected} for ${task} labels`);
  classes.forEach((weight, label) => {
    if (!isWeight(weight)) throw new DomainError(`classWeights[${label}]`, weight, "in (0, 1]");
  });
}

/** Whether a number may multiply a record's gradient. */
export function isWeight(weight: unknown): weight is number {
  return typeof weight === "number" && weight > 0 && weight <= 1;
}

/**
 * Checks a stored row's own weight. An empty row contributes nothing whatever its weight, and has 0.
 *
 * @param norm of the row
 * @throws DomainError E_DOMAIN
 */
export function checkSampleWeight(weight: number, norm: number, slot: number): void {
  if (isWeight(weight) || (weight === 0 && norm === 0)) return;
  throw new DomainError(`sample weight of slot ${slot}`, weight, "in (0, 1]");
}

/** The number that a record's gradient is multiplied by, rounded to float64: the process is defined with the rounded one. */
export function gradientWeight(
  { classes }: Weighting,
  task: Objective["task"],
  label: number,
  sampleWeight: number,
): number {
  if (classes === null) return sampleWeight;
  // Empty slots may hold any label.
  return (classes[classOf(task, label)] ?? 1) * sampleWeight;
}
