import { parseDecimal } from "./table.js";

/** How the numbers of a column are written, where it is not 1234.5. */
export interface NumberFormat {
  /** Between whole part and fraction; default ".". */
  readonly decimal?: "." | "," | undefined;
  /** Between groups of three digits; default none. */
  readonly thousands?: "," | "." | "'" | " " | "_" | undefined;
  /** Whether every number ends in a % sign, and is a hundredth of what stands before it. */
  readonly percent?: boolean | undefined;
}

/** How the dates of a column become numbers: days, with a fraction where there is a time of day. */
export interface DateFormat {
  /** The day that is 0, as 2020-01-01. */
  readonly origin: string;
  /** Year first (default), day first, or month first. */
  readonly order?: "YMD" | "DMY" | "MDY" | undefined;
}

const SPACES = /[\s\u00a0\u202f\u2009]/g;

/** Reads numbers of a format: NaN for everything else. Groups must be of three digits, so that 1,5 is never read as 15. */
export function numberParser(format: NumberFormat): (text: string) => number {
  const { decimal = ".", thousands, percent = false } = format;
  const point = `\\${decimal}`;
  const group = thousands === " " ? "[\\s\\u00a0\\u202f\\u2009]" : `\\${thousands}`;
  const whole = thousands === undefined ? "\\d+" : `(?:\\d{1,3}(?:${group}\\d{3})+|\\d+)`;
  const shape = new RegExp(`^[+-]?(?:${whole}(?:${point}\\d*)?|${point}\\d+)(?:[eE][+-]?\\d+)?$`);
  return (text) => {
    let rest = text.trim();
    if (percent) {
      if (!rest.endsWith("%")) return Number.NaN;
      rest = rest.slice(0, -1).trimEnd();
    }
    if (!shape.test(rest)) return Number.NaN;
    const plain = thousands === " " ? rest.replace(SPACES, "") : rest.replaceAll(thousands ?? "", "");
    const pointed = decimal === "," ? plain.replace(",", ".") : plain;
    // As a text, 12.3% is the double nearest to 0.123.
    return parseDecimal(percent ? `${pointed}e-2` : pointed);
  };
}

const DAY_MS = 86_400_000;
const TIME = /^[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?Z?$/;

/** Days since the origin: NaN for what is no date of the calendar in this order. Times of day are taken for UTC. */
export function dateParser({ origin, order = "YMD" }: DateFormat): (text: string) => number {
  const start = dayOf(origin, "YMD");
  return (text) => dayOf(text.trim(), order) - start;
}

/** Days since 1970-01-01. */
function dayOf(text: string, order: "YMD" | "DMY" | "MDY"): number {
  const shape =
    order === "YMD" ? /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})/ : /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})/;
  const found = shape.exec(text);
  if (found === null) return Number.NaN;
  const [a, b, c] = [Number(found[1]), Number(found[3]), Number(found[4])];
  const [year, month, day] = order === "YMD" ? [a, b, c] : order === "DMY" ? [c, b, a] : [c, a, b];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  return (date.getTime() + millisecondsOf(text.slice(found[0].length))) / DAY_MS;
}

function millisecondsOf(rest: string): number {
  if (rest === "") return 0;
  const found = TIME.exec(rest);
  if (found === null) return Number.NaN;
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  return hours > 23 || minutes > 59 || seconds >= 60
    ? Number.NaN
    : (hours * 3600 + minutes * 60 + seconds) * 1000;
}

/** Reads the cells of a numeric column as a schema declares it: plain numbers where it declares nothing. */
export function cellParser({
  number,
  date,
}: {
  readonly number?: NumberFormat | undefined;
  readonly date?: DateFormat | undefined;
}): (text: string) => number {
  if (date) return dateParser(date);
  return number ? numberParser(number) : parseDecimal;
}

/** What a text is that looks like a number and is read as none. */
export interface OddNumber {
  readonly kind: string;
  readonly shape: RegExp;
  /** A number with something else around it, which no `NumberFormat` reads; texts may look like that too. */
  readonly isWrapped?: boolean;
}

/** null where a text does not even look like a number. */
export function oddNumber(text: string): OddNumber | null {
  return ODD.find(({ shape }) => shape.test(text.trim())) ?? null;
}

/** Written as programs write numbers, not tables. */
export const HEXADECIMAL = "hexadecimal, octal or binary";

const ODD: readonly OddNumber[] = [
  { kind: "infinite", shape: /^[+-]?inf(inity)?$/i },
  { kind: "too large for a double", shape: /^[+-]?(\d+\.?\d*|\.\d+)([eE]\+?\d+)?$/ },
  { kind: "percentages", shape: /^[+-]?[\d.,]+\s*%$/ },
  { kind: HEXADECIMAL, shape: /^[+-]?0[xXbBoO][\da-fA-F_]+$/ },
  { kind: "with underscores", shape: /^[+-]?\d+(_\d+)+(\.\d*)?$/ },
  { kind: "with commas (thousands or decimals)", shape: /^[+-]?(\d+(,\d+)+(\.\d*)?|,\d+)$/ },
  { kind: "with points between thousands", shape: /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/ },
  { kind: "in other digits", shape: /^[+-]?[\p{Nd}.,]*(?!\d)\p{Nd}[\p{Nd}.,]*$/u },
  {
    kind: "with spaces or quotes between thousands",
    shape: /^[+-]?\d{1,3}([\s\u00a0\u202f\u2009']\d{3})+([.,]\d*)?$/,
  },
  { kind: "with another minus sign", shape: /^[\u2010-\u2015\u2212]\s*\d[\d.,]*$/, isWrapped: true },
  { kind: "in parentheses", shape: /^\([\d.,]*\d[\d.,]*\)$/, isWrapped: true },
  {
    kind: "with a currency",
    shape: /^[+-]?(\p{Sc}\s*[+-]?\d[\d.,]*|\d[\d.,]*\s*(\p{Sc}|EUR|USD|GBP|CHF|JPY))$/u,
    isWrapped: true,
  },
  { kind: "with a unit", shape: /^[+-]?\d[\d.,]*\s*[\p{L}\u00b0]{1,4}$/u, isWrapped: true },
];

/** Formats that a draft tries, in this order. */
export const TRIED_FORMATS: readonly NumberFormat[] = [
  { thousands: "," },
  { decimal: "," },
  { decimal: ",", thousands: "." },
  { thousands: "'" },
  { thousands: " " },
  { decimal: ",", thousands: " " },
  { thousands: "_" },
  { percent: true },
  { decimal: ",", percent: true },
];
