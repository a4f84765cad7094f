import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Dataset, parseSchema, readMnist, readNumeric, readTable } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import type { StoredModel } from "../store/stored-model.js";
import { list, number, readText } from "./arguments.js";

/** Name under which a model directory keeps the schema it was trained with. */
export const SCHEMA_FILE = "schema.json";

/** How to read rows, besides their path. */
export interface DataOptions {
  readonly schema?: string;
  readonly labels?: string;
  readonly digits?: readonly number[];
  readonly maxRows?: number;
  readonly scaling?: "l2" | "clip";
  readonly intercept?: number;
  readonly task?: "binary" | "multiclass" | "regression";
}

/** Adds the options by which every command that reads rows is told how. */
export function addDataOptions(command: Command): void {
  command
    .option("--schema <file>", "schema of a CSV or Parquet file")
    .option("--labels <file>", "labels (.npy) of features in a .npy file")
    .option("--digits <list>", "MNIST: the digits to tell apart, such as 3,8", digitList)
    .option("--max-rows <n>", "MNIST: at most this many training rows", number)
    .addOption(
      new Option("--scaling <kind>", ".npy/.npz: how rows come to norm <= 1 (default l2)").choices([
        "l2",
        "clip",
      ]),
    )
    .option("--intercept <value>", ".npy/.npz: a constant feature (default none)", number)
    .addOption(
      new Option("--task <kind>", ".npy/.npz: default by the labels").choices([
        "binary",
        "multiclass",
        "regression",
      ]),
    );
}

function digitList(text: string): number[] {
  const digits = list(text).map(Number);
  if (digits.some((digit) => !Number.isInteger(digit)))
    throw new InvalidArgumentError("Expected digits, such as 3,8.");
  return digits;
}

/**
 * Reads rows by what their path is: a folder (MNIST), .npy or .npz, else a table that needs a schema.
 *
 * @throws ExpungeError E_DATA, E_SCHEMA, E_OPTION
 */
export async function loadData(path: string, options: DataOptions, part: "train" | "test"): Promise<Dataset> {
  const info = await stat(path).catch(() => null);
  if (info === null)
    throw new ExpungeError("E_DATA", `Cannot read ${path}: there is no such file or folder.`);
  if (info.isDirectory()) {
    const { digits, maxRows } = options;
    const sets = await readMnist(path, {
      ...(digits ? { digits } : {}),
      ...(maxRows === undefined ? {} : { maxTrainRows: maxRows }),
    });
    return sets[part];
  }
  if (/\.np[yz]$/i.test(path)) {
    const { labels, task, scaling, intercept } = options;
    return readNumeric(path, {
      ...(labels === undefined ? {} : { labels }),
      ...(task === undefined ? {} : { task }),
      ...(scaling === undefined ? {} : { scaling }),
      ...(intercept === undefined ? {} : { intercept }),
    });
  }
  if (options.schema === undefined) {
    throw new ExpungeError(
      "E_OPTION",
      `${path} is a table: give --schema FILE. To draft one: expunge schema infer ${path} --label COLUMN --out schema.json`,
    );
  }
  return readTable(path, parseSchema(await readText(options.schema), options.schema));
}

/** Reads rows for a stored model, with the schema kept beside it unless another is given. */
export function loadDataFor(stored: StoredModel, path: string, options: DataOptions): Promise<Dataset> {
  const kept = join(stored.directory, SCHEMA_FILE);
  const schema = options.schema ?? (existsSync(kept) ? kept : undefined);
  const { kind, intercept } = stored.model.description.scaling;
  return loadData(
    path,
    { scaling: kind, intercept, ...options, ...(schema === undefined ? {} : { schema }) },
    "test",
  );
}
