import { KeyTable } from "./key-table.js";

/** Certificates in order, and the number of the request (from 1) that removed each row and covers each subject key. */
export interface ForgottenEntries {
  readonly certificateIds: readonly string[];
  readonly rows: Iterable<readonly [row: number, request: number]>;
  readonly subjects: Iterable<readonly [key: Uint8Array, request: number]>;
}

/** What was forgotten before a model was opened, as its keeper read it. */
export interface ForgottenBefore {
  readonly requestCount: number;
  certificateOfRequest(request: number): string;
  /** Number of the request that removed a row; 0 while it is there. */
  requestOfRow(row: number): number;
  /** Number of the request that covers a subject, by key; 0 for one who was not forgotten. */
  requestOfSubject(key: Uint8Array): number;
  entries(): ForgottenEntries;
}

/** Storage that all snapshots of one model's life share. */
interface Register {
  readonly before: ForgottenBefore;
  /** Number of the request that removed a row since, by row, as far as rows were removed; 0 for those that were not. */
  byRow: Uint32Array;
  readonly subjects: KeyTable;
  /** What each request added since, in order. */
  readonly requests: {
    readonly certificateId: string;
    readonly rows: readonly number[];
    /** Where its subjects stand in the table. */
    readonly from: number;
    readonly to: number;
  }[];
}

const NOTHING_BEFORE: ForgottenBefore = {
  requestCount: 0,
  certificateOfRequest: () => "",
  requestOfRow: () => 0,
  requestOfSubject: () => 0,
  entries: () => ({ certificateIds: [], rows: [], subjects: [] }),
};

/**
 * Which certificate covers what is already gone, by row and by subject key. A value, although all snapshots of a model share their storage: a
 * snapshot sees the requests up to its own, so that one more request costs no more than the rows it removes.
 */
export class Forgotten {
  private readonly register: Register;
  /** Requests that this snapshot sees. */
  readonly requestCount: number;

  private constructor(register: Register, requestCount: number) {
    this.register = register;
    this.requestCount = requestCount;
  }

  static none(): Forgotten {
    return Forgotten.after(NOTHING_BEFORE);
  }

  static after(before: ForgottenBefore): Forgotten {
    const register = { before, byRow: new Uint32Array(0), subjects: new KeyTable(), requests: [] };
    return new Forgotten(register, before.requestCount);
  }

  /** Everything that this snapshot sees, for keepers. Looks at every row. */
  entries(): ForgottenEntries {
    const { certificateIds } = this.register.before.entries();
    return {
      certificateIds: [...certificateIds, ...this.since().map(({ certificateId }) => certificateId)],
      rows: { [Symbol.iterator]: () => this.rowEntries() },
      subjects: { [Symbol.iterator]: () => this.subjectEntries() },
    };
  }

  /** The certificate that covers a row; undefined while the row is there. */
  certificateOfRow(row: number): string | undefined {
    return this.certificateOf(this.requestOfRow(row));
  }

  /** The certificate that covers a subject, by key; undefined for one who was not forgotten. */
  certificateOfSubject(key: Uint8Array): string | undefined {
    const { before, subjects } = this.register;
    return this.certificateOf(subjects.numberOf(key) ?? before.requestOfSubject(key));
  }

  /** Whether this snapshot sees the row as forgotten. */
  hasRow(row: number): boolean {
    const request = this.requestOfRow(row);
    return request > 0 && request <= this.requestCount;
  }

  /** Rows that the newest request removed; none where a model was opened after it. */
  newestRows(): readonly number[] {
    return this.newest()?.rows ?? [];
  }

  /** Keys of the subjects that the newest request covers, one behind the other; none where a model was opened after it. */
  newestSubjects(): Uint8Array {
    const { from, to } = this.newest() ?? { from: 0, to: 0 };
    return this.register.subjects.slice(from, to);
  }

  /** Rows removed by all requests, looked at one by one. */
  *rows(): Generator<number> {
    for (const [row] of this.rowEntries()) yield row;
  }

  /**
   * The snapshot after one more request. A request that was begun from this snapshot and taken back leaves nothing.
   *
   * @param subjects keys, one behind the other
   */
  with(certificateId: string, rows: readonly number[], subjects: Uint8Array): Forgotten {
    const { register, requestCount } = this;
    const abandoned = register.requests.splice(requestCount - register.before.requestCount);
    const [oldest] = abandoned;
    for (const { rows } of abandoned) for (const row of rows) register.byRow[row] = 0;
    if (oldest !== undefined) register.subjects.truncate(oldest.from);
    const request = requestCount + 1;
    const from = register.subjects.length;
    register.subjects.add(subjects, request);
    register.requests.push({ certificateId, rows, from, to: register.subjects.length });
    for (const row of rows) {
      if (row >= register.byRow.length) register.byRow = widened(register.byRow, row + 1);
      register.byRow[row] = request;
    }
    return new Forgotten(register, request);
  }

  /** Number of the request that removed a row, be it one that this snapshot sees or a later one; 0 while it is there. */
  private requestOfRow(row: number): number {
    const { before, byRow } = this.register;
    return byRow[row] || before.requestOfRow(row);
  }

  /** Requests that this snapshot sees, of those since. */
  private since(): Register["requests"] {
    const { before, requests } = this.register;
    return requests.slice(0, this.requestCount - before.requestCount);
  }

  private *rowEntries(): Generator<readonly [row: number, request: number]> {
    const { before } = this.register;
    yield* before.entries().rows;
    for (const [i, { rows }] of this.since().entries())
      for (const row of rows) yield [row, before.requestCount + i + 1];
  }

  private *subjectEntries(): Generator<readonly [key: Uint8Array, request: number]> {
    const { before, subjects } = this.register;
    yield* before.entries().subjects;
    const end = this.since().at(-1)?.to ?? 0;
    for (let i = 0; i < end; i++) yield [subjects.slice(i, i + 1), subjects.numberAt(i)];
  }

  private newest(): Register["requests"][number] | undefined {
    const { before, requests } = this.register;
    return requests[this.requestCount - before.requestCount - 1];
  }

  private certificateOf(request: number): string | undefined {
    if (request === 0 || request > this.requestCount) return undefined;
    const { before, requests } = this.register;
    return request <= before.requestCount
      ? before.certificateOfRequest(request)
      : requests[request - before.requestCount - 1]!.certificateId;
  }
}

function widened(numbers: Uint32Array, least: number): Uint32Array {
  const wider = new Uint32Array(Math.max(least, 2 * numbers.length));
  wider.set(numbers);
  return wider;
}
