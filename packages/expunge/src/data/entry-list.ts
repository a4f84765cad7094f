import type { SparseRows } from "../records/sparse-rows.js";
import type { Place } from "./data-error.js";
import type { RowScaling } from "./dataset.js";
import { scaleRowInto } from "./scale-rows.js";

/** Numbers of one row that are not 0, ascending in their columns; used again for the next row. */
export class EntryList {
  private columnNumbers = new Uint32Array(256);
  private numbers = new Float64Array(256);
  private count = 0;

  get columns(): Uint32Array {
    return this.columnNumbers.subarray(0, this.count);
  }

  get values(): Float64Array {
    return this.numbers.subarray(0, this.count);
  }

  clear(): void {
    this.count = 0;
  }

  /** @param column above those before it */
  add(column: number, value: number): void {
    if (this.count === this.numbers.length) {
      this.columnNumbers = grown(this.columnNumbers);
      this.numbers = grown(this.numbers);
    }
    this.columnNumbers[this.count] = column;
    this.numbers[this.count++] = value;
  }

  multiply(factor: number): void {
    for (let i = 0; i < this.count; i++) this.numbers[i]! *= factor;
  }
}

/** Gathers rows one at a time. */
export class SparseGatherer {
  private columns = new Uint32Array(1024);
  private values = new Float32Array(1024);
  private starts: number[] = [0];

  get rowCount(): number {
    return this.starts.length - 1;
  }

  get entryCount(): number {
    return this.starts.at(-1)!;
  }

  /** Lets the rows go. */
  clear(): void {
    this.starts = [0];
  }

  /**
   * Adds a row, scaled as `scaleRowInto` scales all its numbers, to the same bits.
   *
   * @param entries finite numbers; the intercept is added to them
   * @param rawCount columns before the intercept's
   * @throws ExpungeError E_DATA for a row of zeros under "l2"
   */
  addScaled(entries: EntryList, { kind, intercept }: RowScaling, rawCount: number, place: () => Place): void {
    if (intercept !== 0) entries.add(rawCount, intercept);
    const scaled = new Float32Array(entries.values.length);
    scaleRowInto(entries.values, kind, scaled, place);
    this.add(entries.columns, scaled);
  }

  /** Adds a row. Numbers that are 0 are left out. @param columns ascending */
  add(columns: ArrayLike<number>, values: ArrayLike<number>): void {
    let end = this.starts.at(-1)!;
    while (end + columns.length > this.columns.length) {
      this.columns = grown(this.columns);
      this.values = grown(this.values);
    }
    for (let i = 0; i < columns.length; i++) {
      if (values[i] === 0) continue;
      this.columns[end] = columns[i]!;
      this.values[end++] = values[i]!;
    }
    this.starts.push(end);
  }

  finish(): SparseRows {
    const end = this.starts.at(-1)!;
    return Object.freeze({
      starts: Uint32Array.from(this.starts),
      columns: this.columns.slice(0, end),
      values: this.values.slice(0, end),
    });
  }
}

function grown<T extends Uint32Array | Float32Array | Float64Array>(array: T): T {
  const longer = new (array.constructor as new (length: number) => T)(2 * array.length);
  longer.set(array);
  return longer;
}
