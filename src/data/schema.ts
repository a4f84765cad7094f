import { z } from "zod";
import { ExpungeError } from "../errors.js";
import { jsonDigest } from "../records/bytes.js";

/**
 * How a table becomes features. Everything in a schema is treated as public by every certificate: write down what is known without
 * looking at the rows (units, plausible ranges, official lists), not what was computed from them.
 */
const name = z.string().min(1);
const finite = z.number();

const numericColumn = z.strictObject({
  name,
  kind: z.literal("numeric"),
  /** The feature is (value - centre) / scale. */
  centre: finite,
  scale: finite.positive(),
  /** Values beyond are pulled to the nearer end; in the column's own units. */
  clip: z.tuple([finite, finite]).optional(),
  /** error; centre: feature 0; indicator: feature 0 and a further feature that is 1 where the value is missing. */
  missing: z.enum(["error", "centre", "indicator"]).default("error"),
});

const categoricalColumn = z.strictObject({
  name,
  kind: z.literal("categorical"),
  /** One feature each: 1 where the cell is this text. */
  categories: z.array(z.string()).min(1),
  /** error; ignore: all features 0; other: a further feature. */
  unknown: z.enum(["error", "ignore", "other"]).default("error"),
  missing: z.enum(["error", "ignore", "other"]).default("error"),
});

const ignoredColumn = z.strictObject({ name, kind: z.literal("ignored") });

const labels = z.array(z.string()).min(1);
const label = z.union([
  z.strictObject({ column: name, positive: labels, negative: labels }),
  z.strictObject({ column: name, classes: z.array(z.string()).min(2) }),
  z.strictObject({ column: name, centre: finite, scale: finite.positive() }),
]);

const schemaShape = z.strictObject({
  version: z.literal(1),
  task: z.enum(["binary", "multiclass", "regression"]),
  label,
  /** The column that says whose row it is, or null where rows have no owner. */
  subject: name.nullable(),
  columns: z.array(z.discriminatedUnion("kind", [numericColumn, categoricalColumn, ignoredColumn])).min(1),
  /** Cells that mean "missing". */
  missingMarks: z.array(z.string()).default(["", "?"]),
  scaling: z.enum(["l2", "clip"]).default("l2"),
  /** A constant feature, 0 for none, inside the norm budget of a row. */
  intercept: finite.min(0).default(1),
  csv: z
    .strictObject({
      /** false: the columns are, in order, those of columnNames. */
      header: z.boolean().default(true),
      columnNames: z.array(name).optional(),
      delimiter: z.string().length(1).default(","),
      comment: z.string().min(1).optional(),
    })
    .default({ header: true, delimiter: "," }),
});

export type Schema = Readonly<z.infer<typeof schemaShape>>;
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
    const [issue] = parsed.error.issues;
    const path = issue.path.join(".");
    throw new ExpungeError("E_SCHEMA", `${source}: ${path === "" ? "" : `${path}: `}${issue.message}.`, {
      path,
    });
  }
  requireConsistent(parsed.data, source);
  return deepFreeze(parsed.data);
}

/** Hex sha256 of a schema's canonical JSON: what certificates call it. */
export function schemaDigest(schema: Schema): string {
  return jsonDigest(schema);
}

/** Names of the features that a schema makes, in order, without the intercept. */
export function featureNamesOf(schema: Schema): readonly string[] {
  return schema.columns.flatMap((column) => {
    if (column.kind === "ignored") return [];
    if (column.kind === "numeric")
      return column.missing === "indicator" ? [column.name, `${column.name} is missing`] : [column.name];
    const hasOther = column.unknown === "other" || column.missing === "other";
    return [
      ...column.categories.map((category) => `${column.name} = ${category}`),
      ...(hasOther ? [`${column.name} is other`] : []),
    ];
  });
}

/** Names of the labels: [negative, positive], the classes, or none. */
export function labelNamesOf({ label: declared }: Schema): readonly string[] {
  if ("positive" in declared) return [declared.negative[0], declared.positive[0]];
  return "classes" in declared ? declared.classes : [];
}

function requireConsistent(schema: Schema, source: string): void {
  const fail = (message: string): never => {
    throw new ExpungeError("E_SCHEMA", `${source}: ${message}`);
  };
  const shapes = { binary: "positive", multiclass: "classes", regression: "centre" } as const;
  if (!(shapes[schema.task] in schema.label))
    fail(`label: expected ${shapes[schema.task]} for a ${schema.task} task.`);
  const names = schema.columns.map((column) => column.name);
  const twice = names.find((column, i) => names.indexOf(column) !== i);
  if (twice !== undefined) fail(`columns: "${twice}" is declared twice.`);
  const usesOf = (column: string): number => names.filter((other) => other === column).length;
  if (usesOf(schema.label.column) > 0)
    fail(`the label column "${schema.label.column}" must not be among columns.`);
  if (schema.subject !== null && usesOf(schema.subject) > 0)
    fail(`the subject column "${schema.subject}" must not be among columns: it is no feature.`);
  if (schema.subject === schema.label.column)
    fail(`the subject column and the label column are both "${schema.subject}".`);
  if (!schema.columns.some(({ kind }) => kind !== "ignored"))
    fail("columns: every column is ignored; nothing is left to learn from.");
  for (const column of schema.columns) {
    if (column.kind === "categorical" && new Set(column.categories).size < column.categories.length)
      fail(`columns: "${column.name}" lists a category twice.`);
    if (column.kind === "numeric" && column.clip && column.clip[0] >= column.clip[1])
      fail(`columns: "${column.name}": clip: expected [low, high].`);
  }
  if ("positive" in schema.label) {
    const { positive, negative } = schema.label;
    const both = positive.find((value) => negative.includes(value));
    if (both !== undefined) fail(`label: "${both}" is both positive and negative.`);
  }
  if (!schema.csv.header && schema.csv.columnNames === undefined)
    fail("csv.columnNames: expected the names of the columns, since there is no header.");
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExpungeError("E_SCHEMA", `${source}: no JSON: ${(error as Error).message}.`);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
