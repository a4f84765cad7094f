/** A number further from its column's centre than so many scales is told. */
const FAR_SCALES = 10;
/** Rows told of each kind. */
const SHOWN_ROWS = 5;

/** What a schema lets pass and hardly knows: a category that it does not list, none at all, a number far from all others. */
export type OddKind = "unknown" | "missing" | "far";

/** Odd cells of one column and one kind. */
export interface OddCellNote {
  readonly column: string;
  /** A category that the schema does not list and ignores, none at all, or a number more than ten scales from its column's centre. */
  readonly kind: OddKind;
  /** Rows that have one. */
  readonly count: number;
  /** The first of them, five at most, counted from 1. */
  readonly rows: readonly number[];
  /** All of it in a sentence, which names no value, and nobody. */
  readonly text: string;
}

/** Told of each odd cell as it is written. */
export type TellOdd = (kind: OddKind) => void;

interface OddColumn {
  readonly column: string;
  readonly found: Map<OddKind, { count: number; readonly rows: number[] }>;
}

/**
 * Cells of a table that a schema lets pass without a feature of their own, counted as rows are read (`TableOptions.oddCells`): categories that
 * it does not list and ignores, and numbers beyond ten scales. Memory is the same for any number of rows.
 */
export class OddCells {
  private columns: OddColumn[] = [];
  private rows = 0;
  private row = 0;

  /** @internal Forgets what was counted: a table is read from its beginning. */
  restart(): void {
    this.columns = [];
    this.rows = 0;
  }

  /** @internal @param row 1-based: the row whose cells are written from here on */
  beginRow(row: number): void {
    this.rows++;
    this.row = row;
  }

  /** @internal Counts the odd cells of a column. */
  of(column: string): TellOdd {
    const found: OddColumn["found"] = new Map();
    this.columns.push({ column, found });
    return (kind) => {
      const seen = found.get(kind) ?? { count: 0, rows: [] };
      seen.count++;
      if (seen.rows.length < SHOWN_ROWS) seen.rows.push(this.row);
      found.set(kind, seen);
    };
  }

  /** A line for each column and kind, with the first rows. They name no value, and nobody. */
  notes(): readonly string[] {
    return this.found().map(({ text }) => text);
  }

  /** The same by its parts. */
  found(): readonly OddCellNote[] {
    return this.columns.flatMap(({ column, found }) =>
      Array.from(found, ([kind, { count, rows }]) => {
        const shown = `${rows.length === 1 ? "row" : "rows"} ${rows.join(", ")}${count > rows.length ? ", ..." : ""}`;
        const text = `${count} of ${this.rows} rows ${count === 1 ? "has" : "have"} ${WORDS[kind](column)} (${shown}).`;
        return { column, kind, count, rows: [...rows], text };
      }),
    );
  }
}

const WORDS: Readonly<Record<OddKind, (column: string) => string>> = {
  unknown: (column) => `a category of "${column}" that the schema does not list, and counts as none`,
  missing: (column) => `no category of "${column}"`,
  far: (column) => `a value of "${column}" more than ${FAR_SCALES} scales from its centre`,
};

/** Whether a feature of a number lies far from all that the schema expects. */
export function isFar(feature: number): boolean {
  return feature > FAR_SCALES || feature < -FAR_SCALES;
}
