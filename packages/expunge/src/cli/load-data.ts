import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type Dataset,
  type NumericOptions,
  OddCells,
  parseSchema,
  type RowSource,
  readMnist,
  readNumeric,
  readTable,
  type Schema,
  schemaDigest,
  sourceOf,
  streamNumeric,
  streamTable,
} from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import type { Model } from "../unlearner/model.js";
import { list, number, positiveInteger, readText } from "./arguments.js";
import type { Output } from "./output.js";

/** Name under which a model directory keeps the schema it was trained with. */
export const SCHEMA_FILE = "schema.json";

/** How to read rows, besides their path. */
export interface DataOptions {
  readonly schema?: string;
  readonly labels?: string;
  /** File of owners, one a line. */
  readonly subjects?: string;
  readonly digits?: readonly number[];
  readonly maxRows?: number;
  readonly scaling?: "l2" | "clip";
  readonly intercept?: number;
  readonly task?: "binary" | "multiclass" | "regression";
  /** Takes rows that all have one label. */
  readonly allowOneClass?: boolean;
}

/** Adds the options by which `train` is told how to read rows. */
export function addTrainDataOptions(command: Command): void {
  command
    .option("--schema <file>", "CSV or Parquet: the schema (see expunge schema infer)")
    .option("--labels <file>", ".npy: a second .npy file with the labels")
    .option("--subjects <file>", ".npy/.npz: whose rows they are, one id a line for each row")
    .option("--digits <list>", "MNIST: the digits to tell apart, such as 3,8 (default: all ten)", digitList)
    .option("--max-rows <n>", "MNIST: at most this many training rows", positiveInteger)
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

/** The same for labelled rows to score a trained model on: the model knows the rest. */
export function addScoreDataOptions(command: Command): void {
  command
    .option("--schema <file>", "CSV or Parquet: the schema (default: the one kept with the model)")
    .option("--labels <file>", ".npy: a second .npy file with the labels");
}

function digitList(text: string): number[] {
  const digits = list(text).map(Number);
  if (digits.length === 0 || digits.some((digit) => !Number.isInteger(digit)))
    throw new InvalidArgumentError("Expected digits, such as 3,8.");
  return digits;
}

/**
 * Reads labelled rows by what their path is: a folder (MNIST), .npy or .npz, else a table that needs a schema.
 *
 * @throws ExpungeError E_DATA, E_SCHEMA, E_OPTION
 */
export async function loadData(
  path: string,
  options: DataOptions,
  part: "train" | "test",
  oddCells?: OddCells,
): Promise<Dataset> {
  const kind = await kindOf(path);
  if (kind === "folder") {
    const { digits, maxRows } = options;
    const sets = await readMnist(path, given({ digits, maxTrainRows: maxRows }));
    return sets[part];
  }
  if (kind === "numeric") {
    return readNumeric(path, { ...numericOptions(path, options), ...(await ownersOf(options)) });
  }
  return readTable(path, await requireSchema(path, options), given({ oddCells }));
}

/**
 * Rows that are read as those of another file are, but for its labels and its owners, which are its own.
 *
 * @param own its labels, where they are in a file of their own, and the flag that names it
 * @throws ExpungeError E_DATA, E_SCHEMA, E_OPTION
 */
export async function loadBeside(
  path: string,
  { labels: _labels, subjects: _subjects, ...rest }: DataOptions,
  own: { readonly labels: string | undefined; readonly flag: string; readonly part: "train" | "test" },
): Promise<Dataset> {
  const { labels, flag, part } = own;
  if (labels === undefined && /\.npy$/i.test(path))
    throw new ExpungeError("E_OPTION", `${path} holds features only: give ${flag} FILE.npy too.`);
  return loadData(path, labels === undefined ? rest : { ...rest, labels }, part);
}

function numericOptions(
  path: string,
  { labels, task, scaling, intercept, allowOneClass }: DataOptions,
): NumericOptions {
  if (labels === undefined && /\.npy$/i.test(path))
    throw new ExpungeError("E_OPTION", `${path} holds features only: give --labels FILE.npy too.`);
  return given({ labels, task, scaling, intercept, allowOneClass });
}

/** One id a line, each row's own; an empty line is a row without its owner, and refused. */
async function ownersOf({ subjects: path }: DataOptions): Promise<{ subjects?: readonly string[] }> {
  if (path === undefined) return {};
  const lines = (await readText(path)).split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return { subjects: lines };
}

async function requireSchema(path: string, { schema }: DataOptions): Promise<Schema> {
  if (schema !== undefined) return loadSchema(schema);
  throw new ExpungeError(
    "E_OPTION",
    `${path} is a table: give --schema FILE. To draft one: expunge schema infer ${path} --label COLUMN --out schema.json`,
  );
}

/**
 * The same rows as they come from the file, for training on more than fits in memory.
 *
 * @throws ExpungeError E_DATA, E_SCHEMA, E_OPTION
 */
export async function loadSource(
  path: string,
  options: DataOptions & { readonly memoryLimit?: number },
  oddCells?: OddCells,
): Promise<RowSource> {
  const kind = await kindOf(path);
  if (kind === "folder") return sourceOf(await loadData(path, options, "train"));
  if (kind === "numeric")
    return streamNumeric(path, { ...numericOptions(path, options), ...(await ownersOf(options)) });
  const { memoryLimit } = options;
  return streamTable(path, await requireSchema(path, options), given({ memoryLimit, oddCells }));
}

/**
 * Reads labelled rows for a trained model, in the way it was trained; for MNIST's folder the test images, unless the others are asked for. They
 * may all have one label: the model knows the others.
 *
 * @param output where it is noted which rows hold what the schema does not know
 */
export async function loadDataFor(
  directory: string,
  { description }: Model,
  path: string,
  options: Pick<DataOptions, "schema" | "labels" | "subjects">,
  part: "train" | "test" = "test",
  output?: Pick<Output, "note">,
): Promise<Dataset> {
  const kind = await kindOf(path);
  const { kind: scaling, intercept } = description.scaling;
  if (kind === "folder") return loadData(path, { digits: digitsOf(description, path) }, part);
  if (kind === "numeric") {
    const { labels, subjects } = options;
    const numeric = { scaling, intercept, task: description.task, allowOneClass: true };
    return loadData(path, { ...numeric, ...given({ labels, subjects }) }, part);
  }
  const schema = await loadSchemaFor(directory, description, path, options.schema);
  const oddCells = new OddCells();
  const rows = await readTable(path, schema, {
    allowOneClass: true,
    isForTraining: part === "train",
    oddCells,
  });
  for (const text of oddCells.notes()) output?.note(`note: ${text}`);
  return rows;
}

/** The digits a model was trained to tell apart. @throws ExpungeError E_DATA where it was trained on something else */
export function digitsOf({ labelNames }: Model["description"], path: string): number[] {
  if (labelNames.length > 0 && labelNames.every((name) => /^\d$/.test(name))) return labelNames.map(Number);
  throw new ExpungeError(
    "E_DATA",
    `${path} is a folder, which is read as MNIST, but the model's labels are ${labelNames.join(", ") || "numbers"}.`,
  );
}

/**
 * The schema to read a table with for a trained model: the one given, else the one kept beside it.
 *
 * @throws ExpungeError E_OPTION where there is none, E_SCHEMA where it is not the model's own
 */
export async function loadSchemaFor(
  directory: string,
  { schemaDigest: expected }: Model["description"],
  path: string,
  asked: string | undefined,
): Promise<Schema> {
  if (expected === null) {
    throw new ExpungeError(
      "E_DATA",
      `${path} is a table, but the model in ${directory} was trained on plain numbers: give .npy, .npz or MNIST's folder.`,
    );
  }
  const kept = join(directory, SCHEMA_FILE);
  const source = asked ?? (existsSync(kept) ? kept : undefined);
  if (source === undefined)
    throw new ExpungeError("E_OPTION", `There is no ${kept}: give --schema FILE, as for train.`);
  const schema = await loadSchema(source);
  const found = schemaDigest(schema);
  if (found === expected) return schema;
  throw new ExpungeError(
    "E_SCHEMA",
    `${source} is not the schema that the model was trained with: expected digest ${expected}, found ${found}.`,
    { expected, found },
  );
}

/** What a path holds, by its looks. @throws ExpungeError E_DATA where nothing is there */
export async function kindOf(path: string): Promise<"folder" | "numeric" | "table"> {
  const info = await stat(path).catch(() => null);
  if (info === null)
    throw new ExpungeError("E_DATA", `Cannot read ${path}: there is no such file or folder.`);
  if (info.isDirectory()) return "folder";
  return /\.np[yz]$/i.test(path) ? "numeric" : "table";
}

export async function loadSchema(path: string): Promise<Schema> {
  return parseSchema(await readText(path), path);
}
