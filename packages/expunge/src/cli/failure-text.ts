import { DomainError, ExpungeError } from "../errors.js";

/**
 * What may be printed of a failure: messages of our own, which hold no row and no id of a subject; of all others, a database's among them, which
 * quote what was to be stored, the kind and code only.
 */
export function failureText(error: Error): string {
  if (error instanceof ExpungeError || error instanceof DomainError) return `${error.code} ${error.message}`;
  const codes: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    codes.push(typeof code === "string" ? `${at.name} ${code}` : at.name);
  }
  return codes.join(", caused by ");
}
