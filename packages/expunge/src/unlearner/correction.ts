import type { Dataset } from "../data/dataset.js";
import type { PlaceOf } from "../data/row-owners.js";
import { ExpungeError, requireKnownKeys, type Words, wordedError } from "../errors.js";
import type { Correction } from "./forget.js";
import type { ModelState } from "./model-state.js";
import { newcomersOf } from "./newcomers.js";
import {
  FORGET_KEYS,
  type ForgetRequest,
  type Lookup,
  type ResolvedRequest,
  resolveRequest,
} from "./request.js";
import type { SubjectIndex } from "./subject-index.js";

/** What is to be corrected, and what to: as many rows as are named, in their order. */
export type CorrectRequest =
  | {
      /** Owner of just one row. */ readonly subject: string;
      readonly rows?: undefined;
      readonly to: Dataset;
    }
  | {
      /** Each once. */ readonly rows: readonly number[];
      readonly subject?: undefined;
      readonly to: Dataset;
    }
  | {
      /** With the owners of what is corrected, each of just one row. */ readonly to: Dataset;
      readonly subject?: undefined;
      readonly rows?: undefined;
    };

const CORRECT_KEYS = { subject: true, rows: true, to: true } as const;

/** A deletion or a correction. @throws ExpungeError as `resolveRequest` and `correctionOf` */
export function resolveAny(
  state: ModelState,
  request: ForgetRequest | CorrectRequest,
): { readonly resolved: ResolvedRequest; readonly correction?: Correction } {
  requireKnownKeys("a request", request, { ...FORGET_KEYS, ...CORRECT_KEYS });
  return "to" in request ? correctionOf(state, request) : { resolved: resolveRequest(state, request) };
}

/** A correction as it is carried out. @throws ExpungeError as `resolveCorrection`; E_DATA, E_ASSUMPTION for rows that do not fit the model */
export function correctionOf(
  state: ModelState,
  request: CorrectRequest,
): { readonly resolved: ResolvedRequest; readonly correction: Correction } {
  const { resolved, rows } = resolveCorrection(state, request);
  const { contents, index, wider } = newcomersOf(state, request.to, state.index.ownersOfRows(rows));
  return { resolved, correction: { rows, contents, index, wider } };
}

/**
 * Finds the rows of a correction. Nothing is changed.
 *
 * @returns the rows in the order of `to`
 * @throws ExpungeError E_OPTION, E_UNKNOWN_SUBJECT, E_DATA where `to` does not fit
 */
export function resolveCorrection(
  state: Lookup,
  request: CorrectRequest,
): { readonly resolved: ResolvedRequest; readonly rows: readonly number[] } {
  requireKnownKeys("a correction", request, CORRECT_KEYS);
  const { subject, rows, to } = request;
  const subjects = subject === undefined ? to.subjects : [subject];
  if ((subject !== undefined && rows !== undefined) || (rows === undefined && subjects === null))
    throw new ExpungeError(
      "E_OPTION",
      "Expected a correction of a `subject` or of `rows`, one of them, or corrected rows with owners.",
    );
  const placeOf = placesOf(request);
  const resolved = resolveRequest(state, rows ? { rows } : { subjects: subjects ?? [] }, placeOf);
  const gone = (i: number): ExpungeError =>
    goneError((words) => placeOf(i, words), { index: i, earlier: resolved.earlier });
  const named = rows ?? soleRows(state, subjects ?? [], { placeOf, gone });
  requireThereOnce(state, named, { placeOf, gone });
  if (to.rowCount !== named.length)
    throw new ExpungeError(
      "E_DATA",
      `Expected ${named.length} corrected rows, one for each row named, found ${to.rowCount}.`,
    );
  requireSameOwners(state.index, named, to);
  return { resolved, rows: named };
}

/** What errors call whom or what a correction names. */
function placesOf({ subject, rows }: CorrectRequest): PlaceOf {
  if (rows !== undefined) return (i, words) => words.field("rows", i);
  if (subject !== undefined) return (_, words) => words.field("subject");
  return (i, words) => `The owner of ${words.field("to", i)}`;
}

/** Most row numbers that an error lists. */
const MOST_LISTED = 20;

/** What errors say of one of those named. */
interface Places {
  readonly placeOf: PlaceOf;
  readonly gone: (index: number) => ExpungeError;
}

/** The row of each of some subjects. @throws ExpungeError naming the place of whoever has more, or none any more */
function soleRows(
  { index, forgotten }: Lookup,
  subjects: readonly string[],
  { placeOf, gone }: Places,
): readonly number[] {
  return subjects.map((subject, i) => {
    const rows = index.rows(index.keyOf(subject), forgotten);
    if (rows.length === 0) throw gone(i);
    if (rows.length === 1) return rows[0] as number;
    const listed = `${rows.slice(0, MOST_LISTED).join(", ")}${rows.length > MOST_LISTED ? ", ..." : ""}`;
    throw wordedError(
      "E_OPTION",
      (words) =>
        `${placeOf(i, words)} owns ${rows.length} rows (${listed}): name the rows to correct by ${words.field("rows")}. Nothing was changed.`,
      { index: i, rows: rows.length },
    );
  });
}

/** @throws ExpungeError naming the first that is gone, or was named before */
function requireThereOnce({ forgotten }: Lookup, rows: readonly number[], { placeOf, gone }: Places): void {
  const seen = new Map<number, number>();
  rows.forEach((row, i) => {
    if (forgotten.certificateOfRow(row) !== undefined) throw gone(i);
    const before = seen.get(row);
    seen.set(row, i);
    if (before === undefined) return;
    throw wordedError(
      "E_OPTION",
      (words) =>
        `${placeOf(i, words)} names a row that was named before: expected each once. Nothing was changed.`,
      { index: i, before },
    );
  });
}

function goneError(place: (words: Words) => string, details: Record<string, unknown>): ExpungeError {
  return wordedError(
    "E_UNKNOWN_SUBJECT",
    (words) =>
      `${place(words)} names what is gone: it was forgotten or corrected before. Nothing was changed.`,
    details,
  );
}

/** A corrected row stays its owner's. */
function requireSameOwners(index: SubjectIndex, rows: readonly number[], { subjects }: Dataset): void {
  if (subjects === null) return;
  const expected = index.ownersOfRows(rows);
  const found = index.keysOf(subjects);
  if (expected.length === found.length && expected.every((byte, i) => found[i] === byte)) return;
  throw new ExpungeError(
    "E_DATA",
    "Expected the owners of the corrected rows to be those of the rows named, or none to be given.",
  );
}
