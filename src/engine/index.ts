import { ExpungeError } from "../errors.js";
import type { Kernel, PackedRows, ProcessParameters } from "./kernel.js";
import { createReferenceKernel } from "./reference-kernel.js";
import { createWasmKernel } from "./wasm-kernel.js";

export { chachaBlock, keyWords } from "./chacha.js";
export type {
  CreateKernel,
  Kernel,
  NoiseOrigin,
  PackedRows,
  ProcessParameters,
  SlotSource,
  StreamingKernel,
} from "./kernel.js";
export { stepNormals } from "./noise.js";
export { noiseKeyFromSeed } from "./noise-key.js";
export { createReferenceKernel } from "./reference-kernel.js";
export { createStreamingKernel, type StreamingOptions } from "./streaming-kernel.js";
export { createTrialPool, type TrialPool, type TrialPoolOptions } from "./trial-pool.js";
export { createWasmKernel } from "./wasm-kernel.js";

export interface KernelOptions {
  /** Speed and precision only: both run the same process on the same noise. Default "wasm-simd". */
  readonly kernel?: Kernel["name"];
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
  const name = options.kernel ?? "wasm-simd";
  switch (name) {
    case "wasm-simd":
      return createWasmKernel(rows, parameters);
    case "reference":
      return createReferenceKernel(rows, parameters);
    default:
      throw new ExpungeError(
        "E_OPTION",
        `Expected kernel = ${String(name)} to be "wasm-simd" or "reference".`,
      );
  }
}
