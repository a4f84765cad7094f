/** One thing that is wrong with a certificate. */
export interface Issue {
  readonly code: string;
  /** Dotted path in the statement, or "envelope". */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** What two certificates contradict each other in; the path within the later predicate. */
export type Misfit = Omit<Issue, "code">;
