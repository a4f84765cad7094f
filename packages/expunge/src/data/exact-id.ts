import { formSubject, type SubjectForm } from "../records/subject-form.js";
import { dataError, type Place } from "./data-error.js";
import type { Cell } from "./table.js";

/**
 * A subject id as text, in its form: exact or refused, since an id that was rounded may be somebody else's.
 *
 * @param isFloat whether a number of it was a binary floating-point number in the file
 * @throws ExpungeError E_DATA for no id, a rounded one, or bytes that are no text; what was found is not shown: it names a person
 */
export function exactId(cell: Cell, isFloat: boolean, form: SubjectForm, place: () => Place): string {
  if (typeof cell === "number" && isFloat && !Number.isSafeInteger(cell))
    throw dataError(
      place(),
      "a subject id that is exact",
      "a floating-point number that is not whole or beyond 2^53",
      " Store ids as text or integers.",
    );
  const id = cell === null ? "" : formSubject(String(cell), form);
  if (id.trim() === "") throw dataError(place(), "a subject id", "none");
  if (LONE_SURROGATE.test(id))
    throw dataError(place(), "a subject id that is text in UTF-8", "other bytes", " Store ids as text.");
  return id;
}

/** No UTF-8 holds one: the Parquet reader marks bytes that are no text with them. */
const LONE_SURROGATE = /\p{Surrogate}/u;
