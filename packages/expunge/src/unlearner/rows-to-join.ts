import type { Dataset } from "../data/dataset.js";
import { OWN_UNITS } from "../data/label-scaling.js";
import { requireOwners } from "../data/row-owners.js";
import { ExpungeError } from "../errors.js";
import { labelsFor } from "./known-labels.js";
import type { DataDescription } from "./model-state.js";
import { packRows, type RowForm } from "./pack-rows.js";

/** Rows as slots hold them. */
export interface StoredRows {
  readonly rowCount: number;
  /** Of each row its features (mapped, where there is a map), its sample weight where rows have one, and its label, float32. */
  readonly contents: Float32Array;
}

/**
 * Rows that are to join a model, looked at as those were that it was trained on: of the same width, made by the same schema, with labels that the
 * model knows. Nothing of the schema changes with them; values are scaled as the model's were.
 *
 * @throws ExpungeError E_DATA naming what differs or the row, E_ASSUMPTION naming the row
 */
export function rowsToJoin(known: DataDescription, rows: Dataset, form: RowForm): StoredRows {
  const { featureCount, rowCount, hasSampleWeights = false } = rows;
  require("features a row", known.featureCount, featureCount);
  require("rows scaled by", known.scaling.kind, rows.scaling.kind);
  require("an intercept of", known.scaling.intercept, rows.scaling.intercept);
  require("a schema of sha256", known.schemaDigest, rows.schemaDigest);
  require("sample weights:", known.hasSampleWeights ?? false, hasSampleWeights);
  if (known.featureNames !== null && rows.featureNames !== null)
    require("columns", known.featureNames.join(", "), rows.featureNames.join(", "));
  if (rowCount === 0) throw new ExpungeError("E_DATA", "Expected at least one row, found none.");
  requireOwners(rows.subjects, rowCount, "rows");
  const coded = labelsFor(known, rows);
  const { centre, scale } = known.labelScaling ?? OWN_UNITS;
  const labels = Float32Array.from(coded, (label) => (label - centre) / scale);
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row);
  const packed = packRows({ ...rows, labels }, order, rowCount, form);
  const width = packed.features.length / rowCount;
  const contents = new Float32Array(rowCount * (width + 1));
  for (let row = 0; row < rowCount; row++) {
    contents.set(packed.features.subarray(row * width, (row + 1) * width), row * (width + 1));
    contents[row * (width + 1) + width] = packed.labels[row]!;
  }
  return { rowCount, contents };
}

function require(what: string, expected: unknown, found: unknown): void {
  if (found === expected) return;
  throw new ExpungeError(
    "E_DATA",
    `The rows do not fit the model: expected ${what} ${String(expected)}, found ${String(found)}. Read them as its training data were read.`,
    { expected, found },
  );
}

/** Steps at which rows join are kept in 32 bits. @throws ExpungeError E_OPTION */
export function requireCountable(steps: number): void {
  if (steps < 2 ** 32) return;
  throw new ExpungeError("E_OPTION", `Expected fewer than 2^32 steps before rows join, found ${steps}.`);
}
