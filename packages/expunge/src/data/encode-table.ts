import { dataError } from "./data-error.js";
import { bindSchema } from "./encode-rows.js";
import { openTable } from "./read-table.js";
import { chunkRowsOf } from "./row-source.js";
import { scaleRowInto } from "./scale-rows.js";
import { featureNamesOf, type Schema } from "./schema.js";
import { placeOf } from "./table.js";

/** What of a table is encoded. */
export interface EncodeOptions {
  /** Features before scaling and without the intercept, in float64; default: what a model's weights multiply, in float32. */
  readonly isRaw: boolean;
  /** Whether labels are read; the column may be absent otherwise. */
  readonly hasLabels: boolean;
  /** Whose rows are left out. Nobody's where the table does not say whose they are. */
  readonly isLeftOut?: (subject: string) => boolean;
}

/** Some rows of a table as features. */
export interface EncodedChunk {
  readonly rowCount: number;
  /** rowCount x columns, row-major. */
  readonly features: Float32Array | Float64Array;
  /** As a data set has them: -1/+1, class numbers, or amounts as the schema scales them; null where they were not read. */
  readonly labels: Float64Array | null;
  /** Rows of the file, from 1, that were left out since the chunk before. */
  readonly leftOut: readonly number[];
}

/** A table's features, chunk by chunk. */
export interface EncodedTable {
  /** As `columnNamesOf` gives them. */
  readonly featureNames: readonly string[];
  /** Whether the table says whose its rows are. */
  readonly hasSubjects: boolean;
  readonly chunks: AsyncIterable<EncodedChunk>;
}

/**
 * A CSV or Parquet file through a schema, for other software. Rows are in the file's order. Memory is that of a chunk.
 *
 * @throws ExpungeError E_DATA, E_SCHEMA as `streamTable`; while rows are read, E_DATA naming file, row, column, what was found and expected
 */
export async function encodeTable(
  path: string,
  schema: Schema,
  options: EncodeOptions,
): Promise<EncodedTable> {
  const { isRaw, hasLabels, isLeftOut = () => false } = options;
  const table = await openTable(path, schema.csv);
  const encoder = bindSchema(schema, table, hasLabels ? "labelled" : "owned");
  const constant = isRaw ? 0 : schema.intercept;
  const { rawCount } = encoder;
  const width = rawCount + (constant === 0 ? 0 : 1);
  const chunkRows = chunkRowsOf(width);
  async function* chunks(): AsyncGenerator<EncodedChunk> {
    const wide = new Float64Array(width);
    const raw = wide.subarray(0, rawCount);
    let chunk = emptyChunk(chunkRows, width, options);
    let isEmpty = true;
    for await (const rows of table.batches) {
      for (const row of rows) {
        const { label, subject } = encoder.encode(row, raw);
        if (subject !== null && isLeftOut(subject)) {
          chunk.leftOut.push(row.row);
          continue;
        }
        isEmpty = false;
        const into = chunk.features.subarray(chunk.rowCount * width, (chunk.rowCount + 1) * width);
        if (constant !== 0) wide[rawCount] = constant;
        if (into instanceof Float32Array) scaleRowInto(wide, schema.scaling, into, () => placeOf(path, row));
        else into.set(wide);
        if (chunk.labels) chunk.labels[chunk.rowCount] = label;
        if (++chunk.rowCount < chunkRows) continue;
        yield chunk;
        chunk = emptyChunk(chunkRows, width, options);
      }
    }
    if (isEmpty && chunk.leftOut.length === 0) throw dataError({ file: path }, "at least one row", "none");
    const { rowCount, features, labels, leftOut } = chunk;
    yield {
      rowCount,
      features: features.subarray(0, rowCount * width),
      labels: labels?.subarray(0, rowCount) ?? null,
      leftOut,
    };
  }
  return {
    featureNames: columnNamesOf(featureNamesOf(schema), constant !== 0),
    hasSubjects: schema.subject !== null && table.columns.includes(schema.subject),
    chunks: chunks(),
  };
}

function emptyChunk(rows: number, width: number, { isRaw, hasLabels }: EncodeOptions) {
  return {
    rowCount: 0,
    features: isRaw ? new Float64Array(rows * width) : new Float32Array(rows * width),
    labels: hasLabels ? new Float64Array(rows) : null,
    leftOut: [] as number[],
  };
}

/** Names of columns with the constant feature, the last: "intercept", with as many "_" behind it as make it a name of its own. */
export function columnNamesOf(features: readonly string[], hasIntercept: boolean): readonly string[] {
  if (!hasIntercept) return features;
  let name = "intercept";
  while (features.includes(name)) name += "_";
  return [...features, name];
}
