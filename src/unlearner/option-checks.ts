import { ExpungeError } from "../errors.js";

/** Beyond this nothing is said any more, and the share of delta that goes to the noise's tails would be all of it. */
export const MOST_EPSILON = 20;

/** Below this the tails of the noise itself would take too much of delta. */
export const LEAST_DELTA = 1e-10;

/** @throws ExpungeError E_OPTION */
export function requireDelta(delta: number): void {
  if (delta >= LEAST_DELTA && delta < 1) return;
  throw new ExpungeError("E_OPTION", `Expected delta = ${delta} in [${LEAST_DELTA}, 1).`);
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
