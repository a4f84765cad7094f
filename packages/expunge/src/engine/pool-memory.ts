import type { WasmMemory } from "./wasm-memory.js";

/** What of a memory steps of several processes run in, whatever its rows are. */
export type PoolMemory = Pick<
  WasmMemory,
  | "memory"
  | "noiseStd"
  | "columns"
  | "outputCount"
  | "featureCount"
  | "weights"
  | "weightsAddress"
  | "keys"
  | "keysAddress"
  | "control"
  | "workers"
>;
