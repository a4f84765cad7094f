import { beforeAll, describe, expect, it } from "vitest";
import { objectiveFrom } from "../objective/index.js";
import { instantiateKernel } from "./wasm-module.js";

/*
 * The derivatives of the float64 kernel against Math.exp, itself good to an ulp: what is accounted for is 2^-40, what is claimed
 * in packages/expunge/assembly/coefficients64.ts 2^-49 (and 2^-53 for each output).
 */

const OUTPUTS = 1024;
const LABELS = 40_000;
const LIMITS = 40_064;

type Coefficients = (outputs: number, end: number, a: number, b: number, c: number, d?: number) => void;

describe("float64 derivatives", () => {
  let memory: DataView;
  let kernel: { singleOutputCoefficients64: Coefficients; softmaxCoefficients64: Coefficients };

  beforeAll(async () => {
    const own = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    memory = new DataView(own.buffer);
    kernel = (await instantiateKernel(own)) as unknown as typeof kernel;
  });

  /** Fills the four rows' labels, and limits that never bite. */
  function prepare(labels: readonly number[]): void {
    for (const [row, label] of labels.entries()) {
      memory.setFloat32(LABELS + 4 * row, label, true);
      memory.setFloat64(LIMITS + 8 * row, 1e300, true);
    }
  }

  it.each([
    { kind: "logistic", number: 0, shape: 0 },
    { kind: "logistic", number: 0, shape: -4.6, offset: -4.6 },
    { kind: "smoothedHinge", number: 2, shape: 1 / 0.7, width: 0.7 },
    { kind: "huberRegression", number: 3, shape: 0.9, threshold: 0.9 },
  ] as const)(
    "of $kind: within 2^-49 of themselves, for outputs from -700 to 700",
    ({ number, shape, ...spec }) => {
      const objective = objectiveFrom(spec);
      const labels = [1, -1, 1, -1];
      prepare(labels);
      const outputs = Array.from({ length: 4000 }, (_, i) =>
        i < 2000 ? (i - 1000) * 0.7 : Math.sin(i) * 10 ** (2 - (i % 20)),
      );
      const into = new Float64Array(1);
      let worst = 0;
      for (let at = 0; at < outputs.length; at += 4) {
        for (let row = 0; row < 4; row++) memory.setFloat64(OUTPUTS + 8 * row, outputs[at + row]!, true);
        kernel.singleOutputCoefficients64(OUTPUTS, OUTPUTS + 32, number, shape, LABELS, LIMITS);
        for (let row = 0; row < 4; row++) {
          objective.derivative([outputs[at + row]!], labels[row]!, into);
          const found = memory.getFloat64(OUTPUTS + 8 * row, true);
          worst = Math.max(worst, Math.abs(found - into[0]!) / (Math.abs(into[0]!) || 1));
        }
      }
      expect(worst).toBeLessThan(2 ** -49);
    },
  );

  it("of softmax: within 2^-49 + classes 2^-53 in norm, for up to 200 classes", () => {
    for (const classCount of [2, 3, 10, 200]) {
      const objective = objectiveFrom({ kind: "softmax", classCount });
      const labels = [0, 1, classCount - 1, 0];
      prepare(labels);
      for (const scale of [1e-3, 1, 30, 500]) {
        const outputs = Array.from({ length: 4 * classCount }, (_, i) => scale * Math.sin(1 + i * i));
        for (const [i, output] of outputs.entries()) memory.setFloat64(OUTPUTS + 8 * i, output, true);
        kernel.softmaxCoefficients64(OUTPUTS, OUTPUTS + 32 * classCount, classCount, LABELS, LIMITS);
        for (let row = 0; row < 4; row++) {
          const exact = new Float64Array(classCount);
          objective.derivative(
            outputs.filter((_, i) => i % 4 === row),
            labels[row]!,
            exact,
          );
          const square = exact.reduce(
            (sum, x, j) => sum + (memory.getFloat64(OUTPUTS + 8 * (4 * j + row), true) - x) ** 2,
            0,
          );
          expect(Math.sqrt(square)).toBeLessThan(2 ** -49 + classCount * 2 ** -53);
        }
      }
    }
  });
});
