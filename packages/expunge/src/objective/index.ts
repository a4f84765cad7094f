import { ExpungeError, optionError } from "../errors.js";
import { huberRegression } from "./huber-regression.js";
import { logistic } from "./logistic.js";
import type { Objective, ObjectiveSpec } from "./objective.js";
import { smoothedHinge } from "./smoothed-hinge.js";
import { softmax } from "./softmax.js";

export { clipDerivative } from "./clip.js";
export { classOf, isLabel, labelRange } from "./label.js";
export type { Objective, ObjectiveSpec, Task } from "./objective.js";

/**
 * The objective that a spec names. The spec may come from a file or from untyped JavaScript, so it is checked here.
 *
 * @throws ExpungeError E_OPTION for an unknown kind or a parameter outside its range
 */
export function objectiveFrom(spec: ObjectiveSpec): Objective {
  if (typeof spec !== "object" || spec === null) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected an objective spec such as {kind: "logistic"}, found ${String(spec)}.`,
    );
  }
  switch (spec.kind) {
    case "logistic":
      if (spec.offset !== undefined) requireOffset(spec.offset);
      return logistic(spec.offset);
    case "softmax": {
      const { classCount } = spec;
      // Float32 kernels hold labels as float32; far below 2^24 every class number is exact there.
      if (!Number.isInteger(classCount) || classCount < 2 || classCount > MAX_CLASS_COUNT) {
        throw optionError("classCount", classCount, `to be an integer in [2, ${MAX_CLASS_COUNT}]`);
      }
      return softmax(classCount);
    }
    case "smoothedHinge":
      requirePositive("width", spec.width);
      return smoothedHinge(spec.width);
    case "huberRegression":
      requirePositive("threshold", spec.threshold);
      return huberRegression(spec.threshold);
    default:
      throw optionError(
        "objective kind",
        (spec as { kind?: unknown }).kind,
        'to be one of "logistic", "softmax", "smoothedHinge", "huberRegression"',
      );
  }
}

/** Odds of one in 10^17: beyond them an offset is a label given to every row. */
const MAX_OFFSET = 40;

function requireOffset(found: number): void {
  if (typeof found !== "number" || !(Math.abs(found) <= MAX_OFFSET))
    throw optionError("offset", found, `to be in [-${MAX_OFFSET}, ${MAX_OFFSET}]`);
}

const MAX_CLASS_COUNT = 10_000;

function requirePositive(field: string, found: number): void {
  if (typeof found !== "number" || !Number.isFinite(found) || found <= 0) {
    throw optionError(field, found, "to be a finite number > 0");
  }
}
