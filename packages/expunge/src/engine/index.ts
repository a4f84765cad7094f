/**
 * Kernels: the steps of the process on packed rows, with their noise. `createKernel` makes one; docs/performance.md compares them.
 *
 * @module expunge/engine
 */
import { ExpungeError } from "../errors.js";
import type { Kernel, KernelName, PackedRows, ProcessParameters } from "./kernel.js";
import { createReferenceKernel } from "./reference-kernel.js";
import { createWasmKernel } from "./wasm-kernel.js";

export { chachaBlock, keyWords } from "./chacha.js";
export { type GridRelease, releaseOnGrid } from "./grid-release.js";
export type {
  CreateKernel,
  Kernel,
  KernelName,
  NoiseOrigin,
  PackedRows,
  ProcessParameters,
  Row,
  SlotSource,
  StreamingKernel,
} from "./kernel.js";
export { stepNormals } from "./noise.js";
export { noiseKeyFromSeed } from "./noise-key.js";
export { createReferenceKernel } from "./reference-kernel.js";
export { createSparseKernel } from "./sparse-kernel.js";
export { createStreamingKernel, type StreamingOptions } from "./streaming-kernel.js";
export { createTrialPool, type TrialPool, type TrialPoolOptions } from "./trial-pool.js";
export { createWasmKernel } from "./wasm-kernel.js";
export { type KernelBuild, kernelBuild, type WasmPrecision } from "./wasm-module.js";
export { gradientWeight, isWeight, rowWidthOf, type Weighting } from "./weighting.js";

/** Which kernel runs the steps. */
export interface KernelOptions {
  /** Speed and precision only: all run the same process on the same noise. Default "float64". */
  readonly kernel?: KernelName;
}

/**
 * A kernel over the given rows.
 *
 * @throws ExpungeError E_KERNEL where the kernel cannot run here or the buffers do not fit, E_OPTION for an unknown
 *   kernel or a bad objective, E_ASSUMPTION for a clip that breaks convexity; DomainError E_DOMAIN for bad numbers
 */
export async function createKernel(
  rows: PackedRows,
  parameters: ProcessParameters,
  options: KernelOptions = {},
): Promise<Kernel> {
  const name = options.kernel ?? "float64";
  switch (name) {
    case "float64":
    case "float32":
      return createWasmKernel(rows, parameters, name);
    case "reference":
      return createReferenceKernel(rows, parameters);
    default:
      throw new ExpungeError(
        "E_OPTION",
        `Expected kernel = ${String(name)} to be "float64", "float32" or "reference".`,
      );
  }
}
