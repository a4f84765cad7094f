/** Finite numbers from `min` to `max`. Both ends belong to it unless they are open; an end that is left out is infinity, which does not. */
export interface NumberRange {
  readonly min?: number;
  readonly openMin?: boolean;
  readonly max?: number;
  readonly openMax?: boolean;
  /** Whole numbers alone, those that a double holds exactly. */
  readonly integer?: boolean;
}

/** Whether a value is a number in a range. */
export function isInRange(value: unknown, range: NumberRange): value is number {
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (range.integer && !Number.isSafeInteger(value)) return false;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range;
  return (range.openMin ? value > min : value >= min) && (range.openMax ? value < max : value <= max);
}

/** "[0, 1)", "(0, inf)" */
export function intervalText({ min, openMin, max, openMax }: NumberRange): string {
  const low = min === undefined ? "(-inf" : `${openMin ? "(" : "["}${min}`;
  return `${low}, ${max === undefined ? "inf)" : `${max}${openMax ? ")" : "]"}`}`;
}
