import { type Dataset, selectRows } from "expunge/data";
import type { SeededRandom } from "../report/seeded-random.js";

export interface Shares {
  /** Of the rows in use those that leave in a month, and those that are corrected. */
  readonly share: number;
  /** Of all rows those that arrive with the opposite label. */
  readonly wrong: number;
}

/** The rows of a life: which are in use, and which of them are still wrong. */
export class Population {
  readonly train: Dataset;
  private readonly asArrived: Dataset;
  private readonly wrong: Set<number>;
  private readonly waiting: number[];
  private readonly random: SeededRandom;
  private readonly share: number;
  /** Number of each row in use, by its number in the data set. */
  private readonly inUse = new Map<number, number>();
  private nextNumber = 0;

  constructor(train: Dataset, { share, wrong }: Shares, random: SeededRandom) {
    this.train = train;
    this.share = share;
    this.random = random;
    const rows = Array.from({ length: train.rowCount }, (_, row) => row);
    this.waiting = this.drawn(rows, rows.length);
    this.wrong = new Set(this.drawn(rows, Math.round(wrong * rows.length)));
    const labels = train.labels.map((label, row) => (this.wrong.has(row) ? -label : label));
    this.asArrived = { ...train, labels };
  }

  /** The next rows that join, as they arrive. */
  join(count: number): Dataset {
    const rows = this.waiting.splice(0, count);
    for (const row of rows) this.inUse.set(row, this.nextNumber++);
    return selectRows(this.asArrived, rows);
  }

  /** Numbers, in the model, of rows that leave. */
  leave(): number[] {
    const rows = this.drawn([...this.inUse.keys()], this.monthlyShare());
    const numbers = rows.map((row) => this.inUse.get(row) as number);
    for (const row of rows) this.inUse.delete(row);
    return numbers;
  }

  /** Numbers of rows that are corrected, and what to; fewer where fewer are wrong. */
  correct(): { readonly rows: number[]; readonly to: Dataset } | null {
    const rows = this.drawn(
      [...this.inUse.keys()].filter((row) => this.wrong.has(row)),
      this.monthlyShare(),
    );
    if (rows.length === 0) return null;
    const numbers = rows.map((row) => this.inUse.get(row) as number);
    for (const row of rows) {
      this.wrong.delete(row);
      this.inUse.set(row, this.nextNumber++);
    }
    return { rows: numbers, to: selectRows(this.train, rows) };
  }

  /** The rows in use as they are known. */
  known(): Dataset {
    const rows = [...this.inUse.keys()];
    const labels = this.train.labels.map((label, row) => (this.wrong.has(row) ? -label : label));
    return selectRows({ ...this.train, labels }, rows);
  }

  private monthlyShare(): number {
    return Math.max(1, Math.round(this.share * this.inUse.size));
  }

  /** Different ones, in random order; all where there are fewer. */
  private drawn(rows: readonly number[], count: number): number[] {
    const left = [...rows];
    const taken = Math.min(count, left.length);
    for (let i = 0; i < taken; i++) {
      const j = this.random.integer(i, left.length - 1);
      [left[i], left[j]] = [left[j] as number, left[i] as number];
    }
    return left.slice(0, taken);
  }
}
