import { featuresIn, OddCells, readMnist, readNpy, readOwnedNpz, readScaledRows } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import type { Model } from "../unlearner/model.js";
import type { PredictionRows } from "../unlearner/predict.js";
import { digitsOf, kindOf } from "./load-data.js";
import { loadSchemaFor } from "./load-schema.js";
import type { Notes } from "./notes.js";

/**
 * Reads rows to predict for a trained model: neither labels nor subjects are needed, and are left alone where they are there. For
 * MNIST's folder the test images.
 *
 * @param notes told which rows hold what the schema does not know
 * @throws ExpungeError E_DATA, E_SCHEMA, E_OPTION
 */
export async function loadRowsFor(
  directory: string,
  { description }: Model,
  path: string,
  schema: string | undefined,
  notes: Notes,
): Promise<PredictionRows> {
  const kind = await kindOf(path);
  if (kind === "table") {
    const oddCells = new OddCells();
    const read = await loadSchemaFor(directory, description, path, schema);
    const { modelSchema } = read;
    const rows = await readScaledRows(path, read.schema, { oddCells, modelSchema });
    notes.add(oddCells.notes());
    return rows;
  }
  if (description.schemaDigest !== null) {
    throw new ExpungeError(
      "E_DATA",
      `${path} holds plain numbers, but the model in ${directory} was trained on a table: give CSV or Parquet.`,
    );
  }
  if (kind === "folder") return (await readMnist(path, { digits: digitsOf(description, path) })).test;
  return readNumericRows(path);
}

async function readNumericRows(path: string): Promise<readonly ArrayLike<number>[]> {
  const arrays = /\.npz$/i.test(path) ? (await readOwnedNpz(path)).arrays : null;
  const features = arrays === null ? await readNpy(path) : featuresIn(arrays);
  if (features === undefined) {
    throw new ExpungeError(
      "E_DATA",
      `${path}: expected an array features (or X), found ${[...(arrays ?? new Map()).keys()].join(", ")}.`,
    );
  }
  const { shape, data } = features;
  const [rowCount = 0, width = 0] = shape;
  if (shape.length !== 2 || rowCount === 0) {
    throw new ExpungeError("E_DATA", `${path}: expected rows x columns, found shape (${shape.join(", ")}).`);
  }
  return Array.from({ length: rowCount }, (_, i) => data.subarray(i * width, (i + 1) * width));
}
