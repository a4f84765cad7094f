import { keyWords } from "./chacha.js";
import type { NoiseOrigin } from "./kernel.js";
import { stepNormals } from "./noise.js";
import { withNoiseKey } from "./noise-key.js";
import { projectOntoBall } from "./projection.js";

export interface GridRelease {
  readonly noiseStd: number;
  readonly grid: number;
  readonly radius: number;
}

export function releaseOnGrid(
  weights: Float64Array,
  release: GridRelease,
  step: number,
  noise: NoiseOrigin,
): void {
  withNoiseKey(noise, (key) => releaseWithKey(weights, release, step, key));
}

export function releaseWithKey(
  weights: Float64Array,
  { noiseStd, grid, radius }: GridRelease,
  step: number,
  key: Uint8Array,
): void {
  const normals = new Float64Array(weights.length);
  stepNormals(keyWords(key), step, weights.length, normals);
  for (let i = 0; i < weights.length; i++)
    weights[i] = grid * (Math.round(weights[i]! / grid) + Math.round((noiseStd * normals[i]!) / grid));
  projectOntoBall(weights, radius);
}
