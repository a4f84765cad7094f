/** Numbers as a reader wants them. Always English, as the pages are. */

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 12345 -> "12,345". */
export function countWords(count: number): string {
  return WHOLE.format(count);
}

/** Three significant digits; very small and very large ones as a power of ten: 2.5 × 10⁻⁶. @param isPadded whether zeros at the end stay */
export function numberWords(value: number, digits = 3, isPadded = false): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : "no limit";
  const magnitude = Math.abs(value);
  if (magnitude >= 1000 && magnitude < 1e7) return WHOLE.format(Number(value.toPrecision(digits)));
  const cut = (text: string): string => (isPadded ? text : String(Number(text)));
  if (magnitude >= 1e-3 && magnitude < 1000) return cut(value.toPrecision(digits));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  const power = `10${superscript(Number(exponent))}`;
  return Number(mantissa) === 1 && !isPadded ? power : `${cut(mantissa)} × ${power}`;
}

/** A bound, rounded up to three digits: what is shown must never promise more than what was certified. */
export function boundWords(value: number): string {
  return roundedWords(value, 1);
}

/** What was shown at least, rounded down to three digits: it must never accuse of more. */
export function atLeastWords(value: number): string {
  return roundedWords(value, -1);
}

function roundedWords(value: number, direction: 1 | -1): string {
  if (!(value > 0) || !Number.isFinite(value)) return numberWords(value);
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const cut = mantissa.slice(0, 4);
  if (direction < 0 || Number(cut) === Number(mantissa)) return numberWords(Number(`${cut}e${exponent}`));
  // One unit of the third digit more.
  return numberWords(Number(`${(Number(cut) + 0.01).toFixed(2)}e${exponent}`));
}

/**
 * Numbers that stand below one another. Of like size, all have as many decimals as the smallest needs for three digits, so that points and
 * digits align; else each has three digits, and none drops its last zeros. "–" where there is none.
 */
export function columnWords(values: readonly (number | null)[]): readonly string[] {
  const format = columnFormat(values.filter((value) => value !== null));
  return values.map((value) => {
    if (value === null) return "–";
    return value === 0 || !Number.isFinite(value) ? numberWords(value) : format(value);
  });
}

function columnFormat(values: readonly number[]): (value: number) => string {
  const sizes = values.map(Math.abs).filter((size) => size > 0 && Number.isFinite(size));
  const [least, most] = [Number(Math.min(...sizes).toPrecision(3)), Math.max(...sizes)];
  const decimals = 2 - Math.floor(Math.log10(least));
  if (!(most < LIKE_SIZE * least && decimals >= 0 && decimals <= MAX_DECIMALS))
    return (value) => numberWords(value, 3, true);
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat("en-US", digits).format;
}

/** Beyond this, digits that align would be digits that mean nothing. */
const LIKE_SIZE = 50;
const MAX_DECIMALS = 5;

/**
 * The epsilon from which on a bound says nothing that anybody could use: at 5 wrong accusations in a hundred it allows more than 99.9 rightful
 * ones.
 */
const USELESS_EPSILON = 7;

/** Whether a bound on epsilon still bounds anything that matters. */
export const isUsefulBound = (epsilon: number): boolean => epsilon < USELESS_EPSILON;

/** What bounds everything released, as a short answer: a bound of no use is called that. null: nothing bounds it. */
export function disclosureWords(epsilon: number | null | undefined): string {
  if (epsilon === null || epsilon === undefined || !Number.isFinite(epsilon)) return "no bound";
  return isUsefulBound(epsilon) ? `ε = ${boundWords(epsilon)}` : "no useful bound";
}

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
