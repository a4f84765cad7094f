import { type PlaceOf, requireTexts } from "../data/row-owners.js";
import { ExpungeError, requireKnownKeys, wordedError } from "../errors.js";
import { KEY_BYTES } from "./key-table.js";
import type { ModelState } from "./model-state.js";
import { keyAt } from "./subject-index.js";

/** What a request is looked up in. */
export type Lookup = Pick<ModelState, "index" | "forgotten"> & {
  readonly description: Pick<ModelState["description"], "rowCount">;
};

/** Whom or what to forget: subjects by id, or rows by their 0-based number in the training data. */
export type ForgetRequest =
  | {
      readonly subjects: readonly string[];
      readonly rows?: undefined;
      /** "skip" serves those who are known and reports the others' positions; default "refuse": nobody is served. */
      readonly unknown?: "refuse" | "skip";
    }
  | { readonly rows: readonly number[]; readonly subjects?: undefined };

/** What a request may hold. */
export const FORGET_KEYS = { subjects: true, rows: true, unknown: true } as const;

/** Subjects of a request who still own rows, each once, in its order: ids for salted digests, and keys one behind the other. */
export interface NamedSubjects {
  readonly ids: readonly string[];
  readonly keys: Uint8Array;
}

export interface ResolvedRequest {
  /** Rows to remove, ascending; empty where all were forgotten before. */
  readonly rows: readonly number[];
  /** null where the request names rows. */
  readonly subjects: NamedSubjects | null;
  /** Ids of earlier certificates that cover what is already gone. */
  readonly earlier: readonly string[];
  /** Positions, in the request, of ids that own nothing here and never did. */
  readonly unknown: readonly number[];
}

const placeInRequest: PlaceOf = (i, words) => words.field("subjects", i);

/**
 * Finds the rows of a request. Nothing is changed.
 *
 * @param placeOf where what is refused stands, for requests that are made of something else
 * @throws ExpungeError E_OPTION for a request that names nobody or has an unknown key or an id that is no text, E_UNKNOWN_SUBJECT naming the position (never the id)
 */
export function resolveRequest(
  state: Lookup,
  request: ForgetRequest,
  placeOf: PlaceOf = placeInRequest,
): ResolvedRequest {
  requireKnownKeys("a request", request, FORGET_KEYS);
  const names = request.subjects ?? request.rows;
  if (!Array.isArray(names) || names.length === 0) {
    throw new ExpungeError(
      "E_OPTION",
      "Expected a request with `subjects` (ids) or `rows` (numbers), at least one.",
    );
  }
  if (request.subjects !== undefined && request.rows !== undefined) {
    throw new ExpungeError("E_OPTION", "Expected a request with `subjects` or `rows`, not both.");
  }
  return request.subjects
    ? resolveSubjects(state, request.subjects, request.unknown ?? "refuse", placeOf)
    : resolveRows(state, request.rows);
}

function resolveSubjects(
  state: Lookup,
  ids: readonly string[],
  onUnknown: "refuse" | "skip",
  placeOf: PlaceOf,
): ResolvedRequest {
  if (onUnknown !== "refuse" && onUnknown !== "skip")
    throw new ExpungeError("E_OPTION", `Expected unknown = ${String(onUnknown)} to be "refuse" or "skip".`);
  if (!state.index.hasOwners) {
    throw new ExpungeError(
      "E_UNKNOWN_SUBJECT",
      "This model was trained on rows without owners; name rows instead of subjects.",
    );
  }
  requireTexts(ids, placeOf);
  const keys = state.index.keysOf(ids);
  const rows: number[] = [];
  const named: string[] = [];
  // Whoever was named before is known by the first of their rows.
  const isNamed = new Uint8Array(state.description.rowCount);
  const earlier = new Set<string>();
  const unknown: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const key = keyAt(keys, i);
    const owned = state.index.rows(key, state.forgotten);
    const [first] = owned;
    if (first !== undefined) {
      if (isNamed[first] === 1) continue;
      isNamed[first] = 1;
      keyAt(keys, named.length).set(key);
      named.push(ids[i]!);
      for (const row of owned) rows.push(row);
      continue;
    }
    const certificate = state.forgotten.certificateOfSubject(key);
    if (certificate === undefined) unknown.push(i);
    else earlier.add(certificate);
  }
  if (unknown.length > 0 && onUnknown === "refuse") throw strangers(unknown, ids.length, placeOf);
  return {
    rows: ascending(rows),
    subjects: { ids: named, keys: keys.subarray(0, named.length * KEY_BYTES) },
    earlier: [...earlier],
    unknown,
  };
}

/** As numbers a million sort ten times as fast. */
function ascending(rows: readonly number[]): number[] {
  return Array.from(Float64Array.from(rows).sort());
}

/** Names positions, never ids. */
function strangers(unknown: readonly number[], asked: number, placeOf: PlaceOf): ExpungeError {
  const first = unknown[0] as number;
  // What is made of something else, as a correction, cannot pass anybody over.
  const canSkip = placeOf === placeInRequest && unknown.length < asked;
  const others = unknown.length === 1 ? "" : ` (and ${unknown.length - 1} more of the ${asked} named)`;
  return wordedError(
    "E_UNKNOWN_SUBJECT",
    (words) => {
      const advice = canSkip ? ` To serve the others: ${words.setting("unknown", "skip")}.` : "";
      return `${placeOf(first, words)}${others} owns no row of this model and was not forgotten by it; nothing was changed. Ids must be spelt as in the training data.${advice}`;
    },
    { index: first, indices: unknown.slice(0, 1000), count: unknown.length },
  );
}

function resolveRows(state: Lookup, named: readonly number[]): ResolvedRequest {
  const rows = new Set<number>();
  const earlier = new Set<string>();
  const { rowCount } = state.description;
  named.forEach((row, i) => {
    if (!(Number.isInteger(row) && row >= 0 && row < rowCount)) {
      const isNumber = typeof row === "number";
      // What is no number may be somebody's id.
      const shown = isNumber ? ` = ${row}` : `, a ${typeof row},`;
      throw wordedError(
        "E_UNKNOWN_SUBJECT",
        (words) =>
          `Expected ${words.field("rows", i)}${shown} to be an integer in [0, ${rowCount - 1}]; nothing was changed.`,
        { index: i, found: isNumber ? row : typeof row },
      );
    }
    const certificate = state.forgotten.certificateOfRow(row);
    if (certificate === undefined) rows.add(row);
    else earlier.add(certificate);
  });
  return { rows: ascending([...rows]), subjects: null, earlier: [...earlier], unknown: [] };
}
