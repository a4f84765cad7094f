import { z } from "zod";
import { ExpungeError } from "../errors.js";
import { jsonDigest } from "../records/bytes.js";
import { SUBJECT_FORMS } from "../records/subject-form.js";
import { quoteValue } from "./data-error.js";
import type { DatasetFacts } from "./dataset.js";
import { roundedLogOdds } from "./label-scaling.js";
import {
  duplicateOf,
  finite,
  name,
  namesOfColumn,
  note,
  numberFormat,
  requireColumn,
  requireNumberFormat,
  schemaColumn,
} from "./schema-columns.js";
import { isEncoding } from "./text-encoding.js";

/**
 * How a table becomes features. Everything in a schema is treated as public by every certificate: write down what is known without
 * looking at the rows (units, plausible ranges, official lists), not what was computed from them.
 */
const labels = z.array(z.string()).min(1);
const label = z.union([
  z.strictObject({
    column: name,
    positive: labels,
    negative: labels,
    /** Share of positive labels among the rows, as publicly known; a model learns what rows say beyond it. Default 0.5. */
    rate: finite.gt(0).lt(1).optional(),
    note,
  }),
  z.strictObject({ column: name, classes: z.array(z.string()).min(2), note }),
  /** A model learns (value - centre) / scale, and predicts in the column's own units. */
  z.strictObject({ column: name, centre: finite, scale: finite.positive(), number: numberFormat, note }),
]);

const schemaShape = z.strictObject({
  version: z.literal(1),
  task: z.enum(["binary", "multiclass", "regression"]),
  label,
  /** The column that says whose row it is, or null where rows have no owner. */
  subject: name.nullable(),
  /** The column of weights in (0, 1] by which rows count in training; left out, every row counts fully. It is no feature. */
  weight: name.optional(),
  /**
   * In which ids are compared, those of requests too; default "none", as they stand. "NFC": Unicode's composed form.
   * "NFC-trim-lower-case": besides, without invisible marks and spaces at the ends, with plain spaces, in lower case.
   */
  subjectForm: z.enum(SUBJECT_FORMS).optional(),
  columns: z.array(schemaColumn).min(1),
  /** Cells that mean "missing". */
  missingMarks: z.array(z.string()).default(["", "?"]),
  scaling: z.enum(["l2", "clip"]).default("l2"),
  /** A constant feature, 0 for none, inside the norm budget of a row. */
  intercept: finite.min(0).default(1),
  /**
   * Every feature but the intercept is multiplied by this before rows are scaled; default 1. With "clip" it decides how many rows
   * are clipped at all: standardised rows are longer than 1, so that without it "clip" does what "l2" does.
   */
  rowScale: finite.positive().optional(),
  csv: z
    .strictObject({
      /** false: the columns are, in order, those of columnNames. */
      header: z.boolean().default(true),
      columnNames: z.array(name).optional(),
      delimiter: z.string().length(1).default(","),
      comment: z.string().min(1).optional(),
      /** Of files without a byte-order mark: utf-8 (default), utf-16le, utf-16be, windows-1252, or another name of the WHATWG standard. */
      encoding: z
        .string()
        .refine(isEncoding, "expected the name of an encoding, such as utf-8, utf-16le or windows-1252")
        .optional(),
    })
    .default({ header: true, delimiter: "," }),
});

/** How the columns of a table become features, labels and owners; docs/data.md says how cells are read. */
export type Schema = Readonly<z.infer<typeof schemaShape>>;
/** One column of a schema: numeric, categorical, text, hashed or ignored. */
export type SchemaColumn = Schema["columns"][number];

/**
 * Reads a schema from JSON text or an object.
 *
 * @throws ExpungeError E_SCHEMA naming the field and what was expected
 */
export function parseSchema(input: unknown, source = "schema"): Schema {
  const value = typeof input === "string" ? parseJson(input, source) : input;
  const parsed = schemaShape.safeParse(value);
  if (!parsed.success) {
    const issue = deepestIssue(parsed.error.issues[0] as Issue);
    const { path } = issue;
    const found = valueAt(value, path);
    const message = expectationOf(issue);
    const where = path.length === 0 ? "" : `${path.join(".")}${columnNamed(value, path)}: `;
    const seen = issue.code === "unrecognized_keys" ? "" : `, found ${quoteValue(found)}`;
    throw new ExpungeError("E_SCHEMA", `${source}: ${where}${message}${seen}.`, {
      file: source,
      path: path.join("."),
      found,
      expected: message,
    });
  }
  for (const noted of [parsed.data.label, ...parsed.data.columns]) delete noted.note;
  requireConsistent(parsed.data, source);
  return deepFreeze(parsed.data);
}

/** Hex sha256 of a schema's canonical JSON: what certificates call it. */
export function schemaDigest(schema: Schema): string {
  return jsonDigest(schema);
}

/** Names of the features that a schema makes, in order, without the intercept. */
export function featureNamesOf(schema: Schema): readonly string[] {
  return schema.columns.flatMap(namesOfColumn);
}

/** Names of the labels: [negative, positive], the classes, or none. */
export function labelNamesOf({ label: declared }: Schema): readonly string[] {
  if ("positive" in declared) return [...declared.negative.slice(0, 1), ...declared.positive.slice(0, 1)];
  return "classes" in declared ? declared.classes : [];
}

/** What the schema declares of the labels: the base rate, or the scale of a regression. */
export function labelFactsOf({ label: declared }: Schema): Pick<DatasetFacts, "labelScaling" | "logOdds"> {
  if ("scale" in declared) return { labelScaling: { centre: declared.centre, scale: declared.scale } };
  if (!("rate" in declared) || declared.rate === undefined) return {};
  return { logOdds: roundedLogOdds(declared.rate, 1 - declared.rate) };
}

function requireConsistent(schema: Schema, source: string): void {
  const fail = (path: string, message: string): never => {
    throw new ExpungeError("E_SCHEMA", `${source}: ${path}: ${message}`, { file: source, path });
  };
  const { label, subject, weight, csv } = schema;
  const shapes = { binary: "positive", multiclass: "classes", regression: "centre" } as const;
  if (!(shapes[schema.task] in label))
    fail("label", `expected ${shapes[schema.task]} for a ${schema.task} task.`);
  const names = schema.columns.map((column) => column.name);
  const twice = duplicateOf(names);
  if (twice !== undefined) fail("columns", `"${twice}" is declared twice.`);
  if (names.includes(label.column))
    fail("columns", `the label column "${label.column}" must not be among them.`);
  if (subject !== null && names.includes(subject))
    fail("columns", `the subject column "${subject}" must not be among them: it is no feature.`);
  if (subject === null && schema.subjectForm !== undefined)
    fail("subjectForm", "expected none, since there is no subject column.");
  if (subject === label.column) fail("subject", `the label column is "${subject}" too.`);
  if (weight !== undefined && names.includes(weight))
    fail("columns", `the weight column "${weight}" must not be among them: it is no feature.`);
  if (weight !== undefined && (weight === label.column || weight === subject))
    fail("weight", `the ${weight === subject ? "subject" : "label"} column is "${weight}" too.`);
  if (!schema.columns.some(({ kind }) => kind !== "ignored"))
    fail("columns", "every column is ignored; nothing is left to learn from.");
  for (const column of schema.columns)
    requireColumn(column, schema.missingMarks, (text) => fail("columns", text));
  if ("centre" in label) requireNumberFormat(label.number, (text) => fail("label", text));
  const values =
    "positive" in label ? [...label.positive, ...label.negative] : "classes" in label ? label.classes : [];
  const both = duplicateOf(values);
  if (both !== undefined) fail("label", `the value "${both}" is listed twice.`);
  if (!csv.header && csv.columnNames === undefined)
    fail("csv.columnNames", "expected the names of the columns, since there is no header.");
  if (csv.header && csv.columnNames !== undefined)
    fail("csv.columnNames", "expected none, since csv.header says that the file names its columns.");
  if (/["\r\n]/.test(csv.delimiter)) fail("csv.delimiter", "expected neither a quote nor a line end.");
  if (csv.comment !== undefined && (/^["\s]/.test(csv.comment) || csv.comment.startsWith(csv.delimiter)))
    fail("csv.comment", "expected no quote, white space or delimiter first.");
  const named = duplicateOf(csv.columnNames ?? []);
  if (named !== undefined) fail("csv.columnNames", `"${named}" is there twice.`);
}

type Issue = z.core.$ZodIssue;

/** Of a union's branches the one that fits best has the fewest issues; its own first issue says what is wrong. */
function deepestIssue(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const [best] = [...issue.errors].sort((a, b) => a.length - b.length);
  if (best?.[0] === undefined) return issue;
  const inner = deepestIssue(best[0]);
  return { ...inner, path: [...issue.path, ...inner.path] };
}

/** What was expected, in our words; what was found is said after it. */
function expectationOf(issue: Issue): string {
  if (issue.code === "invalid_value") return oneOf(issue.values);
  if ("options" in issue && issue.options !== undefined) return oneOf(issue.options as readonly unknown[]);
  if (issue.code === "unrecognized_keys") return `expected no field ${list(issue.keys)}`;
  return issue.message.replace(/^Invalid input: /, "").replace(/, received [\w ]+$/, "");
}

const list = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(", ");
const oneOf = (values: readonly unknown[]): string =>
  `expected ${values.length === 1 ? "" : "one of "}${list(values)}`;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** The name of the column that a path leads into, since nobody counts columns. */
function columnNamed(value: unknown, [first, at]: readonly PropertyKey[]): string {
  const name = first === "columns" && at !== undefined ? valueAt(value, [first, at, "name"]) : undefined;
  return typeof name === "string" ? ` (column "${name}")` : "";
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExpungeError(
      "E_SCHEMA",
      `${source}: expected JSON, found something else: ${(error as Error).message}.`,
      { file: source },
    );
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
