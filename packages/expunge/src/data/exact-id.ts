import { formSubject, type SubjectForm } from "../records/subject-form.js";
import { dataError, type Place } from "./data-error.js";
import type { Cell } from "./table.js";

/**
 * A subject id as text, in its form: exact or refused, since an id that was rounded may be somebody else's.
 *
 * @param significandBits of a binary floating-point number; null for any other cell
 * @throws ExpungeError E_DATA for no id, a rounded one, or bytes that are no text; what was found is not shown: it names a person
 */
export function exactId(
  cell: Cell,
  significandBits: number | null,
  form: SubjectForm,
  place: () => Place,
): string {
  if (typeof cell === "number" && significandBits !== null && !isExact(cell, significandBits))
    throw dataError(
      place(),
      "a subject id that is exact",
      `a floating-point number that is not whole or beyond 2^${significandBits}`,
      " Store ids as text or integers.",
    );
  const id = cell === null ? "" : formSubject(String(cell), form);
  if (id.trim() === "") throw dataError(place(), "a subject id", "none");
  if (LONE_SURROGATE.test(id))
    throw dataError(place(), "a subject id that is text in UTF-8", "other bytes", " Store ids as text.");
  return id;
}

/** 2^bits itself is what 2^bits + 1 is rounded to. */
function isExact(id: number, bits: number): boolean {
  return Number.isInteger(id) && Math.abs(id) < 2 ** bits;
}

/** IEEE 754: binary16, binary32, binary64. */
export const SIGNIFICAND_BITS = { half: 11, single: 24, double: 53 } as const;

/** No UTF-8 holds one: the Parquet reader marks bytes that are no text with them. */
const LONE_SURROGATE = /\p{Surrogate}/u;
