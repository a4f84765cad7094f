import type { Effort } from "../accounting/erasure.js";
import { wordedError } from "../errors.js";
import type { Holds } from "../records/certificate.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { requireFitOption, requirePositiveInteger } from "./option-checks.js";
import type { Proof } from "./proof.js";
import type { Asked } from "./request-cost.js";

/** What a request may ask for, in the user's words. */
export interface AskedOptions {
  readonly epsilon?: number;
  readonly delta?: number;
  readonly maxNoise?: number;
  readonly steps?: number;
}

/** What a request asks for, with the plan's own where it says nothing. @throws ExpungeError E_OPTION */
export function askedOf(plan: TrainingPlan, options: AskedOptions): Asked {
  const { epsilon = plan.target.epsilon, delta = plan.target.delta } = options;
  requireFitOption("delta", delta);
  requireFitOption("epsilon", epsilon);
  const effort = effortOf(plan, options);
  return { target: { epsilon, delta }, ...(effort ? { effort } : {}) };
}

function effortOf({ noise }: TrainingPlan, { maxNoise, steps }: AskedOptions): Effort | null {
  if (maxNoise === undefined && steps === undefined) return null;
  if (noise.kind === "every-step")
    throw wordedError(
      "E_OPTION",
      (words) =>
        `${words.field("maxNoise")} and ${words.field("steps")} are for models with ${words.setting("noise", "on-release")}.`,
    );
  if (maxNoise !== undefined && steps !== undefined)
    throw wordedError(
      "E_OPTION",
      (words) =>
        `Give ${words.field("maxNoise")} or ${words.field("steps")}, not both: each follows from the other.`,
    );
  if (steps !== undefined) {
    requirePositiveInteger("steps", steps);
    return { steps };
  }
  requireFitOption("maxNoise", maxNoise);
  return { maxNoise: maxNoise as number };
}

/** What a plan's certificates prove of a request, and against whom; null for a seeded run, whose noise can be foretold. */
export function holdsOf({ requesters, limit, seed }: TrainingPlan, proof: Proof): Holds | null {
  if (seed !== null) return null;
  if (requesters === "independent" || limit === null)
    return { epsilon: proof.epsilon, delta: proof.delta, against: "independent" };
  return { epsilon: limit.epsilon, delta: limit.delta, against: "adaptive" };
}
