/**
 * Every error that Expunge throws on purpose: a stable code, a message that shows the value found and the
 * value expected, and details for machines. The rooms know nothing of exit codes or HTTP; the outer rooms map codes.
 * docs/errors.md lists the same codes, and a test keeps the two equal.
 */
export const ERROR_SUMMARIES = {
  E_DOMAIN: "A number lies outside the range in which the formula holds.",
  E_OPTION: "An option is missing, unknown, of the wrong type or contradicts another.",
  E_DATA: "A data file or a row of it is not what was declared.",
  E_SCHEMA: "A schema file is malformed or does not fit the data.",
  E_ASSUMPTION: "An assumption of the theory would be broken, so nothing can be certified.",
  E_INFEASIBLE: "The asked (epsilon, delta) cannot be met within the allowed steps.",
  E_UNKNOWN_SUBJECT: "A request names a subject or a row that the model, or the data set, does not know.",
  E_SUPERSEDED: "The model has gone on to a newer state; its process cannot be continued from here.",
  E_MODEL: "A model directory is missing, damaged or of an unknown version.",
  E_ERASE:
    "A request is in force, but overwriting the old bytes failed; opening the model again finishes it.",
  E_LOCKED: "Another process is working on the model directory.",
  E_KEY: "A signing key is missing, malformed or readable by others.",
  E_CERTIFICATE: "A certificate cannot be read at all.",
  E_LEDGER: "A ledger entry, tile, note or checkpoint is malformed, or the ledger was changed.",
  E_KERNEL: "The compute kernel cannot run here or was given buffers of the wrong size.",
  E_WORKER: "A worker thread could not be started or died; its run is lost, nothing else.",
  E_NOT_FOUND: "There is no such thing here, or it is not yours.",
  E_CONFLICT: "The state of the thing does not allow it.",
  E_QUOTA: "The tenant has no room for it: the operator has set a quota.",
  E_DATABASE:
    "The database, or the place of its rows, cannot be reached or written, or is of another version.",
  E_ABORTED: "The work was stopped by its AbortSignal; nothing was changed.",
} as const;

/** The code of an `ExpungeError`. docs/errors.md lists all of them with their meaning. */
export type ErrorCode = keyof typeof ERROR_SUMMARIES;

/** What somebody who gave something calls its parts. */
export interface Words {
  /** A field, or the place `index`, from 0, of a list. */
  readonly field: (name: string, index?: number) => string;
  /** A field that has a value. */
  readonly setting: (name: string, value: string) => string;
}

/** A message in the words of whoever is to read it. */
export type Wording = (words: Words) => string;

/** What programs call it: `maxNoise`, `rows[3]`, `noise = "on-release"`. */
export const WORDS_OF_PROGRAMS: Words = {
  field: (name, index) => (index === undefined ? name : `${name}[${index}]`),
  setting: (name, value) => `${name} = "${value}"`,
};

/** An error of Expunge. Programs should look at `code`; `message` names what was found and what was expected, for people. */
export class ExpungeError extends Error {
  override readonly name: string = "ExpungeError";
  readonly code: ErrorCode;
  /** What the message says, as data: field, row, found, expected. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.details = Object.freeze({ ...details });
  }
}

const WORDINGS = new WeakMap<Error, Wording>();

/** An error that names fields of what was given: in its message as programs call them, elsewhere in other words (`messageIn`). */
export function wordedError(
  code: ErrorCode,
  wording: Wording,
  details: Record<string, unknown> = {},
): ExpungeError {
  const error = new ExpungeError(code, wording(WORDS_OF_PROGRAMS), details);
  WORDINGS.set(error, wording);
  return error;
}

/** What an error says in other words than a program's, such as those of a command. */
export function messageIn(error: ExpungeError | DomainError, words: Words): string {
  return WORDINGS.get(error)?.(words) ?? error.message;
}

/**
 * E_OPTION that says what was found and what was expected, in the message and in `details`.
 *
 * @param shown `found` as the message says it
 */
export function optionError(
  field: string,
  found: unknown,
  expected: string,
  shown: string = String(found),
): ExpungeError {
  return wordedError("E_OPTION", wordingOf(field, shown, expected), { field, found, expected });
}

function wordingOf(field: string, shown: string, expected: string): Wording {
  return (words) => `Expected ${words.field(field)} = ${shown} ${expected}.`;
}

/**
 * Plain JavaScript and parsed JSON may hold what no type lets through: a mistyped key would be passed over in silence.
 *
 * @param what the object, as the message calls it
 * @throws ExpungeError E_OPTION naming the first unknown key; E_OPTION for what is no object
 */
export function requireKnownKeys(what: string, found: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    const shown = Array.isArray(found) ? "a list" : found === null ? "null" : typeof found;
    throw new ExpungeError("E_OPTION", `Expected ${what} to be an object, found ${shown}.`);
  }
  const key = Object.keys(found).find((name) => !Object.hasOwn(known, name));
  if (key === undefined) return;
  throw new ExpungeError(
    "E_OPTION",
    `Unknown key "${key}" in ${what}. Known: ${Object.keys(known).join(", ")}.`,
    {
      field: key,
      expected: Object.keys(known),
    },
  );
}

/** A number outside its range. A RangeError too, because that is what callers of a pure function look for. */
export class DomainError extends RangeError {
  override readonly name = "DomainError";
  readonly code = "E_DOMAIN" as const;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(field: string, found: unknown, expected: string) {
    const wording = wordingOf(field, String(found), expected);
    super(wording(WORDS_OF_PROGRAMS));
    WORDINGS.set(this, wording);
    this.details = Object.freeze({ field, found, expected });
  }
}

/** Throws E_ABORTED when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ExpungeError("E_ABORTED", "The work was stopped by its AbortSignal; nothing was changed.");
}
