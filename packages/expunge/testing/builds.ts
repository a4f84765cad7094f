import { vi } from "vitest";
import { KERNEL_BUILDS } from "../src/engine/kernel-wasm.generated.js";
import type { KernelBuild } from "../src/engine/wasm-module.js";

const GENERATED = "../src/engine/kernel-wasm.generated.js";

/** The builds of the kernels that run here. */
export const BUILDS_HERE: readonly KernelBuild[] = KERNEL_BUILDS.filter(({ base64 }) =>
  WebAssembly.validate(Uint8Array.from(Buffer.from(base64, "base64"))),
).map(({ name }) => name);

/** The engine as it is where only one build runs. */
export async function engineOf(name: KernelBuild): Promise<typeof import("../src/engine/index.js")> {
  vi.resetModules();
  vi.doMock(GENERATED, () => ({ KERNEL_BUILDS: KERNEL_BUILDS.filter((build) => build.name === name) }));
  try {
    return await import("../src/engine/index.js");
  } finally {
    vi.doUnmock(GENERATED);
    vi.resetModules();
  }
}
