/** What separates cells, in the order in which they are tried. */
export const DELIMITERS: readonly string[] = [",", ";", "\t", "|"];

/** Signs with which programs begin a comment. */
const COMMENT = /^(?:\/\/|--|[|#%;!*@\\])/;

/**
 * What may be the matter with a line that was cut into a single cell where a table has many: it is a comment, or something else separates the
 * cells. Of the line no more than such a sign is shown: it may be somebody's row.
 *
 * @returns a question with its remedy; null where nothing is to be seen
 */
export function strangeLine([only = "", ...others]: readonly string[]): string | null {
  if (others.length > 0) return null;
  const [comment] = COMMENT.exec(only) ?? [];
  if (comment !== undefined)
    return `Are lines that begin with ${JSON.stringify(comment)} comments? ${declared("comment", comment)}`;
  const sign = DELIMITERS.find((delimiter) => only.includes(delimiter));
  if (sign === undefined) return null;
  return `Are its cells separated by ${JSON.stringify(sign)}? ${declared("delimiter", sign)}`;
}

function declared(setting: "comment" | "delimiter", sign: string): string {
  return `Then declare "csv": { "${setting}": ${JSON.stringify(sign)} } in the schema that the file is read with.`;
}
