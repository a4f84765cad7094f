import type { Dataset } from "expunge/data";
import type { Task } from "../packages/expunge/src/objective/objective.js";

/** Reproducible uniform numbers in [0, 1) for test data (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A learnable data set: rows of norm just under 1, people with one to four rows each. */
export function syntheticDataset(
  options: { rowCount?: number; featureCount?: number; task?: Task; seed?: number } = {},
): Dataset {
  const { rowCount = 400, featureCount = 6, task = "binary", seed = 1 } = options;
  const uniform = uniforms(seed);
  const features = new Float32Array(rowCount * featureCount);
  const labels = new Float32Array(rowCount);
  const subjects: string[] = [];
  while (subjects.length < rowCount) {
    const id = `person-${subjects.length}@example.com`;
    for (let k = 1 + Math.floor(4 * uniform()); k > 0 && subjects.length < rowCount; k--) subjects.push(id);
  }
  for (let i = 0; i < rowCount; i++) {
    const row = features.subarray(i * featureCount, (i + 1) * featureCount);
    for (let k = 0; k < featureCount; k++) row[k] = uniform() - 0.5;
    const norm = Math.hypot(...row);
    for (let k = 0; k < featureCount; k++) row[k]! *= (1 - 1e-6) / norm;
    labels[i] = labelOf(task, row, uniform());
  }
  return Object.freeze({
    rowCount,
    featureCount,
    features,
    labels,
    task,
    labelNames: task === "binary" ? ["no", "yes"] : task === "multiclass" ? ["a", "b", "c"] : [],
    featureNames: null,
    subjects,
    scaling: { kind: "l2", intercept: 0 } as const,
    schemaDigest: null,
  });
}

function labelOf(task: Task, row: Float32Array, noise: number): number {
  const [x, y] = [row[0]!, row[1]!];
  if (task === "regression") return x - y + 0.1 * (noise - 0.5);
  if (task === "multiclass") return x > 0.25 ? 0 : y > 0 ? 1 : 2;
  return x + 0.5 * y > 0 !== noise < 0.05 ? 1 : -1;
}

/** Reproducible standard normals for test data (Box and Muller). */
export function seededNormals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
