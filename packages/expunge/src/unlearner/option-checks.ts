import { ExpungeError } from "../errors.js";
import type { Objective } from "../objective/objective.js";

/** Beyond this nothing is said any more, and the share of delta that goes to the noise's tails would be all of it. */
export const MAX_EPSILON = 20;

/** Below this the tails of the noise itself would take too much of delta. */
export const MIN_DELTA = 1e-10;

/** @throws ExpungeError E_OPTION */
export function requireDelta(delta: number): void {
  if (delta >= MIN_DELTA && delta < 1) return;
  throw new ExpungeError("E_OPTION", `Expected delta = ${delta} in [${MIN_DELTA}, 1).`);
}

/** @throws ExpungeError E_OPTION */
export function requirePositiveInteger(field: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ExpungeError("E_OPTION", `Expected ${field} = ${value} to be an integer of at least 1.`);
}

/** @throws ExpungeError E_OPTION */
export function requireChoice(field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ExpungeError("E_OPTION", `Expected ${field} = ${value} to be one of ${choices.join(", ")}.`);
}

/** M: the bound on one record's gradient that a clip makes of the objective's own. @throws ExpungeError E_OPTION, E_ASSUMPTION */
export function lipschitzFor(objective: Objective, clip: number | undefined): number {
  if (clip === undefined || clip === objective.lipschitz) return objective.lipschitz;
  if (!(clip > 0))
    throw new ExpungeError("E_OPTION", `Expected clip = ${clip} in (0, ${objective.lipschitz}].`);
  if (clip > objective.lipschitz) return objective.lipschitz;
  if (objective.clippable) return clip;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected clip = ${clip} to be at least ${objective.lipschitz} for ${objective.spec.kind}: a shorter clip is not the gradient of a convex function.`,
  );
}
