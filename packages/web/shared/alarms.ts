import { epsilonDeltaTradeOff } from "expunge/audit";
import { boundWords } from "./numbers.js";

/** Of a hundred models that never saw the record, those that the tester of our example suspects wrongly. */
export const FALSE_ALARMS = 5;

/**
 * The most of a hundred models that forgot which any test can rightly accuse, at FALSE_ALARMS wrong accusations in a hundred: what is left by
 * the least error of the other kind that (epsilon, delta) allows.
 */
export function mostAlarms(epsilon: number, delta: number): number {
  return 100 * (1 - epsilonDeltaTradeOff(epsilon, delta, FALSE_ALARMS / 100));
}

/** The same as every page writes it: a bound, rounded up. */
export const mostAlarmsWords = (epsilon: number, delta: number): string =>
  boundWords(mostAlarms(epsilon, delta));
