/** Rows on disk by slot, for training on more rows than fit in memory. Node only. */
export { FEATURES_FILE, LABELS_FILE } from "./layout.js";
export type { RowFileOptions, RowFileProgress, WrittenRows } from "./options.js";
export { openRowFiles, type RowFiles, type RowFilesShape } from "./row-files.js";
export { type SortedRows, sortRows, writeRowFiles } from "./write-row-files.js";
