import { ExpungeError } from "../errors.js";
import { KERNEL_WASM_BASE64 } from "./kernel-wasm.generated.js";

/** What we use of assembly/index.ts. Addresses and 32-bit words are passed as integers modulo 2^32. */
export interface KernelExports {
  step(context: number, batch: number, stepLow: number, stepHigh: number): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * An instance of the kernel on the given memory. The module is compiled once; only the module is kept, so that a memory
 * lives no longer than its kernel.
 *
 * @throws ExpungeError E_KERNEL where WebAssembly or its SIMD instructions are missing
 */
export async function instantiateKernel(memory: WebAssembly.Memory): Promise<KernelExports> {
  compiled ??= compileKernel();
  let module: WebAssembly.Module;
  try {
    module = await compiled;
  } catch (error) {
    compiled = undefined;
    throw error;
  }
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports as unknown as KernelExports;
}

async function compileKernel(): Promise<WebAssembly.Module> {
  const bytes = Uint8Array.from(atob(KERNEL_WASM_BASE64), (character) => character.charCodeAt(0));
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(bytes)) {
    throw new ExpungeError(
      "E_KERNEL",
      'WebAssembly SIMD is not supported here. The option {kernel: "reference"} runs everywhere, many times slower.',
    );
  }
  return WebAssembly.compile(bytes);
}
