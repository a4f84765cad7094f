import { ExpungeError } from "expunge";
import {
  type ByteSource,
  type OddCellNote,
  OddCells,
  readScaledRows,
  type Schema,
  schemaDigest,
} from "expunge/data";
import type { PredictionState } from "expunge/process";
import { csvOfRecords, type RowRecord } from "./row-records.js";
import { MOST_NOTES } from "./upload-reader.js";
import { type Predictions, predictOf } from "./use-model.js";
import { withoutValues } from "./without-values.js";

/** What errors call the list. */
const NAME = "records";

/** What a model says of rows by the names of their columns, and what its schema lets pass of them and hardly knows. */
export interface RecordPredictions extends Predictions {
  readonly notes: readonly OddCellNote[];
}

/**
 * Reads rows by names as a table is read. Label, owner and weight need not be there.
 *
 * @throws BodyError where a row has other fields than the first; ExpungeError E_DATA, E_SCHEMA without any value of a row; E_CONFLICT without a schema
 */
export async function predictRecords(
  model: PredictionState,
  schema: Schema | null,
  records: readonly RowRecord[],
): Promise<RecordPredictions> {
  if (schema === null)
    throw new ExpungeError(
      "E_CONFLICT",
      "The model's data set was made without a schema, so its columns have no names: send rows, as lists of numbers.",
    );
  // However the data set's own table was cut: these rows name their columns.
  const named = { ...schema, csv: { delimiter: ",", header: true } };
  const oddCells = new OddCells();
  const source = sourceOf(Buffer.from(csvOfRecords(NAME, records, named)));
  const scaled = await readScaledRows(source, named, { oddCells }).catch((error: unknown) => {
    throw withoutValues(error, NAME);
  });
  const notes = oddCells.found().slice(0, MOST_NOTES);
  return { ...predictOf(model, { ...scaled, schemaDigest: schemaDigest(schema) }), notes };
}

function sourceOf(bytes: Buffer): ByteSource {
  return {
    ...{ name: NAME, size: bytes.length },
    async read(into, position) {
      into.set(bytes.subarray(position, position + into.length));
    },
  };
}
