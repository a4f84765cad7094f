/** One thing that is wrong with a certificate. */
export interface Issue {
  readonly code: string;
  /** Dotted path in the statement, or "envelope". */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}
