import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { isThorough, tries } from "../../../../test/thorough.js";
import { BUILDS_HERE, engineOf } from "../../testing/builds.js";
import { generator, randomRows, SEED, weighRows } from "../../testing/kernels.js";
import { roundingBound } from "../../testing/rounding-bounds.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import type { createKernel, KernelName, PackedRows, ProcessParameters } from "./index.js";

/*
 * One step on either kernel, from the same weights with the same noise: how far apart they end, against what is claimed. On every
 * build of the kernels that runs here.
 */

/** The fastest build that runs here has all of it; Node 20 has that of the other. */
const runsOf = (build: string): number => (build === BUILDS_HERE[0] ? tries(100, 400) : tries(50, 100));

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

/** Weights within the ball that float32 holds exactly, most of them of one sign. */
function startWithin(radius: number, count: number, random: () => number): Float64Array {
  const weights = Float64Array.from({ length: count }, () => random() - 0.3);
  const norm = Math.hypot(...weights) || 1;
  const length = radius * (0.2 + 0.79 * random());
  return weights.map((x) => Math.fround((x * length) / norm));
}

/** The greatest distance between two kernels of a build over some steps, each from where the first left off. */
async function worstStep(
  create: typeof createKernel,
  names: readonly [KernelName, KernelName],
  rows: PackedRows,
  parameters: ProcessParameters,
  steps: number,
  weights: Float64Array,
): Promise<number> {
  const [first, second] = await Promise.all(names.map((kernel) => create(rows, parameters, { kernel })));
  let worst = 0;
  for (let step = 1; step <= steps; step++) {
    const [a, b] = [weights.slice(), weights.slice()];
    first!.advance(a, step, 1, SEED);
    second!.advance(b, step, 1, SEED);
    worst = Math.max(worst, distance(a, b));
    weights.set(a);
  }
  first!.dispose();
  second!.dispose();
  return worst;
}

const spec: fc.Arbitrary<ObjectiveSpec> = fc.oneof(
  fc.constant({ kind: "logistic" } as const),
  fc.record({ kind: fc.constant("logistic" as const), offset: fc.constantFrom(-12, -1.3, 5) }),
  fc.record({ kind: fc.constant("softmax" as const), classCount: fc.integer({ min: 2, max: 60 }) }),
  fc.record({ kind: fc.constant("smoothedHinge" as const), width: fc.constantFrom(0.25, 1, 4) }),
  fc.record({ kind: fc.constant("huberRegression" as const), threshold: fc.constantFrom(0.3, 2, 50) }),
);

const shape = fc.record({
  featureCount: fc.integer({ min: 1, max: 300 }),
  batchSize: fc.oneof(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 100, max: 400 })),
  batchCount: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer(),
  density: fc.constantFrom(1, 0.3, 0.02),
  clipShare: fc.constantFrom(1, 0.4, 1e-3),
  l2: fc.constantFrom(0, 1e-3, 0.1),
  etaShare: fc.constantFrom(0.2, 1),
  noiseStd: fc.constantFrom(0, 1e-6, 1e-3, 0.1),
  radius: fc.constantFrom(1e4, 30, 1, 0.01),
  weights: fc.constantFrom("none", "classes", "samples", "both"),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function settingOf(
  objectiveSpec: ObjectiveSpec,
  { seed, density, clipShare, etaShare, weights: kind, ...rest }: Shape,
) {
  const objective = objectiveFrom(objectiveSpec);
  const { batchSize, batchCount, featureCount, l2, noiseStd, radius } = rest;
  const random = generator(seed);
  const samples = kind === "samples" || kind === "both";
  const plain = randomRows(objective, batchSize * batchCount, featureCount, random, density);
  const rows = samples ? weighRows(plain, () => 1 - 0.999 * random()) : plain;
  const hasClasses = (kind === "classes" || kind === "both") && objective.task !== "regression";
  const classCount = Math.max(2, objective.outputCount);
  const classes = hasClasses ? Array.from({ length: classCount }, () => 1 - 0.999 * random()) : null;
  const weighting = { classes, samples };
  const clip = objective.lipschitz * (objective.clippable ? clipShare : 1);
  const eta = etaShare / (objective.smoothness + l2);
  const parameters = { objective: objectiveSpec, batchSize, clip, l2, eta, noiseStd, radius, weighting };
  const weights = startWithin(radius, objective.outputCount * featureCount, random);
  return { objective, rows, parameters, weights };
}

describe.each(BUILDS_HERE)("%s: float64 against the reference", (build) => {
  let create: typeof createKernel;
  beforeAll(async () => {
    create = (await engineOf(build)).createKernel;
  });

  it("stays within the proved bound, both kernels' roundings together, over random processes", async () => {
    const property = fc.asyncProperty(spec, shape, async (objectiveSpec, shape) => {
      const { objective, rows, parameters, weights } = settingOf(objectiveSpec, shape);
      const { featureCount } = rows;
      const worst = await worstStep(
        create,
        ["float64", "reference"],
        rows,
        parameters,
        shape.batchCount + 2,
        weights,
      );
      const quiet = roundingBound("float64", objective, { ...parameters, noiseStd: 0 }, featureCount);
      // The two take slightly different bounds on a row's derivative, either of them on the safe side.
      const limits = parameters.eta * parameters.clip * (featureCount + 10) * 2 ** -52;
      expect(worst).toBeLessThanOrEqual(
        roundingBound("float64", objective, parameters, featureCount) + quiet + limits,
      );
    });
    await fc.assert(property, { numRuns: runsOf(build), seed: 64 });
  });

  it("is far finer than float32 where there is no noise: 1e-13 after 1,000 steps", async () => {
    const objective = objectiveFrom({ kind: "logistic" });
    const rows = randomRows(objective, 1280, 100, generator(1));
    const parameters = {
      ...{ objective: objective.spec, batchSize: 128, clip: 1, l2: 1e-3, eta: 3.9, noiseStd: 0, radius: 50 },
    };
    const [a, b] = [new Float64Array(100), new Float64Array(100)];
    (await create(rows, parameters, { kernel: "float64" })).advance(a, 1, 1000, null);
    (await create(rows, parameters, { kernel: "reference" })).advance(b, 1, 1000, null);
    expect(distance(a, b)).toBeLessThan(1e-13);
  });
});

/** Rows that were found to round badly: long sums of numbers of one sign, equal or alternating. */
const HARD_ROWS: Readonly<Record<string, (row: number, column: number, random: () => number) => number>> = {
  positive: (_row, _column, random) => 0.1 + random(),
  equal: (_row, column) => 1 + column / 64,
  third: (_row, column) => 1 / 3 + column * 1e-3,
  alternatingColumns: (_row, column) => (column % 2 === 0 ? -1 : 1) * (1 + (column % 7) / 7),
  bigAndSmall: (row, _column, random) => (row % 2 === 0 ? 1e-4 : 1) * (1 + random()),
  mostlySmall: (row, _column, random) => (row % 64 === 0 ? 1 : 1e-3 * random()),
};

const HARD_LABELS: Readonly<Record<string, (row: number, count: number) => number>> = {
  "3:1": (row) => (row % 4 === 0 ? -1 : 1),
  equal: () => 1,
  blocks: (row, count) => (row < 0.75 * count ? 1 : -1),
};

function hardRows(kind: string, labelling: string, slotCount: number, featureCount: number): PackedRows {
  const random = generator(9);
  const features = new Float32Array(slotCount * featureCount);
  const labels = new Float32Array(slotCount);
  const longest = kind === "bigAndSmall" ? 2 * Math.sqrt(featureCount) : Math.sqrt(featureCount);
  const isScaled = kind === "bigAndSmall" || kind === "mostlySmall";
  for (let slot = 0; slot < slotCount; slot++) {
    const row = features.subarray(slot * featureCount, (slot + 1) * featureCount);
    for (let i = 0; i < featureCount; i++) row[i] = HARD_ROWS[kind]!(slot, i, random);
    const norm = isScaled ? longest : Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < featureCount; i++) row[i]! *= (1 - 1e-7) / norm;
    labels[slot] = HARD_LABELS[labelling]!(slot, slotCount);
  }
  return { slotCount, featureCount, features, labels };
}

describe.each(BUILDS_HERE)("%s: float32 against float64", (build) => {
  let create: typeof createKernel;
  beforeAll(async () => {
    create = (await engineOf(build)).createKernel;
  });

  it("stays within the bound that is claimed, over random processes", async () => {
    const property = fc.asyncProperty(spec, shape, async (objectiveSpec, shape) => {
      const { objective, rows, parameters, weights } = settingOf(objectiveSpec, shape);
      const worst = await worstStep(
        create,
        ["float32", "float64"],
        rows,
        parameters,
        shape.batchCount + 2,
        weights,
      );
      expect(worst).toBeLessThanOrEqual(roundingBound("float32", objective, parameters, rows.featureCount));
    });
    await fc.assert(property, { numRuns: runsOf(build), seed: 32 });
  });

  const hard = [
    ...(isThorough ? [{ slotCount: 262_144, featureCount: 2 }] : []),
    { slotCount: 65_536, featureCount: 16 },
    { slotCount: 8192, featureCount: 200 },
    { slotCount: 512, featureCount: 4096 },
    { slotCount: 32, featureCount: 784 },
  ];
  it.runIf(build === BUILDS_HERE[0]).each(hard)(
    "stays within it for rows made to break it: full batch of $slotCount rows of $featureCount",
    async ({ slotCount, featureCount }) => {
      for (const kind of Object.keys(HARD_ROWS)) {
        for (const labelling of Object.keys(HARD_LABELS)) {
          const rows = hardRows(kind, labelling, slotCount, featureCount);
          for (const spec of [{ kind: "logistic" }, { kind: "huberRegression", threshold: 1 }] as const) {
            const objective = objectiveFrom(spec);
            const eta = 1 / (objective.smoothness + 1e-3);
            const parameters = {
              ...{ objective: spec, batchSize: slotCount, clip: 1, l2: 1e-3, eta, noiseStd: 0, radius: 2 },
            };
            const weights = new Float64Array(featureCount);
            const worst = await worstStep(create, ["float32", "float64"], rows, parameters, 4, weights);
            const bound = roundingBound("float32", objective, parameters, featureCount);
            expect(worst, `${kind}, ${labelling}, ${spec.kind}`).toBeLessThanOrEqual(bound);
          }
        }
      }
    },
  );
});
