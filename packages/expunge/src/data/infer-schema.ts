import { draftSchema, type SchemaDraft } from "./draft-schema.js";
import type { InferOptions } from "./infer-options.js";
import { readTextHead } from "./open-text.js";
import { isParquetFile, openTable } from "./read-table.js";

export type { SchemaDraft } from "./draft-schema.js";
export type { InferOptions } from "./infer-options.js";

/**
 * Drafts a schema from a file, for a person to read and correct. Memory and, beyond `rows`, time are the same for a file of any length.
 *
 * @returns the draft, notes that say what must be looked at before it is used, and the draft as a file to edit, with a line on each column
 * @throws ExpungeError E_DATA, E_SCHEMA naming the column that is not there
 */
export async function inferSchema(path: string, options: InferOptions): Promise<SchemaDraft> {
  const isText = !(await isParquetFile(path));
  return draftSchema(
    {
      name: path,
      isPart: false,
      readHead: async (encoding) => (isText ? readTextHead(path, encoding) : null),
      open: (csv) => openTable(path, csv),
    },
    options,
  );
}
