import { dataError, type Place } from "./data-error.js";

/** @throws ExpungeError E_DATA where there are owners, but not one a row */
export function requireOwners(subjects: readonly string[] | null, rowCount: number, file: string): void {
  if (subjects === null || subjects.length === rowCount) return;
  throw dataError({ file }, `${rowCount} subjects, one a row`, String(subjects.length));
}

/** The owner of the i-th row (from 0), or null where rows have none. @throws ExpungeError E_DATA for a row without its owner */
export function ownerAt(subjects: readonly string[] | null, i: number, place: () => Place): string | null {
  if (subjects === null) return null;
  const subject = subjects[i];
  if (typeof subject === "string" && subject !== "") return subject;
  throw dataError(place(), "a subject id (a text that is not empty)", "none");
}
