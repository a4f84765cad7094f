import { DomainError } from "../errors.js";
import { intervalText, isInRange, type NumberRange } from "../math/number-range.js";

interface Range extends NumberRange {
  /** Whether infinity is the last number of a range without a `max`. */
  readonly allowInfinity?: boolean;
}

/** Throws DomainError (E_DOMAIN) unless the value is a number in the range; names the field, the value and the range. */
export function requireNumber(field: string, value: unknown, range: Range = {}): asserts value is number {
  const endsAtInfinity = range.allowInfinity === true && range.max === undefined;
  if (isInRange(value, range) || (endsAtInfinity && value === Number.POSITIVE_INFINITY)) return;
  const interval = intervalText(range);
  const kind = range.integer ? "to be an integer in " : "in ";
  throw new DomainError(field, value, `${kind}${endsAtInfinity ? `${interval.slice(0, -1)}]` : interval}`);
}
