/** What the readers' bench drives: the path from a table to rows ready for training. */
export { ChunkGatherer } from "../../expunge/src/data/chunk-gatherer.js";
export { bindSchema } from "../../expunge/src/data/encode-rows.js";
export { openTable } from "../../expunge/src/data/read-table.js";
export { RowIntake } from "../../expunge/src/data/row-intake.js";
export { labelNamesOf, parseSchema } from "../../expunge/src/data/schema.js";
export { placeOf } from "../../expunge/src/data/table.js";
export { beginParquet } from "../../expunge/src/export/parquet.js";
