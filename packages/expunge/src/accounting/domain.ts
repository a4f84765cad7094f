import { DomainError } from "../errors.js";

/** Bounds are inclusive unless marked open. */
interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly openMin?: boolean;
  readonly openMax?: boolean;
  readonly integer?: boolean;
  readonly allowInfinity?: boolean;
}

/** Throws DomainError (E_DOMAIN) unless the value is a number in the range; names the field, the value and the range. */
export function requireNumber(field: string, value: unknown, range: Range = {}): asserts value is number {
  if (typeof value === "number" && isInRange(value, range)) return;
  throw new DomainError(field, value, describeRange(range));
}

function isInRange(value: number, range: Range): boolean {
  if (Number.isNaN(value)) return false;
  if (!Number.isFinite(value) && !(range.allowInfinity && value === Number.POSITIVE_INFINITY)) return false;
  if (range.integer && Number.isFinite(value) && !Number.isSafeInteger(value)) return false;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range;
  if (range.openMin ? value <= min : value < min) return false;
  return range.openMax ? value < max : value <= max;
}

function describeRange(range: Range): string {
  const kind = range.integer ? "to be an integer in " : "in ";
  const low = range.min === undefined ? "(-inf" : `${range.openMin ? "(" : "["}${range.min}`;
  const closed = range.allowInfinity ? "inf]" : "inf)";
  const high = range.max === undefined ? closed : `${range.max}${range.openMax ? ")" : "]"}`;
  return `${kind}${low}, ${high}`;
}
