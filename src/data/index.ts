/** From files to data sets: readers, schemas, row norms. */
export { createDataset, type DatasetInput } from "./create-dataset.js";
export type { Dataset, RowScaling } from "./dataset.js";
export { type InferOptions, inferSchema } from "./infer-schema.js";
export { type IdxArray, readIdx } from "./read-idx.js";
export { type MnistOptions, readMnist } from "./read-mnist.js";
export { type NpyArray, readNpy, readNpz } from "./read-npy.js";
export { type NumericOptions, readNumeric } from "./read-numeric.js";
export { readFeatureRows, readTable } from "./read-table.js";
export { featureNamesOf, labelNamesOf, parseSchema, type Schema, schemaDigest } from "./schema.js";
export { selectRows, splitDataset } from "./split-dataset.js";
