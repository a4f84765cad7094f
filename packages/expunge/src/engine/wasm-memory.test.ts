import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { generator, randomRows } from "../../testing/kernels.js";
import { objectiveFrom } from "../objective/index.js";
import { keyWords } from "./chacha.js";
import { createWasmKernel, type Kernel, noiseKeyFromSeed, stepNormals } from "./index.js";
import { allocate } from "./wasm-memory.js";

const objective = objectiveFrom({ kind: "logistic" });
const PARAMETERS = {
  objective: objective.spec,
  batchSize: 6,
  clip: 1,
  l2: 0.05,
  eta: 0.5,
  noiseStd: 0.25,
  radius: 100,
};

afterEach(() => {
  vi.restoreAllMocks();
});

/** A kernel of 24 rows and the bytes of the WebAssembly memory it made. */
async function kernelAndBytes(overrides: Partial<typeof PARAMETERS> = {}): Promise<[Kernel, Buffer]> {
  const Memory = WebAssembly.Memory;
  let made: WebAssembly.Memory | undefined;
  vi.spyOn(WebAssembly, "Memory").mockImplementation(function make(descriptor: WebAssembly.MemoryDescriptor) {
    return (made = new Memory(descriptor));
  });
  const kernel = await createWasmKernel(randomRows(objective, 24, 11, generator(7)), {
    ...PARAMETERS,
    ...overrides,
  });
  return [kernel, Buffer.from(made!.buffer)];
}

const float32Bytes = (numbers: ArrayLike<number>) => Buffer.from(Float32Array.from(numbers).buffer);

describe("the memory of a wasm kernel", () => {
  it("keeps no trace of a record after writeSlot(null) or a replacement", async () => {
    const [kernel, bytes] = await kernelAndBytes();
    const secret = [0.1234567, -0.2345678, 0.3456789, 0.0456789];
    const record = { features: Array.from({ length: 11 }, (_, i) => secret[i % 4]!), label: 1 };
    for (const next of [null, { features: new Float32Array(11).fill(0.1), label: -1 }]) {
      kernel.writeSlot(8, record);
      kernel.advance(new Float64Array(11), 1, 4, { kind: "system" });
      expect(bytes.includes(float32Bytes(secret))).toBe(true);
      kernel.writeSlot(8, next);
      for (const feature of secret) expect(bytes.includes(float32Bytes([feature]))).toBe(false);
    }
  });

  it.each(["system", "seed"] as const)(
    "keeps neither key nor normals of %s noise after advance",
    async (kind) => {
      const [kernel, bytes] = await kernelAndBytes();
      let key = noiseKeyFromSeed("memory");
      const getRandomValues = crypto.getRandomValues.bind(crypto);
      vi.spyOn(crypto, "getRandomValues").mockImplementation((into) => {
        getRandomValues(into as Uint8Array<ArrayBuffer>);
        key = (into as unknown as Uint8Array<ArrayBuffer>).slice();
        return into;
      });
      kernel.advance(new Float64Array(11), 9, 3, kind === "seed" ? { kind, key } : { kind });
      for (let i = 0; i < 32; i += 4) expect(bytes.includes(Buffer.from(key.subarray(i, i + 4)))).toBe(false);
      const normals = new Float64Array(11);
      stepNormals(keyWords(key), 11, 11, normals);
      for (const normal of normals) expect(bytes.includes(float32Bytes([normal]))).toBe(false);
    },
  );

  it("keeps no key after a run that fails", async () => {
    const [kernel, bytes] = await kernelAndBytes({ noiseStd: 1e308 });
    const key = noiseKeyFromSeed("fails");
    expect(() => kernel.advance(new Float64Array(11), 1, 40, { kind: "seed", key })).toThrow();
    expect(bytes.includes(Buffer.from(key.subarray(0, 4)))).toBe(false);
  });

  it("is zero after dispose", async () => {
    const [kernel, bytes] = await kernelAndBytes();
    kernel.dispose();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it("is collected with its kernel: nothing global holds it", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const Memory = WebAssembly.Memory;
    const references: WeakRef<WebAssembly.Memory>[] = [];
    const spy = vi.spyOn(WebAssembly, "Memory").mockImplementation(function make(
      descriptor: WebAssembly.MemoryDescriptor,
    ) {
      const memory = new Memory(descriptor);
      references.push(new WeakRef(memory));
      return memory;
    });
    for (let i = 0; i < 5; i++) {
      const kernel = await createWasmKernel(randomRows(objective, 6, 3, generator(i)), PARAMETERS);
      kernel.advance(new Float64Array(3), 1, 2, { kind: "system" });
    }
    spy.mockRestore(); // the spy keeps what it returned
    for (let i = 0; i < 20 && references.some((reference) => reference.deref()); i++) {
      await new Promise((done) => setTimeout(done, 5));
      collect();
    }
    // A dead stack slot may still name the last one.
    expect(references.filter((reference) => reference.deref()).length).toBeLessThanOrEqual(1);
  });

  it("beyond 4 GiB is refused with E_KERNEL", () => {
    const shape = {
      panelCount: 2 ** 21,
      featureCount: 784,
      ...({
        stagingRows: 4,
        trials: 1,
        trialsPerPass: 1,
        workers: 1,
        isShared: false,
        precision: "float64",
      } as const),
    };
    expect(() => allocate(shape, objective, PARAMETERS)).toThrow(
      expect.objectContaining({ code: "E_KERNEL" }),
    );
  });
});
