import { stat } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { requireSameFeatures } from "../data/file-schema.js";
import {
  type Dataset,
  type NumericOptions,
  OddCells,
  type RowSource,
  readMnist,
  readNumeric,
  readTable,
  type Schema,
  sourceOf,
  streamNumeric,
  streamTable,
  type TableOptions,
} from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import type { Model } from "../unlearner/model.js";
import { list, number, positiveInteger, readText } from "./arguments.js";
import {
  FILE_SCHEMA_TEXT,
  type FileSchema,
  loadSchema,
  loadSchemaFor,
  respellingNotes,
} from "./load-schema.js";
import type { Notes } from "./notes.js";

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
    .option("--schema <file>", FILE_SCHEMA_TEXT)
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

/** What a file has of its own that is read beside another one. */
interface Beside {
  readonly part: "train" | "test";
  /** Labels, where they are in a file of their own. */
  readonly labels: string | undefined;
  /** The option that names them. */
  readonly flag: string;
  /** Where it is written otherwise. */
  readonly fileSchema?: string | undefined;
}

/**
 * Rows that are read as those of another file are, but for its labels and its owners, which are its own. Rows to test a model on may all have one label.
 *
 * @param notes told which rows hold what the schema does not know, and how labels are read that the file spells otherwise
 * @throws ExpungeError E_DATA, E_SCHEMA, E_OPTION
 */
export async function loadBeside(
  path: string,
  { labels: _labels, subjects: _subjects, ...rest }: DataOptions,
  { labels, flag, part, fileSchema }: Beside,
  notes: Notes,
): Promise<Dataset> {
  if (labels === undefined && /\.npy$/i.test(path))
    throw new ExpungeError("E_OPTION", `${path} holds features only: give ${flag} FILE.npy too.`);
  const allowOneClass = part === "test" ? true : undefined;
  if ((await kindOf(path)) !== "table")
    return loadData(path, { ...rest, ...given({ labels, allowOneClass }) }, part);
  const read = await schemasOf(path, rest, fileSchema);
  const { rows, texts } = await loadTable(path, read, given({ allowOneClass }));
  notes.add(texts, path);
  return rows;
}

/** A table read by its own schema, with what is to be noted of it. */
async function loadTable(
  path: string,
  read: FileSchema,
  options: Pick<TableOptions, "allowOneClass" | "isForTraining">,
): Promise<{ readonly rows: Dataset; readonly texts: readonly string[] }> {
  const oddCells = new OddCells();
  const { schema, modelSchema } = read;
  const rows = await readTable(path, schema, { ...options, oddCells, modelSchema });
  return { rows, texts: [...respellingNotes(read), ...oddCells.notes()] };
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

/** The schema of a file that is read beside another one: its own where it has one, else the other's. */
async function schemasOf(
  path: string,
  options: DataOptions,
  fileSchema: string | undefined,
): Promise<FileSchema> {
  const modelSchema = await requireSchema(path, options);
  if (fileSchema === undefined) return { schema: modelSchema, modelSchema };
  const schema = await loadSchema(fileSchema);
  requireSameFeatures(modelSchema, schema, fileSchema);
  return { schema, modelSchema };
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
 * @param notes told which rows hold what the schema does not know, by the file's name where the rows are not what the command is about
 */
export async function loadDataFor(
  directory: string,
  { description }: Pick<Model, "description">,
  path: string,
  options: Pick<DataOptions, "schema" | "labels" | "subjects">,
  {
    part,
    notes,
    isBeside = false,
  }: { readonly part: "train" | "test"; readonly notes: Notes; readonly isBeside?: boolean },
): Promise<Dataset> {
  const kind = await kindOf(path);
  const { kind: scaling, intercept } = description.scaling;
  if (kind === "folder") return loadData(path, { digits: digitsOf(description, path) }, part);
  if (kind === "numeric") {
    const { labels, subjects } = options;
    const numeric = { scaling, intercept, task: description.task, allowOneClass: true };
    return loadData(path, { ...numeric, ...given({ labels, subjects }) }, part);
  }
  const read = await loadSchemaFor(directory, description, path, options.schema);
  const { rows, texts } = await loadTable(path, read, {
    allowOneClass: true,
    isForTraining: part === "train",
  });
  notes.add(texts, isBeside ? path : undefined);
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

/** What a path holds, by its looks. @throws ExpungeError E_DATA where nothing is there */
export async function kindOf(path: string): Promise<"folder" | "numeric" | "table"> {
  const info = await stat(path).catch(() => null);
  if (info === null)
    throw new ExpungeError("E_DATA", `Cannot read ${path}: there is no such file or folder.`);
  if (info.isDirectory()) return "folder";
  return /\.np[yz]$/i.test(path) ? "numeric" : "table";
}
