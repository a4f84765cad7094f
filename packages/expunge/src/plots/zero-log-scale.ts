import { compactWords } from "./number-words.js";

/** A logarithmic axis with a place of its own for zero, below the smallest decade shown. */
export interface ZeroLogScale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** Where zero stands, or null where no value is zero. */
  readonly zero: number | null;
  position(value: number): number;
  label(position: number): string;
}

/** How far below the lowest decade zero stands, in decades: far enough not to be taken for a power of ten. */
const ZERO_GAP = 0.75;

/** @param values counts, >= 0 */
export function zeroLogScale(values: readonly number[]): ZeroLogScale {
  const positive = values.filter((value) => value > 0);
  const lowest = positive.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...positive)) + 1e-12);
  const top = positive.length === 0 ? 1 : Math.log10(Math.max(...positive));
  const zero = values.some((value) => value <= 0) ? lowest - ZERO_GAP : null;
  const decades = Array.from({ length: Math.floor(top + 1e-12) - lowest + 1 }, (_, i) => lowest + i);
  return {
    // Room above the top, and below the bottom for half a mark.
    domain: [(zero ?? lowest) - 0.15, Math.max(top, lowest + 1) + 0.15],
    ticks: zero === null ? decades : [zero, ...decades],
    zero,
    position: (value) => (value > 0 ? Math.log10(value) : lowest - ZERO_GAP),
    label: (position) => (position === zero ? "0" : compactWords(10 ** position)),
  };
}
