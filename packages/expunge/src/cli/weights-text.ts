import type { Model } from "../unlearner/model.js";
import { figure } from "./output.js";

/** How much the rows of a model count: by label, and whether they have weights of their own; null where all count fully. */
export interface WeightsSummary {
  readonly classes: Readonly<Record<string, number>> | null;
  readonly isBalanced: boolean;
  readonly samples: boolean;
}

export function summaryOfWeights({
  plan: { weighting },
  description: { labelNames },
}: Pick<Model, "plan" | "description">): WeightsSummary | null {
  if (!weighting) return null;
  const { classes, isBalanced, samples } = weighting;
  const named = classes && Object.fromEntries(classes.map((weight, label) => [labelNames[label], weight]));
  return { classes: named, isBalanced, samples };
}

/** For people; null where there is nothing to say. */
export function weightsText(weights: WeightsSummary | null): string | null {
  if (weights === null) return null;
  const { classes, isBalanced, samples } = weights;
  const listed = Object.entries(classes ?? {}).map(([label, weight]) => `${label} ${figure(weight)}`);
  return [
    ...(classes === null ? [] : [`${listed.join(", ")}${isBalanced ? " (balanced)" : ""}`]),
    ...(samples ? ["each row has its own"] : []),
  ].join("; ");
}
