import { describe, expect, it } from "vitest";
import {
  generator,
  KERNEL_NAMES,
  kernelSetting,
  parametersFor,
  randomRows,
  SEED,
} from "../../testing/kernels.js";
import { objectiveFrom } from "../objective/index.js";
import { createKernel, type NoiseOrigin, type PackedRows, type ProcessParameters } from "./index.js";

/*
 * What every kernel refuses, and that it changes nothing then.
 */

const logistic = objectiveFrom({ kind: "logistic" });
const code = (name: string) => expect.objectContaining({ code: name });

describe.each(KERNEL_NAMES)("kernel %s refuses", (name) => {
  const create = (rows: PackedRows, parameters: ProcessParameters) =>
    createKernel(rows, parameters, { kernel: name });

  it.each<[string, Partial<ProcessParameters>]>([
    ["E_DOMAIN", { batchSize: 0 }],
    ["E_DOMAIN", { batchSize: 2.5 }],
    ["E_KERNEL", { batchSize: 7 }],
    ["E_DOMAIN", { clip: 0 }],
    ["E_DOMAIN", { clip: Number.POSITIVE_INFINITY }],
    ["E_DOMAIN", { l2: -1 }],
    ["E_DOMAIN", { l2: Number.NaN }],
    ["E_DOMAIN", { eta: 0 }],
    ["E_DOMAIN", { eta: 30 }], // eta * l2 > 1
    ["E_DOMAIN", { noiseStd: -1 }],
    ["E_DOMAIN", { noiseStd: Number.POSITIVE_INFINITY }],
    ["E_DOMAIN", { radius: 0 }],
    ["E_DOMAIN", { radius: Number.NaN }],
    ["E_DOMAIN", { radius: Number.POSITIVE_INFINITY }],
    ["E_OPTION", { objective: { kind: "svm" } as never }],
    ["E_ASSUMPTION", { objective: { kind: "softmax", classCount: 3 }, clip: 1.4 }],
  ])("%s: parameters %o", async (expected, overrides) => {
    const rows = randomRows(logistic, 24, 11, generator(3));
    await expect(create(rows, parametersFor(logistic, overrides))).rejects.toThrow(code(expected));
  });

  it.each<[string, string, (rows: PackedRows) => Partial<PackedRows>]>([
    ["E_KERNEL", "too few features", ({ features }) => ({ features: features.slice(1) })],
    ["E_KERNEL", "too few labels", ({ labels }) => ({ labels: labels.slice(1) })],
    ["E_KERNEL", "float64 features", ({ features }) => ({ features: Float64Array.from(features) as never })],
    ["E_DOMAIN", "no features", () => ({ featureCount: 0, features: new Float32Array() })],
    [
      "E_DOMAIN",
      "no slots",
      () => ({ slotCount: 0, features: new Float32Array(), labels: new Float32Array() }),
    ],
    ["E_DOMAIN", "NaN", ({ features }) => ({ features: features.with(100, Number.NaN) })],
    ["E_DOMAIN", "infinity", ({ features }) => ({ features: features.with(0, Number.POSITIVE_INFINITY) })],
    ["E_DOMAIN", "a row norm above 1", ({ features }) => ({ features: features.with(263, 1.1) })],
    ["E_DOMAIN", "label 0", ({ labels }) => ({ labels: labels.with(3, 0) })],
    ["E_DOMAIN", "label NaN", ({ labels }) => ({ labels: labels.with(3, Number.NaN) })],
  ])("%s: rows with %s", async (expected, _, change) => {
    const rows = randomRows(logistic, 24, 11, generator(3));
    rows.features.fill(0.1, 3 * 11, 4 * 11); // slot 3 is not empty
    await expect(create({ ...rows, ...change(rows) }, parametersFor(logistic))).rejects.toThrow(
      code(expected),
    );
  });

  it("rows whose norm exceeds 1 by more than rounding to float32 explains", async () => {
    const row = (norm: number) => ({
      slotCount: 1,
      featureCount: 2,
      features: Float32Array.of(0, norm),
      labels: Float32Array.of(1),
    });
    const parameters = parametersFor(logistic, { batchSize: 1 });
    await expect(create(row(1 + 2 ** -23), parameters)).resolves.toBeDefined();
    await expect(create(row(1 + 2 ** -22), parameters)).rejects.toThrow(code("E_DOMAIN"));
  });

  it("steps, weights and keys out of range, and leaves the weights as they were", async () => {
    const { kernel, zeros } = await kernelSetting(name);
    const weights = zeros().fill(0.5);
    const advance = (from: number, count: number, w = weights, noise: NoiseOrigin = SEED) =>
      expect(() => kernel.advance(w, from, count, noise));
    for (const from of [0, -1, 1.5, 2 ** 53, Number.NaN]) advance(from, 1).toThrow(code("E_DOMAIN"));
    for (const count of [-1, 0.5, 2 ** 53 - 1, Number.NaN]) advance(1, count).toThrow(code("E_DOMAIN"));
    advance(1, 1, new Float64Array(10)).toThrow(code("E_KERNEL"));
    advance(1, 1, zeros().fill(Number.NaN)).toThrow(code("E_KERNEL"));
    advance(1, 1, weights, { kind: "seed", key: new Uint8Array(31) }).toThrow(code("E_KERNEL"));
    advance(1, 1, weights, { kind: "other" } as never).toThrow(code("E_KERNEL"));
    expect(weights).toEqual(zeros().fill(0.5));
  });

  it("weights that became non-finite: the caller's stay untouched and the kernel usable", async () => {
    const { kernel, zeros, run } = await kernelSetting(name, { kind: "logistic" }, { noiseStd: 1e308 });
    const weights = zeros().fill(0.25);
    expect(() => kernel.advance(weights, 1, 40, SEED)).toThrow(code("E_KERNEL"));
    expect(weights).toEqual(zeros().fill(0.25));
    expect(() => run(1, 40)).toThrow(code("E_KERNEL"));
    expect(run(1, 0)).toEqual(zeros());
  });

  it("bad slots and records, and leaves the slot as it was", async () => {
    const { kernel } = await kernelSetting(name);
    const before = kernel.readSlot(2);
    const row = new Float32Array(11).fill(0.1);
    for (const slot of [-1, 24, 0.5, Number.NaN]) {
      expect(() => kernel.readSlot(slot)).toThrow(code("E_DOMAIN"));
      expect(() => kernel.writeSlot(slot, null)).toThrow(code("E_DOMAIN"));
    }
    expect(() => kernel.writeSlot(2, { features: [1], label: 1 })).toThrow(code("E_KERNEL"));
    expect(() => kernel.writeSlot(2, { features: row, label: 0 })).toThrow(code("E_DOMAIN"));
    expect(() => kernel.writeSlot(2, { features: row.fill(0.9), label: 1 })).toThrow(code("E_DOMAIN"));
    expect(() => kernel.writeSlot(2, { features: row.fill(Number.NaN), label: 1 })).toThrow(code("E_DOMAIN"));
    expect(kernel.readSlot(2)).toEqual(before);
  });

  it("everything after dispose, which may be called twice", async () => {
    const { kernel, zeros } = await kernelSetting(name);
    kernel.dispose();
    kernel.dispose();
    expect(() => kernel.advance(zeros(), 1, 1, SEED)).toThrow(code("E_KERNEL"));
    expect(() => kernel.readSlot(0)).toThrow(code("E_KERNEL"));
    expect(() => kernel.writeSlot(0, null)).toThrow(code("E_KERNEL"));
  });
});

describe("createKernel", () => {
  it("refuses an unknown kernel with E_OPTION", async () => {
    const rows = randomRows(logistic, 6, 2, generator(1));
    const unknown = createKernel(rows, parametersFor(logistic), { kernel: "gpu" as never });
    await expect(unknown).rejects.toThrow(code("E_OPTION"));
  });
});
