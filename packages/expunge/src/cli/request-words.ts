import { ExpungeError, messageIn, type Words, wordedError } from "../errors.js";

/** What a command calls what is no option of its own, or what it knows more of; undefined for all else. */
export interface OwnWords {
  readonly field?: (...of: Parameters<Words["field"]>) => string | undefined;
  readonly setting?: (...of: Parameters<Words["setting"]>) => string | undefined;
}

/** An error in the words of the command that it comes to. */
export function inWords(error: unknown, own: OwnWords): unknown {
  if (!(error instanceof ExpungeError)) return error;
  const wording = (usual: Words): string =>
    messageIn(error, {
      field: (...of) => own.field?.(...of) ?? usual.field(...of),
      setting: (...of) => own.setting?.(...of) ?? usual.setting(...of),
    });
  return wordedError(error.code, wording, error.details);
}

/** Whoever is named by --subject, which may be repeated, and then by the lines of a file. */
export function subjectWords({
  subject = [],
  subjectsFile,
}: {
  readonly subject?: readonly string[];
  readonly subjectsFile?: string;
}): OwnWords {
  const file = subjectsFile === "-" ? "standard input" : subjectsFile;
  return {
    field(name, index) {
      if (name !== "subjects" || index === undefined) return undefined;
      if (index >= subject.length) return `id number ${index - subject.length + 1} of ${file}`;
      return subject.length === 1 ? "--subject" : `--subject number ${index + 1}`;
    },
  };
}
