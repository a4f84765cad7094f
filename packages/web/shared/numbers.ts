/** Numbers as a reader wants them. Always English, as the pages are. */

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 12345 -> "12,345". */
export function countWords(count: number): string {
  return WHOLE.format(count);
}

/** Three significant digits; very small and very large ones as a power of ten: 2.5 × 10⁻⁶. */
export function numberWords(value: number, digits = 3): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : "no limit";
  const magnitude = Math.abs(value);
  if (magnitude >= 1000 && magnitude < 1e7) return WHOLE.format(Number(value.toPrecision(digits)));
  if (magnitude >= 1e-3 && magnitude < 1000) return String(Number(value.toPrecision(digits)));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  const power = `10${superscript(Number(exponent))}`;
  return Number(mantissa) === 1 ? power : `${Number(mantissa)} × ${power}`;
}

/** A bound, rounded up to three digits: what is shown must never promise more than what was certified. */
export function boundWords(value: number): string {
  if (!(value > 0) || !Number.isFinite(value)) return numberWords(value);
  const near = Number(value.toPrecision(3));
  if (near >= value) return numberWords(near);
  // One unit of the third digit more.
  const [mantissa, exponent] = near.toExponential(2).split("e") as [string, string];
  return numberWords(Number(`${(Number(mantissa) + 0.01).toFixed(2)}e${exponent}`));
}

/**
 * The epsilon from which on a bound says nothing that anybody could use: at 5 wrong accusations in a hundred it allows more than 99.9 rightful
 * ones.
 */
const USELESS_EPSILON = 7;

/** Whether a bound on epsilon still bounds anything that matters. */
export const isUsefulBound = (epsilon: number): boolean => epsilon < USELESS_EPSILON;

/** 0.8412 -> "84.1%". */
export function percentWords(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** A number as people type it, also with a decimal comma: "0,5" is 0.5. NaN for anything else. */
export function typedNumber(text: string): number {
  const typed = text.trim();
  if (typed === "") return Number.NaN;
  return Number(/^[+-]?\d+,\d+$/.test(typed) ? typed.replace(",", ".") : typed);
}

/** "1 step", "2 steps". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countWords(count)} ${count === 1 ? one : many}`;
}

/** 3 ms, 1.2 s. */
export function durationWords(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)}\u00a0ms`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(0)}\u00a0ms`;
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}

function superscript(power: number): string {
  const digits = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return power < 0 ? `⁻${digits}` : digits;
}
