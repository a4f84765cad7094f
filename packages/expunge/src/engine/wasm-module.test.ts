import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { generator, randomRows } from "../../testing/kernels.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

async function create(): Promise<unknown> {
  vi.resetModules();
  const { createKernel } = await import("./index.js");
  const { objectiveFrom } = await import("../objective/index.js");
  const rows = randomRows(objectiveFrom({ kind: "logistic" }), 4, 3, generator(1));
  const objective = { kind: "logistic" } as const;
  return createKernel(rows, { objective, batchSize: 2, clip: 1, l2: 0, eta: 1, noiseStd: 0, radius: 1 });
}

describe("the WebAssembly module", () => {
  it("is refused with E_KERNEL, naming the reference kernel, where SIMD is missing", async () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    await expect(create()).rejects.toThrow(
      expect.objectContaining({ code: "E_KERNEL", message: expect.stringContaining('kernel: "reference"') }),
    );
  });

  it("is refused with E_KERNEL where WebAssembly is missing", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    await expect(create()).rejects.toThrow(expect.objectContaining({ code: "E_KERNEL" }));
  });

  it("is compiled once for many kernels", async () => {
    const compile = vi.spyOn(WebAssembly, "compile");
    vi.resetModules();
    const { instantiateKernel } = await import("./wasm-module.js");
    for (let i = 0; i < 3; i++) await instantiateKernel(new WebAssembly.Memory({ initial: 1, maximum: 1 }));
    expect(compile).toHaveBeenCalledTimes(1);
  });

  it("equals a fresh build of assembly/", () => {
    const output = execFileSync(process.execPath, ["scripts/build-wasm.mjs", "--check"], {
      encoding: "utf8",
    });
    expect(output).toContain("equals a fresh build");
  });
});
