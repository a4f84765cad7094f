import type { NumberRange } from "../math/number-range.js";

/** What labels are: -1 and +1, classes by number, or values. */
export type Task = "binary" | "multiclass" | "regression";

/** What names an objective and its parameters. */
export interface NamedSpec {
  readonly kind: string;
}

/** What a training objective is to the rest of Expunge: a convex loss of a record's linear outputs, with the two constants the theory needs. Records have row norm <= 1; both constants are stated for that. */
export interface ObjectiveOf<Spec extends NamedSpec> {
  readonly spec: Spec;
  /** binary: labels -1/+1; multiclass: 0..classCount-1; regression: any finite number. */
  readonly task: Task;
  /** Linear outputs of one row: 1, or one for each class. Weights are outputCount x featureCount, row-major. */
  readonly outputCount: number;
  /** Largest eigenvalue of one record's Hessian in the weights, for row norm <= 1. */
  readonly smoothness: number;
  /** Largest norm of one record's gradient in the weights, for row norm <= 1. */
  readonly lipschitz: number;
  /** Whether clipping the gradient at less than `lipschitz` keeps the map a gradient of a convex function. */
  readonly clippable: boolean;
  /** What predictions add to the linear output of a row, in its own units; 0 for most. */
  readonly offset: number;
  /** The one number that the kernels' derivative depends on, 0 where there is none: SHAPE in packages/expunge/assembly/context.ts. */
  readonly shape: number;
  readonly source: string;
  /** The loss of one record. */
  loss(outputs: ArrayLike<number>, label: number): number;
  /** Writes d loss / d output_j into `into` (outputCount numbers). */
  derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void;
}

/** A number that an objective's spec holds. */
export interface Parameter extends NumberRange {
  readonly min: number;
  /** Left out of a spec where it says nothing. */
  readonly isOptional?: boolean;
  /** A value of it, in a sentence for people. */
  words(value: string): string;
}

/** What the usual spec of an objective is chosen from: public facts of a data set. */
export interface UsualFacts {
  readonly classCount: number;
  /** Log odds of a base rate that is known, in nats. */
  readonly logOdds?: number | undefined;
}

/** All that Expunge knows of one kind of objective. Each is in a file of its own; `registry.ts` lists them. */
export interface ObjectiveDefinition<Spec extends NamedSpec> {
  readonly kind: Spec["kind"];
  readonly task: Task;
  /** What people call it. */
  readonly words: string;
  /** Whether outputs stand for probabilities: 1 / (1 + exp(-o)) of the positive label, or exp(o_j) / sum_i exp(o_i) of each class. */
  readonly hasProbabilities: boolean;
  /** Its number in the kernels: OBJECTIVE in packages/expunge/assembly/context.ts. */
  readonly kernelNumber: number;
  readonly parameters: { readonly [Name in Exclude<keyof Spec, "kind">]-?: Parameter };
  /** The spec where only the kind is named. */
  usual(facts: UsualFacts): Spec;
  /** The objective of a spec whose parameters are within their ranges. */
  create(spec: Spec): ObjectiveOf<Spec>;
}
