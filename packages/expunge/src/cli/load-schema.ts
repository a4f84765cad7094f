import { existsSync } from "node:fs";
import { join } from "node:path";
import { MAY_DIFFER, requireSameFeatures, respeltLabels } from "../data/file-schema.js";
import { parseSchema, type Schema, schemaDigest } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import type { Model } from "../unlearner/model.js";
import { readText } from "./arguments.js";

/** Name under which a model directory keeps the schema it was trained with. */
export const SCHEMA_FILE = "schema.json";

/** What `--schema` says of itself where the rows are for a trained model. */
export const FILE_SCHEMA_TEXT = `CSV or Parquet: the schema of the file, where it is written otherwise than the training data: ${MAY_DIFFER} may differ (default: the one kept with the model)`;

/** How a table is read for a trained model: the file's own schema, and the one that the model was trained with. */
export interface FileSchema {
  readonly schema: Schema;
  readonly modelSchema: Schema;
}

/** @throws ExpungeError E_SCHEMA, E_OPTION */
export async function loadSchema(path: string): Promise<Schema> {
  return parseSchema(await readText(path), path);
}

/**
 * The schema to read a table with for a trained model: the one given, else the one kept beside it.
 *
 * @throws ExpungeError E_OPTION where there is none, E_SCHEMA where it makes other features or labels than the model's own
 */
export async function loadSchemaFor(
  directory: string,
  { schemaDigest: expected }: Model["description"],
  path: string,
  asked: string | undefined,
): Promise<FileSchema> {
  if (expected === null) {
    throw new ExpungeError(
      "E_DATA",
      `${path} is a table, but the model in ${directory} was trained on plain numbers: give .npy, .npz or MNIST's folder.`,
    );
  }
  const kept = join(directory, SCHEMA_FILE);
  const isKept = existsSync(kept);
  const source = asked ?? (isKept ? kept : undefined);
  if (source === undefined)
    throw new ExpungeError("E_OPTION", `There is no ${kept}: give --schema FILE, as for train.`);
  const schema = await loadSchema(source);
  const found = schemaDigest(schema);
  if (found === expected) return { schema, modelSchema: schema };
  const modelSchema = isKept ? await loadSchema(kept) : null;
  if (modelSchema === null || schemaDigest(modelSchema) !== expected)
    throw new ExpungeError(
      "E_SCHEMA",
      `${source} is not the schema that the model was trained with: expected digest ${expected}, found ${found}.`,
      { expected, found },
    );
  requireSameFeatures(modelSchema, schema, source);
  return { schema, modelSchema };
}

/** Says how labels are read that a file spells otherwise; none where it spells them as the model does. */
export function respellingNotes({ schema, modelSchema }: FileSchema): readonly string[] {
  const respelt = respeltLabels(modelSchema, schema);
  if (respelt.length === 0) return [];
  const shown = respelt.slice(0, 12).map(([text, name]) => `"${text}" as "${name}"`);
  return [`Labels are read ${shown.join(", ")}${respelt.length > shown.length ? ", ..." : ""}.`];
}
