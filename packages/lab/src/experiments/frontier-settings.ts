import type { ExperimentSet } from "./data-sets.js";

export const EPSILON = 1;
export const EPOCHS = 20;

export function batchSizeOf({ name }: Pick<ExperimentSet, "name">): number {
  return name === "adult" ? 32 : 128;
}
