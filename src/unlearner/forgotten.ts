/** Certificates in order, and the number of the request (from 1) that removed each row and covers each subject key. */
export interface ForgottenEntries {
  readonly certificateIds: readonly string[];
  readonly rows: Iterable<readonly [row: number, request: number]>;
  readonly subjects: Iterable<readonly [key: string, request: number]>;
}

/** What was forgotten before a model was opened, as its keeper read it. */
export interface ForgottenBefore {
  readonly requestCount: number;
  certificateOfRequest(request: number): string;
  /** Number of the request that removed a row; 0 while it is there. */
  requestOfRow(row: number): number;
  /** Number of the request that covers a subject, by key; 0 for one who was not forgotten. */
  requestOfSubject(key: string): number;
  entries(): ForgottenEntries;
}

/** Storage that all snapshots of one model's life share. */
interface Register {
  readonly before: ForgottenBefore;
  /** Number of the request that removed a row since. */
  readonly rows: Map<number, number>;
  readonly subjects: Map<string, number>;
  /** What each request added since, in order. */
  readonly requests: {
    readonly certificateId: string;
    readonly rows: readonly number[];
    readonly subjects: readonly string[];
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
    return new Forgotten({ before, rows: new Map(), subjects: new Map(), requests: [] }, before.requestCount);
  }

  /** Everything that this snapshot sees, for keepers. Looks at every row. */
  entries(): ForgottenEntries {
    const { register, requestCount } = this;
    const { certificateIds, rows, subjects } = register.before.entries();
    const since = register.requests.slice(0, requestCount - register.before.requestCount);
    const seen = <K>(by: Map<K, number>): [K, number][] =>
      [...by].filter(([, request]) => request <= requestCount);
    return {
      certificateIds: [...certificateIds, ...since.map(({ certificateId }) => certificateId)],
      rows: [...rows, ...seen(register.rows)],
      subjects: [...subjects, ...seen(register.subjects)],
    };
  }

  /** The certificate that covers a row; undefined while the row is there. */
  certificateOfRow(row: number): string | undefined {
    const { before, rows } = this.register;
    return this.certificateOf(rows.get(row) ?? before.requestOfRow(row));
  }

  /** The certificate that covers a subject, by key; undefined for one who was not forgotten. */
  certificateOfSubject(key: string): string | undefined {
    const { before, subjects } = this.register;
    return this.certificateOf(subjects.get(key) ?? before.requestOfSubject(key));
  }

  hasRow(row: number): boolean {
    const { before, rows } = this.register;
    const request = rows.get(row) ?? before.requestOfRow(row);
    return request > 0 && request <= this.requestCount;
  }

  /** Rows that the newest request removed; none where a model was opened after it. */
  newestRows(): readonly number[] {
    return this.newest()?.rows ?? [];
  }

  /** Subjects that the newest request covers; none where a model was opened after it. */
  newestSubjects(): readonly string[] {
    return this.newest()?.subjects ?? [];
  }

  /** Rows removed by all requests, looked at one by one. */
  *rows(): Generator<number> {
    const { before, rows } = this.register;
    for (const [row] of before.entries().rows) yield row;
    for (const [row, request] of rows) if (request <= this.requestCount) yield row;
  }

  /** The snapshot after one more request. A request that was begun from this snapshot and taken back leaves nothing. */
  with(certificateId: string, rows: readonly number[], subjects: readonly string[]): Forgotten {
    const { register, requestCount } = this;
    for (const abandoned of register.requests.splice(requestCount - register.before.requestCount)) {
      for (const row of abandoned.rows) register.rows.delete(row);
      for (const key of abandoned.subjects) register.subjects.delete(key);
    }
    const request = requestCount + 1;
    register.requests.push({ certificateId, rows, subjects });
    for (const row of rows) register.rows.set(row, request);
    for (const key of subjects) register.subjects.set(key, request);
    return new Forgotten(register, request);
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
      : requests[request - before.requestCount - 1].certificateId;
  }
}
