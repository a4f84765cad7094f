/** A field that is wrong, as Fastify has it. */
export interface BodyIssue {
  readonly instancePath: string;
  readonly message: string;
  /** Names of fields that nobody knows. */
  readonly params: { readonly keys?: readonly string[] };
}

/** A body that is not of the form that is expected; without issues one that is no JSON. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly issues: readonly BodyIssue[];

  constructor(issues: readonly BodyIssue[]) {
    super("The body is not of the form that is expected.");
    this.issues = issues;
  }
}
