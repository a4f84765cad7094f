import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { generator } from "../../testing/kernels.js";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { randomBytes } from "../records/bytes.js";
import { drawOrder, type TrainRun, train } from "./fit.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";
import { createPlanKernel } from "./process-kernel.js";
import type { StepsReached } from "./run-steps.js";
import { SubjectIndex } from "./subject-index.js";

const small = syntheticDataset({ rowCount: 400 });
const base = { epochs: 5, batchSize: 20 } as const;

async function runner(
  options: FitOptions,
  dataset: Dataset = small,
): Promise<(run: TrainRun) => Promise<Float64Array>> {
  const plan = makeTrainingPlan(dataset, options);
  const slotOfRow = drawOrder(plan);
  const { batchCount, batchSize } = plan.process;
  const index = SubjectIndex.fromSubjects(randomBytes(32), dataset.subjects, dataset.subjectForm);
  return async (run) => {
    const kernel = await createPlanKernel(plan, packRows(dataset, slotOfRow, batchCount * batchSize, plan));
    const model = await train({ plan, facts: dataset, slotOfRow, index }, kernel, run);
    const { weights } = model;
    model.dispose();
    return Float64Array.from(weights);
  };
}

it.each([
  { ...base, kernel: "float64" },
  { ...base, kernel: "float32" },
  // Seeded, so that the noise after the checkpoint is the same noise.
  { ...base, sigma: 0.05, epsilon: 1, delta: 1e-4, seed: "s" },
] as FitOptions[])("a training that goes on from any point ends in the same bits: %o", async (options) => {
  const run = await runner(options);
  const points: StepsReached[] = [];
  const whole = await run({
    onSlice: async ({ stepsDone, weights }) => {
      points.push({ stepsDone, weights: Float64Array.from(weights) });
    },
  });
  expect(points.length).toBeGreaterThan(2);
  // All steps but the last, whose result is released.
  expect(points.at(-1)?.stepsDone).toBe(99);
  for (const from of points) {
    const counts: number[] = [];
    const ended = await run({
      from,
      onProgress: ({ stepsDone, stepsTotal }) => void counts.push(stepsDone, stepsTotal),
    });
    expect(ended).toEqual(whole);
    expect(counts.slice(-2)).toEqual([100, 100]);
    expect(Math.min(...counts)).toBeGreaterThan(from.stepsDone - 1);
  }
});

it("a training on sparse rows goes on from any of its checkpoints and ends in the same bits", async () => {
  const random = generator(1);
  const rowCount = 300;
  const columnCount = 3000;
  const [starts, columns, values]: [number[], number[], number[]] = [[0], [], []];
  for (let row = 0; row < rowCount; row++) {
    const own = new Set(Array.from({ length: 12 }, () => Math.floor(columnCount * random())));
    columns.push(...[...own].sort((a, b) => a - b));
    values.push(...[...own].map(() => random() - 0.3));
    starts.push(columns.length);
  }
  const sparse = createDataset({
    features: {
      starts: Uint32Array.from(starts),
      columns: Uint32Array.from(columns),
      values: Float32Array.from(values),
    },
    featureCount: columnCount,
    labels: Array.from({ length: rowCount }, () => (random() < 0.5 ? -1 : 1)),
  });
  const run = await runner({ epochs: 40, batchSize: 20, l2: 0.01 }, sparse);
  const points: StepsReached[] = [];
  const whole = await run({
    onSlice: async ({ stepsDone, weights }) => {
      points.push({ stepsDone, weights: Float64Array.from(weights) });
    },
  });
  expect(points.length).toBeGreaterThan(3);
  expect(points.at(-1)?.stepsDone).toBe(599);
  for (const from of points) {
    // Wherever a slow machine makes them.
    if (from.stepsDone < 599) expect(from.stepsDone % 64).toBe(0);
    expect(await run({ from })).toEqual(whole);
  }
});

it("a training ends with what its keeper throws, and goes on from no state that is not its own", async () => {
  const run = await runner(base);
  const stop = new Error("stop");
  await expect(run({ onSlice: () => Promise.reject(stop) })).rejects.toBe(stop);
  const weights = new Float64Array(3);
  await expect(run({ from: { stepsDone: 8, weights } })).rejects.toMatchObject({ code: "E_MODEL" });
  const whole = await run({});
  for (const stepsDone of [-1, 0.5, 100])
    await expect(run({ from: { stepsDone, weights: whole } })).rejects.toMatchObject({ code: "E_MODEL" });
});
