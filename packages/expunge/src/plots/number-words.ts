/** Numbers as a reader wants them. Always English, whatever the machine's locale: the report must be the same everywhere. */

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 12345 -> "12,345". */
export function countWords(count: number): string {
  return WHOLE.format(count);
}

/** 12345 -> "12.3K"; for axes. */
export function compactWords(count: number): string {
  return COMPACT.format(count);
}

/** Three significant digits; very small and very large ones as a power of ten: 2.5 x 10^-6. */
export function numberWords(value: number, digits = 3): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e5) return String(Number(value.toPrecision(digits)));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  const power = `10${superscript(Number(exponent))}`;
  return Number(mantissa) === 1 ? power : `${Number(mantissa)} × ${power}`;
}

/** A bound, rounded up: what the report claims must never be less than what was certified (save 1e-12, for float64). */
export function boundWords(value: number): string {
  return (Math.ceil(value * 1000 - 1e-9) / 1000).toFixed(3);
}

/** 0.8412 -> "84.1 %". */
export function percentWords(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

/** 3 ms, 1.2 s, 4.5 min, 2.0 h. */
export function durationWords(milliseconds: number): string {
  const space = "\u00a0";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)}${space}ms`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(0)}${space}ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)}${space}s`;
  if (milliseconds < 3_600_000) return `${(milliseconds / 60_000).toFixed(1)}${space}min`;
  return `${(milliseconds / 3_600_000).toFixed(1)}${space}h`;
}

/** A ratio of at least 1 as "176 times"; below 10 with one decimal. */
export function timesWords(ratio: number): string {
  return `${ratio >= 10 ? countWords(ratio) : Number(ratio.toFixed(1))} times`;
}

/** "1 request", "2 requests". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countWords(count)} ${count === 1 ? one : many}`;
}

function superscript(power: number): string {
  const digits = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]!).join("");
  return power < 0 ? `⁻${digits}` : digits;
}
