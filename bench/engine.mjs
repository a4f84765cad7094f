/**
 * Milliseconds per epoch of the kernels, and normals per second.
 *
 *   node bench/engine.mjs [rounds]
 *
 * n = 11,264 rows of d = 784, without zeros and as in MNIST 3-vs-8, seeded noise; medians over rounds in which the
 * settings take turns, after a warm-up that lets the JIT finish. Bundles src/engine with rolldown: no build is needed.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const rounds = Number(process.argv[2] ?? 25);
const ROWS = 11_264;
const FEATURES = 784;

const directory = await mkdtemp(join(tmpdir(), "expunge-bench-"));
const bundle = await rolldown({ input: fileURLToPath(new URL("../src/engine/index.ts", import.meta.url)) });
const file = join(directory, "engine.mjs");
await bundle.write({ file, format: "esm" });
const { createKernel, noiseKeyFromSeed } = await import(pathToFileURL(file).href);
await rm(directory, { recursive: true });

/** Rows with no zeros: the worst case. */
function denseRows() {
  const features = Float32Array.from({ length: ROWS * FEATURES }, Math.random);
  return {
    features: unitRows(features),
    labels: Float32Array.from({ length: ROWS }, (_, i) => (i % 2 ? 1 : -1)),
  };
}

/** MNIST 3-vs-8, the paper's rows; undefined where the files are missing. */
function mnistRows() {
  const directory = resolve(process.env.EXPUNGE_DATA ?? "../shared/data", "mnist");
  if (!existsSync(directory)) return undefined;
  const read = (name) => gunzipSync(readFileSync(join(directory, name)));
  const images = read("train-images-idx3-ubyte.gz").subarray(16);
  const digits = read("train-labels-idx1-ubyte.gz").subarray(8);
  const chosen = [...digits.keys()].filter((i) => digits[i] === 3 || digits[i] === 8).slice(0, ROWS);
  const features = new Float32Array(ROWS * FEATURES);
  for (const [row, image] of chosen.entries()) {
    features.set(images.subarray(FEATURES * image, FEATURES * (image + 1)), FEATURES * row);
  }
  return {
    features: unitRows(features),
    labels: Float32Array.from(chosen, (i) => (digits[i] === 3 ? 1 : -1)),
  };
}

function unitRows(features) {
  for (let at = 0; at < features.length; at += FEATURES) {
    const row = features.subarray(at, at + FEATURES);
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < FEATURES; i++) row[i] /= norm;
  }
  return features;
}

const noise = { kind: "seed", key: noiseKeyFromSeed("bench") };
const settings = [];
const dense = denseRows();
const mnist = mnistRows();
if (!mnist) console.log("SKIPPED: MNIST rows (no data; set EXPUNGE_DATA)");
for (const [data, rows] of Object.entries({ dense, ...(mnist && { mnist }) })) {
  for (const batchSize of [32, 128, 512, ROWS]) {
    for (const noiseStd of [0, 0.01])
      settings.push(await setting(data, rows, { kind: "logistic" }, batchSize, noiseStd));
  }
  settings.push(await setting(data, rows, { kind: "softmax", classCount: 10 }, 128, 0.01));
}

async function setting(data, { features, labels }, objective, batchSize, noiseStd) {
  const parameters = {
    objective,
    batchSize,
    clip: 1.5,
    l2: 0.01,
    eta: 1,
    noiseStd,
    radius: Number.POSITIVE_INFINITY,
  };
  const classes = objective.classCount ?? 1;
  const own = classes > 1 ? labels.map((_, i) => i % classes) : labels;
  const start = performance.now();
  const kernel = await createKernel(
    { slotCount: ROWS, featureCount: FEATURES, features, labels: own },
    parameters,
  );
  const createdMs = performance.now() - start;
  const weights = new Float64Array(classes * FEATURES);
  const times = [];
  const run = (epochs) => {
    const from = performance.now();
    kernel.advance(weights, 1, (epochs * ROWS) / batchSize, noise);
    return (performance.now() - from) / epochs;
  };
  return {
    name: `${data} ${objective.kind} b=${batchSize} ${noiseStd ? "noise" : "no noise"}`,
    run,
    times,
    createdMs,
  };
}

for (let i = 0; i < 10; i++) for (const { run } of settings) run(1);
for (let i = 0; i < rounds; i++)
  for (const { run, times } of settings) {
    run(2); // brings this setting's rows back into L3, where another setting's were
    times.push(run(5));
  }

for (const { name, times, createdMs } of settings) {
  times.sort((a, b) => a - b);
  const at = (q) => times[Math.floor(q * (times.length - 1))].toFixed(2);
  console.log(
    `${name.padEnd(34)} median ${at(0.5)} ms/epoch   (min ${at(0)}, p90 ${at(0.9)})   created in ${createdMs.toFixed(0)} ms`,
  );
}

// The noise of a step on many weights and one tiny batch: nearly all of the time is normals.
const wide = 2 ** 20;
const one = {
  slotCount: 1,
  featureCount: wide,
  features: new Float32Array(wide),
  labels: new Float32Array(1),
};
for (const noiseStd of [0, 1]) {
  const parameters = {
    objective: { kind: "logistic" },
    batchSize: 1,
    clip: 1,
    l2: 0,
    eta: 1,
    noiseStd,
    radius: Number.POSITIVE_INFINITY,
  };
  const kernel = await createKernel(one, parameters);
  const weights = new Float64Array(wide);
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const from = performance.now();
    kernel.advance(weights, 1, 11, noise);
    const middle = performance.now();
    kernel.advance(weights, 1, 1, noise);
    times.push(middle - from - (performance.now() - middle));
  }
  times.sort((a, b) => a - b);
  one[noiseStd] = times[Math.floor(times.length / 2)];
}
console.log(
  `normals                            ${((wide * 10) / (one[1] - one[0]) / 1e3).toFixed(0)} million a second`,
);
