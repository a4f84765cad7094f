/* Fixed maps between scaled rows and what a model is linear in. */

export { bandwidthOf, bandwidthOfSparse, rowsLookedAt } from "./bandwidth.js";
export { mapDataset, mappedSource, mapRowInto, mapRows } from "./mapped-rows.js";
export { rowMapperOf } from "./row-mapper.js";
