import { ExpungeError } from "../errors.js";

/** What an error of the library calls something, and what the command does. */
export type Words = readonly (readonly [RegExp, (...found: string[]) => string])[];

/** Says an error of a request as its command would: who gave options and files knows of no `subjects[10]`. */
export function inCommandWords(error: unknown, words: Words): unknown {
  if (!(error instanceof ExpungeError)) return error;
  const { code, details } = error;
  const message = words.reduce((text, [found, said]) => text.replace(found, said), error.message);
  return new ExpungeError(code, message, details);
}

/** Row numbers that were listed with --rows. */
export const ROWS_IN_WORDS: Words[number] = [
  /\brows\[(\d+)\]/,
  (_, index) => `--rows, number ${Number(index) + 1},`,
];
