import { ExpungeError, type Words, wordedError } from "../errors.js";
import { formSubject, SUBJECT_FORMS, type SubjectForm } from "../records/subject-form.js";
import { dataError, type Place } from "./data-error.js";

/** @throws ExpungeError E_DATA where there are owners, but not one a row */
export function requireOwners(subjects: readonly string[] | null, rowCount: number, file: string): void {
  if (subjects !== null) requireOwnerCount(subjects.length, rowCount, file);
}

/** @throws ExpungeError E_DATA where there is not one owner a row */
export function requireOwnerCount(count: number, rowCount: number, file: string): void {
  if (count === rowCount) return;
  throw dataError({ file }, `${rowCount} subjects, one a row`, String(count));
}

/** The owner of the i-th row (from 0), or null where rows have none. @throws ExpungeError E_DATA for a row without its owner */
export function ownerAt(
  subjects: readonly string[] | null,
  i: number,
  form: SubjectForm,
  place: () => Place,
): string | null {
  if (subjects === null) return null;
  const subject: unknown = subjects[i];
  const id = typeof subject === "string" ? formSubject(subject, form) : "";
  if (id !== "") return id;
  throw dataError(place(), "a subject id (a text that is not empty)", ...foundInstead(subject));
}

/** The kind of thing found, never the thing: it may be somebody's id. What is no text is none, but for numbers, which look as if they were ids. */
function foundInstead(subject: unknown): readonly [found: string, hint?: string] {
  return typeof subject === "number" || typeof subject === "bigint" ? ["a number", NUMBER_HINT] : ["none"];
}

const NUMBER_HINT = ' Give ids as texts, such as "12".';

/** What errors call the place of an id in a request. */
export type PlaceOf = (index: number, words: Words) => string;

/**
 * Shows the kind of thing found, never the thing.
 *
 * @param placeOf where the i-th stands
 * @throws ExpungeError E_OPTION for an id that is no text
 */
export function requireTexts(ids: readonly unknown[], placeOf: PlaceOf): void {
  const at = ids.findIndex((id) => typeof id !== "string");
  if (at < 0) return;
  const kind = typeof ids[at];
  const found = ids[at] === null ? "null" : kind;
  const hint = kind === "number" || kind === "bigint" ? NUMBER_HINT : "";
  throw wordedError(
    "E_OPTION",
    (words) => `Expected ${placeOf(at, words)} to be a text, found ${found}.${hint}`,
    { field: "subjects", index: at, found },
  );
}

/** @throws ExpungeError E_OPTION */
export function requireSubjectForm(form: SubjectForm): void {
  if (SUBJECT_FORMS.includes(form)) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected subjectForm = ${String(form)} to be one of ${SUBJECT_FORMS.join(", ")}.`,
    { field: "subjectForm", found: form },
  );
}
