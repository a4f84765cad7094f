export interface IdsInFile {
  /** The first cell of every line. */
  readonly ids: readonly string[];
  /** The first line's, where it names the column and is nobody; null where it is one of the ids. */
  readonly header: string | null;
}

/** Ids of a list, one a line, or of the first column of a CSV. @param subjectColumn the data set's, as its schema has it */
export function idsInFile(text: string, subjectColumn: unknown): IdsInFile {
  const cells = firstCells(text);
  const [first = null] = cells;
  if (first === null || first !== subjectColumn) return { ids: cells, header: null };
  return { ids: cells.slice(1), header: first };
}

/** A quoted one whole, else what stands before a comma, a semicolon or a tabulator. */
function firstCells(text: string): readonly string[] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => {
      const quoted = /^\s*"((?:[^"]|"")*)"/.exec(line)?.[1];
      return quoted === undefined ? line.split(/[,;\t]/)[0]!.trim() : quoted.replaceAll('""', '"');
    })
    .filter((cell) => cell !== "");
}
