import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

/** Columns of an MNIST row. */
export const MNIST_FEATURES = 784;

/** Rows with no zeros (the worst case) that a line through the origin separates: some margins are right, some wrong. */
export function denseRows(rowCount, featureCount, seed) {
  const random = mulberry32(seed);
  const features = Float32Array.from({ length: rowCount * featureCount }, () => random() - 0.5);
  unitRows(features, featureCount);
  const normal = Float32Array.from({ length: featureCount }, () => random() - 0.5);
  const labels = new Float32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    let side = 0;
    for (let i = 0; i < featureCount; i++) side += normal[i] * features[row * featureCount + i];
    labels[row] = side > 0 ? 1 : -1;
  }
  return { slotCount: rowCount, featureCount, features, labels };
}

/** MNIST 3-vs-8, pixels as they are (four in five are 0); undefined where the files, or enough rows, are missing. */
export function mnistRows(rowCount) {
  const directory = resolve(process.env.EXPUNGE_DATA ?? "../shared/data", "mnist");
  if (!existsSync(directory)) return undefined;
  const read = (name) => gunzipSync(readFileSync(join(directory, name)));
  const images = read("train-images-idx3-ubyte.gz").subarray(16);
  const digits = read("train-labels-idx1-ubyte.gz").subarray(8);
  const chosen = [...digits.keys()].filter((i) => digits[i] === 3 || digits[i] === 8).slice(0, rowCount);
  if (chosen.length < rowCount) return undefined;
  const features = new Float32Array(rowCount * MNIST_FEATURES);
  for (const [row, image] of chosen.entries()) {
    const pixels = images.subarray(MNIST_FEATURES * image, MNIST_FEATURES * (image + 1));
    features.set(pixels, MNIST_FEATURES * row);
  }
  const labels = Float32Array.from(chosen, (i) => (digits[i] === 3 ? 1 : -1));
  unitRows(features, MNIST_FEATURES);
  return { slotCount: rowCount, featureCount: MNIST_FEATURES, features, labels };
}

/** Scales every row to norm 1, in place. */
function unitRows(features, featureCount) {
  for (let at = 0; at < features.length; at += featureCount) {
    const row = features.subarray(at, at + featureCount);
    let sum = 0;
    for (let i = 0; i < featureCount; i++) sum += row[i] * row[i];
    const norm = Math.sqrt(sum);
    for (let i = 0; i < featureCount; i++) row[i] /= norm;
  }
}

function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
