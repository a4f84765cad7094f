/**
 * How ids are brought to one form before they are compared: as they stand; in Unicode's composed form; or composed, without invisible
 * marks, with plain spaces, without spaces at the ends and in lower case.
 */
export type SubjectForm = "none" | "NFC" | "NFC-trim-lower-case";

/** All of them: a certificate does not say which of them its model has. */
export const SUBJECT_FORMS = ["none", "NFC", "NFC-trim-lower-case"] as const satisfies readonly SubjectForm[];

/** Code points that show nothing (zero-width spaces and joiners, byte-order marks, soft hyphens, marks of direction). */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** No-break spaces, thin spaces and the like. */
const ANY_SPACE = /\p{Space_Separator}/gu;

/** An id in a form; doing it again changes nothing. Source: Unicode Standard Annex #15 (NFC). */
export function formSubject(id: string, form: SubjectForm): string {
  if (form === "none") return id;
  return form === "NFC" ? id.normalize("NFC") : lowerCase(withPlainSpaces(withoutInvisible(id)).trim());
}

export function withoutInvisible(id: string): string {
  return id.replace(INVISIBLE, "");
}

export function withPlainSpaces(id: string): string {
  return id.replace(ANY_SPACE, " ");
}

/** Composed and in lower case. Both sigmas of Greek become one: which of them a capital stands for depends on its place. */
export function lowerCase(id: string): string {
  return id.normalize("NFC").toLowerCase().replaceAll("\u03c2", "\u03c3").normalize("NFC");
}
