import { NumberSample } from "./number-sample.js";
import { HEXADECIMAL, oddNumber } from "./parse-number.js";
import { type Cell, parseDecimal } from "./table.js";

/** Texts that usually mean "missing". */
export const USUAL_MARKS: ReadonlySet<string> = new Set([
  "",
  "?",
  "NA",
  "N/A",
  "NaN",
  "nan",
  "null",
  "NULL",
  "None",
  "-",
]);
/** Different values counted one by one; beyond, a column is only known to have more. */
const MAX_COUNTED = 1000;
/** Values looked at to see whether nearly all differ. */
const DISTINCT_SAMPLE = 20_000;
/** 2026-11-23, with a time of day or not; 23.11.2026; 11/23/26. */
const DATE = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\d.*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})([T ]\d.*)?)$/;
/** Whole numbers of at most so many different values may be codes. */
const MAX_CODES = 12;
/** From this share of numbers on a column counts as one of numbers. */
const MOSTLY = 0.8;
/** And from this share of numbers among its different values on, where there are more than codes would have. */
const MOSTLY_DIFFERENT = 0.9;
const NO_NUMBER = "of other text";
/** Rows told of each kind. */
const ODD_ROWS = 5;
/** Names that people give to numbers which count nothing. */
const ID_NAME = /(^|[^a-z])(id|ids|uuid|guid|key|index|nr|no|ssn|phone)$/i;

/** What one pass over a column finds, in bounded memory. */
export class ColumnProfile {
  readonly name: string;
  readonly counts = new Map<string, number>();
  /** More than MAX_COUNTED different values. */
  hasOverflown = false;
  isNumeric = true;
  missing = 0;
  present = 0;
  private areDates = true;
  private isWhole = true;
  private isRising = true;
  private last = Number.NEGATIVE_INFINITY;
  /** Of the numbers there are. */
  readonly numbers = new NumberSample();
  private readonly distinct = new Set<string>();
  private numberCount = 0;
  /** Numbers with something else around them: a currency, a unit. */
  private wrappedCount = 0;
  /** Cells that are no plain numbers, by what they look like. */
  private readonly odd = new Map<string, { count: number; readonly rows: number[] }>();

  constructor(name: string) {
    this.name = name;
  }

  /** @param marks gathers the marks of missing cells that were met @param row 1-based */
  add(cell: Cell, marks: Set<string>, row: number): void {
    const text = cell === null ? "" : String(cell);
    if (cell === null || USUAL_MARKS.has(text)) {
      if (cell !== null) marks.add(text);
      this.missing++;
      return;
    }
    if (this.areDates && !DATE.test(text)) this.areDates = false;
    if (this.present < DISTINCT_SAMPLE) this.distinct.add(text);
    this.addNumber(parseDecimal(text), text, row);
    this.present++;
    const count = this.counts.get(text);
    if (count !== undefined || this.counts.size < MAX_COUNTED) this.counts.set(text, (count ?? 0) + 1);
    else this.hasOverflown = true;
  }

  /** Texts that all are dates: neither numbers nor categories as they stand. */
  get isDate(): boolean {
    return this.present > 0 && this.areDates && !this.isNumeric;
  }

  /** One value in every row: nothing to learn from. */
  get isConstant(): boolean {
    return this.missing === 0 && this.counts.size === 1 && !this.hasOverflown;
  }

  /** Whole numbers of few different values: codes perhaps, or counts. */
  get mayBeCode(): boolean {
    return this.isNumeric && this.isWhole && this.counts.size > 2 && this.counts.size <= MAX_CODES;
  }

  /** Texts of which most occur once, or more of them than any list of categories would hold. */
  get isTextId(): boolean {
    return !this.isNumeric && !this.isDate && !this.isNearlyNumeric && this.isVaried;
  }

  /** Whole numbers that nearly all differ: an identifier perhaps, or amounts. */
  get isNearlyDistinct(): boolean {
    return this.isNumeric && this.isWhole && this.present >= 50 && this.distinctShare >= 0.99;
  }

  /** Such numbers that are in rising order or are called an id. */
  get isNumberId(): boolean {
    return this.isNearlyDistinct && (this.isRising || ID_NAME.test(this.name));
  }

  /**
   * Middle and spread: the median, and half the distance between the 10% and 90% quantiles or what stands for it (`NumberSample`). The spread to two digits, the middle to
   * two digits of the spread: rounded by itself, 1,650,001,234 +- 2,000 would become 1,700,000,000 +- 2,000.
   */
  get spread(): { readonly centre: number; readonly scale: number } {
    const { middle, spread } = this.numbers;
    const rounded = spread > 0 && Number.isFinite(spread) ? Number(spread.toPrecision(2)) : 1;
    return { centre: roundTo(middle, 10 ** (Math.floor(Math.log10(rounded)) - 1)), scale: rounded };
  }

  /** Numbers, but for some cells that are written otherwise or are none: not to be taken for texts. */
  get isNearlyNumeric(): boolean {
    if (this.isNumeric || this.isDate || this.present === 0) return false;
    // A few different texts are categories, whatever numbers they hold: 10 kg and 20 kg.
    if (this.odd.has(NO_NUMBER) || this.wrappedCount > 0) {
      const numbers = this.numberCount + this.wrappedCount;
      const areMost = numbers >= 10 && numbers >= MOSTLY * this.present;
      return areMost && (this.isVaried || this.hasMostlyNumbers);
    }
    // Nothing but hexadecimal codes are codes.
    return this.numberCount > 0 || this.odd.size > 1 || !this.odd.has(HEXADECIMAL);
  }

  /** Cells that are no numbers among many that are. */
  get hasStrayTexts(): boolean {
    return this.odd.has(NO_NUMBER) && this.numberCount >= MOSTLY * this.present;
  }

  /** Whether all cells are numbers, in ways that a `NumberFormat` may read. */
  get areNumbersSomehow(): boolean {
    return this.isNearlyNumeric && !this.odd.has(NO_NUMBER) && this.wrappedCount === 0;
  }

  /** What was seen instead of numbers, and in which rows: "2 percentages (rows 3, 7)". */
  get oddText(): string {
    return [...this.odd]
      .map(([kind, { count, rows }]) => {
        const shown = rows.join(", ");
        return `${count} ${kind} (${rows.length === 1 ? "row" : "rows"} ${shown}${count > rows.length ? ", ..." : ""})`;
      })
      .join("; ");
  }

  /** Too many different values for a list of categories. */
  private get isVaried(): boolean {
    return this.hasOverflown || (this.present >= 20 && this.distinctShare > 0.5);
  }

  /** Different numbers beside few different texts: ages of which one is "abc". */
  private get hasMostlyNumbers(): boolean {
    const { size } = this.counts;
    let numbers = 0;
    for (const text of this.counts.keys()) if (Number.isFinite(parseDecimal(text))) numbers++;
    return numbers > MAX_CODES && numbers >= MOSTLY_DIFFERENT * size;
  }

  private addOdd(text: string, row: number): void {
    const { kind, isWrapped = false } = oddNumber(text) ?? { kind: NO_NUMBER };
    if (isWrapped) this.wrappedCount++;
    const found = this.odd.get(kind) ?? { count: 0, rows: [] };
    found.count++;
    if (found.rows.length < ODD_ROWS) found.rows.push(row);
    this.odd.set(kind, found);
  }

  private get distinctShare(): number {
    return this.distinct.size / Math.max(1, Math.min(this.present, DISTINCT_SAMPLE));
  }

  private addNumber(value: number, text: string, row: number): void {
    if (!Number.isFinite(value)) {
      this.isNumeric = false;
      this.addOdd(text, row);
      return;
    }
    this.numberCount++;
    if (!Number.isInteger(value)) this.isWhole = false;
    if (value <= this.last) this.isRising = false;
    this.last = value;
    this.numbers.add(value);
  }
}

/** The nearest multiple of a step, or the value itself where the step is too small to count in. */
function roundTo(value: number, step: number): number {
  const multiple = Math.round(value / step) * step;
  return Number.isFinite(multiple) ? Number(multiple.toPrecision(15)) : value;
}
