import type { PackedRows } from "../src/engine/index.js";
import { type ObjectiveSpec, objectiveFrom } from "../src/objective/index.js";
import { generator, randomRows, SEED } from "./kernels.js";

const SHAPES = [
  { slotCount: 260, featureCount: 100, batchSize: 130, density: 1 },
  { slotCount: 1100, featureCount: 33, batchSize: 550, density: 1 },
  { slotCount: 90, featureCount: 48, batchSize: 45, density: 0.3 },
];
const SPECS: readonly ObjectiveSpec[] = [{ kind: "logistic" }, { kind: "softmax", classCount: 3 }];

/** The weights after seven noised steps on some shapes, by the kernels of one build. */
export async function weightsOf(engine: typeof import("../src/engine/index.js")): Promise<number[][]> {
  const all: number[][] = [];
  for (const { slotCount, featureCount, batchSize, density } of SHAPES) {
    for (const spec of SPECS) {
      const objective = objectiveFrom(spec);
      const rows: PackedRows = randomRows(objective, slotCount, featureCount, generator(7), density);
      const process = { clip: objective.lipschitz, l2: 0.01, eta: 1, noiseStd: 0.01, radius: 10 };
      for (const kernel of ["float64", "float32"] as const) {
        const parameters = { ...process, objective: spec, batchSize };
        const one = await engine.createKernel(rows, parameters, { kernel });
        const weights = new Float64Array(objective.outputCount * featureCount);
        one.advance(weights, 1, 7, SEED);
        one.dispose();
        all.push([...weights]);
      }
    }
  }
  return all;
}
