import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generator, randomRows } from "../../testing/kernels.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import {
  createReferenceKernel,
  createWasmKernel,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
  type ProcessParameters,
} from "./index.js";

const SEED: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed("wasm") };

/** The largest difference of the two kernels' weights after the given steps, and the largest weight. */
async function compare(
  rows: PackedRows,
  parameters: ProcessParameters,
  firstStep: number,
  stepCount: number,
) {
  const { outputCount } = objectiveFrom(parameters.objective);
  const [fast, exact] = await Promise.all([
    createWasmKernel(rows, parameters, "float32"),
    createReferenceKernel(rows, parameters),
  ]);
  const random = generator(5);
  const start = Float64Array.from({ length: outputCount * rows.featureCount }, () =>
    Math.fround(random() - 0.5),
  );
  const [a, b] = [start.slice(), start.slice()];
  fast.advance(a, firstStep, stepCount, SEED);
  exact.advance(b, firstStep, stepCount, SEED);
  fast.dispose();
  return {
    difference: a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0),
    largest: b.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
  };
}

const spec: fc.Arbitrary<ObjectiveSpec> = fc.oneof(
  fc.constant({ kind: "logistic" } as const),
  fc.record({ kind: fc.constant("logistic" as const), offset: fc.constantFrom(-12, -1.3, 5) }),
  fc.record({ kind: fc.constant("softmax" as const), classCount: fc.integer({ min: 2, max: 100 }) }),
  fc.record({ kind: fc.constant("smoothedHinge" as const), width: fc.constantFrom(0.25, 1, 4) }),
  fc.record({ kind: fc.constant("huberRegression" as const), threshold: fc.constantFrom(0.3, 2) }),
);

describe("float32 against the reference", () => {
  it("differs by < 1e-6 (1 + |weight|) after a cycle, over 300 random shapes, densities, objectives, clips, radii, noises", async () => {
    const property = fc.asyncProperty(
      spec,
      fc.record({
        featureCount: fc.integer({ min: 1, max: 150 }),
        batchSize: fc.integer({ min: 1, max: 13 }),
        batchCount: fc.integer({ min: 1, max: 5 }),
        seed: fc.integer(),
        density: fc.constantFrom(1, 0.3, 0.02),
        clipShare: fc.constantFrom(1, 0.4, 0.05),
        l2: fc.constantFrom(0, 1e-3, 0.1),
        etaShare: fc.constantFrom(0.2, 1),
        noiseStd: fc.constantFrom(0, 1e-3, 0.1),
        radius: fc.constantFrom(1e4, 3, 0.1),
      }),
      async (objectiveSpec, shape) => {
        const objective = objectiveFrom(objectiveSpec);
        const { batchSize, batchCount, featureCount, l2, noiseStd, radius } = shape;
        const rows = randomRows(
          objective,
          batchSize * batchCount,
          featureCount,
          generator(shape.seed),
          shape.density,
        );
        const clip = objective.lipschitz * (objective.clippable ? shape.clipShare : 1);
        const eta = shape.etaShare / (objective.smoothness + l2);
        const parameters = { objective: objectiveSpec, batchSize, clip, l2, eta, noiseStd, radius };
        const { difference, largest } = await compare(rows, parameters, batchCount, batchCount + 1);
        expect(difference).toBeLessThan(1e-6 * (1 + largest));
      },
    );
    await fc.assert(property, { numRuns: 300, seed: 20 });
  });

  it.each([7, 16, 32, 48])(
    "holds where all but one or two lines of %i columns are in use",
    async (featureCount) => {
      for (const zeroLines of [[1], [0, 1], [2], [0]]) {
        const rows = randomRows(
          objectiveFrom({ kind: "softmax", classCount: 3 }),
          12,
          featureCount,
          generator(3),
        );
        const isZero = (column: number): boolean => zeroLines.includes(Math.floor(column / 4));
        const features = rows.features.map((x, i) => (isZero(i % featureCount) ? 0 : x));
        const objective = { kind: "softmax", classCount: 3 } as const;
        const parameters = { ...noiseless(12, 6), objective, clip: 2 };
        expect((await compare({ ...rows, features }, parameters, 1, 4)).difference).toBeLessThan(1e-6);
      }
    },
  );

  it("differs by < 1e-6 after 100 noiseless epochs (1,000 steps) of logistic regression on random rows", async () => {
    const rows = randomRows(objectiveFrom({ kind: "logistic" }), 1280, 100, generator(1));
    const { difference } = await compare(rows, noiseless(1280, 128), 1, 1000);
    expect(difference).toBeLessThan(1e-6);
  });

  it("differs by < 1.5e-6 of the largest weight after 100 epochs in which the noise outweighs the data", async () => {
    const rows = randomRows(objectiveFrom({ kind: "logistic" }), 1280, 100, generator(1));
    const { difference, largest } = await compare(rows, { ...noiseless(1280, 128), noiseStd: 0.5 }, 1, 1000);
    expect(difference).toBeLessThan(1.5e-6 * largest);
  });

  const mnist = resolve(process.env.EXPUNGE_DATA ?? "../shared/data", "mnist");
  const title =
    "differs by < 5e-7 after 100 noiseless epochs (2,200 steps) on MNIST 3-vs-8 at the paper's constants";
  if (existsSync(mnist)) {
    it(title, async () => {
      const rows = mnist3Against8(mnist);
      const { difference } = await compare(
        rows,
        noiseless(rows.slotCount, 512),
        1,
        (100 * rows.slotCount) / 512,
      );
      expect(difference).toBeLessThan(5e-7);
    });
  } else {
    it.skip(`${title} (SKIPPED: no data at ${mnist}; set EXPUNGE_DATA)`, () => {});
  }
});

/** The paper's constants: lambda = 1e-6 n, eta = 1 / (1/4 + lambda) (docs/theory.md, "Learning and unlearning are one process"). */
function noiseless(rowCount: number, batchSize: number): ProcessParameters {
  const l2 = 1e-6 * rowCount;
  const eta = 1 / (0.25 + l2);
  return {
    objective: { kind: "logistic" },
    batchSize,
    clip: 1,
    l2,
    eta,
    noiseStd: 0,
    radius: 1e3,
  };
}

/** The first 11,264 threes and eights of the training set, each row scaled to norm 1. */
function mnist3Against8(directory: string): PackedRows {
  const read = (name: string) => gunzipSync(readFileSync(resolve(directory, name)));
  const images = read("train-images-idx3-ubyte.gz").subarray(16);
  const digits = read("train-labels-idx1-ubyte.gz").subarray(8);
  const slotCount = 11_264;
  const features = new Float32Array(slotCount * 784);
  const labels = new Float32Array(slotCount);
  let slot = 0;
  for (let image = 0; slot < slotCount; image++) {
    if (digits[image] !== 3 && digits[image] !== 8) continue;
    const pixels = images.subarray(784 * image, 784 * (image + 1));
    const norm = Math.sqrt(pixels.reduce((sum, p) => sum + p * p, 0));
    for (let i = 0; i < 784; i++) features[784 * slot + i] = pixels[i]! / norm;
    labels[slot++] = digits[image] === 3 ? 1 : -1;
  }
  return { slotCount, featureCount: 784, features, labels };
}
