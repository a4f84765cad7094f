/** Storage that all snapshots of one model's life share. */
interface Register {
  /** Number of the request that removed a row. */
  readonly rows: Map<number, number>;
  readonly subjects: Map<string, number>;
  /** What each request added, in order; request r is at r - 1. */
  readonly requests: {
    readonly certificateId: string;
    readonly rows: readonly number[];
    readonly subjects: readonly string[];
  }[];
}

/** Certificates in order, and the number of the request (from 1) that removed each row and covers each subject key. */
export interface ForgottenEntries {
  readonly certificateIds: readonly string[];
  readonly rows: Iterable<readonly [row: number, request: number]>;
  readonly subjects: Iterable<readonly [key: string, request: number]>;
}

interface NewestRequest {
  readonly newest: { readonly rows: readonly number[]; readonly subjects: readonly string[] };
}

const NOTHING = { rows: [], subjects: [] } as const;

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
    return new Forgotten({ rows: new Map(), subjects: new Map(), requests: [] }, 0);
  }

  /** What `entries` said, and what the newest request added. */
  static from({ certificateIds, rows, subjects, newest }: ForgottenEntries & NewestRequest): Forgotten {
    const requests: Register["requests"] = certificateIds.map((certificateId) => ({
      ...NOTHING,
      certificateId,
    }));
    const last = requests.at(-1);
    if (last) requests[requests.length - 1] = { ...last, ...newest };
    const register: Register = { rows: new Map(rows), subjects: new Map(subjects), requests };
    return new Forgotten(register, requests.length);
  }

  /** Everything that this snapshot sees, by number of request (from 1), for keepers. Looks at every row. */
  entries(): ForgottenEntries {
    const { register, requestCount } = this;
    const seen = <K>(by: Map<K, number>): [K, number][] =>
      [...by].filter(([, request]) => request <= requestCount);
    return {
      certificateIds: register.requests.slice(0, requestCount).map(({ certificateId }) => certificateId),
      rows: seen(register.rows),
      subjects: seen(register.subjects),
    };
  }

  /** The certificate that covers a row; undefined while the row is there. */
  certificateOfRow(row: number): string | undefined {
    return this.certificateOf(this.register.rows.get(row));
  }

  /** The certificate that covers a subject, by key; undefined for one who was not forgotten. */
  certificateOfSubject(key: string): string | undefined {
    return this.certificateOf(this.register.subjects.get(key));
  }

  hasRow(row: number): boolean {
    return this.certificateOfRow(row) !== undefined;
  }

  /** Rows that the newest request removed. */
  newestRows(): readonly number[] {
    return this.register.requests[this.requestCount - 1]?.rows ?? [];
  }

  /** Subjects that the newest request covers. */
  newestSubjects(): readonly string[] {
    return this.register.requests[this.requestCount - 1]?.subjects ?? [];
  }

  /** Rows removed by all requests, looked at one by one. */
  *rows(): Generator<number> {
    for (const [row, request] of this.register.rows) if (request <= this.requestCount) yield row;
  }

  /** The snapshot after one more request. A request that was begun from this snapshot and taken back leaves nothing. */
  with(certificateId: string, rows: readonly number[], subjects: readonly string[]): Forgotten {
    const { register, requestCount } = this;
    for (const abandoned of register.requests.splice(requestCount)) {
      for (const row of abandoned.rows) register.rows.delete(row);
      for (const key of abandoned.subjects) register.subjects.delete(key);
    }
    const request = requestCount + 1;
    register.requests.push({ certificateId, rows, subjects });
    for (const row of rows) register.rows.set(row, request);
    for (const key of subjects) register.subjects.set(key, request);
    return new Forgotten(register, request);
  }

  private certificateOf(request: number | undefined): string | undefined {
    if (request === undefined || request > this.requestCount) return undefined;
    return this.register.requests[request - 1].certificateId;
  }
}
