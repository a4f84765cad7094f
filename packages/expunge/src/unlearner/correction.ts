import type { Dataset } from "../data/dataset.js";
import { ExpungeError, requireKnownKeys } from "../errors.js";
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
  const resolved = resolveRequest(state, rows === undefined ? { subjects: subjects ?? [] } : { rows });
  if (resolved.rows.length === 0)
    throw new ExpungeError(
      "E_UNKNOWN_SUBJECT",
      "What is to be corrected is gone: it was forgotten or corrected before. Nothing was changed.",
      { earlier: resolved.earlier },
    );
  const named = rows ?? soleRows(state, subjects ?? []);
  if (resolved.rows.length !== named.length)
    throw new ExpungeError(
      "E_OPTION",
      "Expected rows that are there, each once: some were named twice, or are gone. Nothing was changed.",
    );
  if (to.rowCount !== named.length)
    throw new ExpungeError(
      "E_DATA",
      `Expected ${named.length} corrected rows, one for each row named, found ${to.rowCount}.`,
    );
  requireSameOwners(state.index, named, to);
  return { resolved, rows: named };
}

/** The row of each of some subjects. @throws ExpungeError E_OPTION naming the position of whoever has more */
function soleRows({ index, forgotten }: Lookup, subjects: readonly string[]): readonly number[] {
  return subjects.flatMap((subject, i) => {
    const rows = index.rows(index.keyOf(subject), forgotten);
    if (rows.length <= 1) return rows;
    throw new ExpungeError(
      "E_OPTION",
      `subjects[${i}] owns ${rows.length} rows: name the rows to correct. Nothing was changed.`,
      { index: i, rows: rows.length },
    );
  });
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
