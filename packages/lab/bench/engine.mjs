/**
 * Milliseconds per epoch of both kernels, normals per second, and releases on the grid.
 *
 *   node packages/lab/bench/engine.mjs [rounds]
 *
 * n = 11,264 rows of d = 784, without zeros and as in MNIST 3-vs-8, seeded noise; medians over rounds in which the
 * settings take turns, after a warm-up that lets the JIT finish. Bundles packages/expunge/src/engine with rolldown: no build is needed.
 */
import { readArgs } from "../../../scripts/read-args.mjs";
import { importSource, withTemporaryDirectory } from "./bundle.mjs";
import { denseRows, MNIST_FEATURES as FEATURES, mnistRows } from "./rows.mjs";

const { positionals } = readArgs({ allowPositionals: true });
const rounds = Number(positionals[0] ?? 25);
const ROWS = 11_264;

const { createKernel, noiseKeyFromSeed, releaseOnGrid } = await withTemporaryDirectory((directory) =>
  importSource("engine/index.ts", directory),
);

const noise = { kind: "seed", key: noiseKeyFromSeed("bench") };
const KERNELS = ["float32", "float64"];
const settings = [];
const dense = denseRows(ROWS, FEATURES, 1);
const mnist = mnistRows(ROWS);
if (!mnist) console.log("SKIPPED: MNIST rows (no data; set EXPUNGE_DATA)");
for (const [data, rows] of Object.entries({ dense, ...(mnist && { mnist }) })) {
  for (const batchSize of [32, 128, 512, ROWS]) {
    for (const noiseStd of [0, 0.01]) {
      for (const kernel of KERNELS)
        settings.push(await setting(data, rows, { kind: "logistic" }, batchSize, noiseStd, kernel));
    }
  }
  for (const kernel of KERNELS)
    settings.push(await setting(data, rows, { kind: "softmax", classCount: 10 }, 128, 0.01, kernel));
}

async function setting(data, { features, labels }, objective, batchSize, noiseStd, name) {
  const parameters = {
    objective,
    batchSize,
    clip: 1.5,
    l2: 0.01,
    eta: 1,
    noiseStd,
    radius: 1e3,
  };
  const classes = objective.classCount ?? 1;
  const own = classes > 1 ? labels.map((_, i) => i % classes) : labels;
  const start = performance.now();
  const kernel = await createKernel(
    { slotCount: ROWS, featureCount: FEATURES, features, labels: own },
    parameters,
    { kernel: name },
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
    name: `${data} ${objective.kind} b=${batchSize} ${noiseStd ? "noise" : "no noise"} ${name}`,
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
    `${name.padEnd(42)} median ${at(0.5)} ms/epoch   (min ${at(0)}, p90 ${at(0.9)})   created in ${createdMs.toFixed(0)} ms`,
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
    radius: 1e6,
  };
  const kernel = await createKernel(one, parameters, { kernel: "float32" });
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
  `normals                                    ${((wide * 10) / (one[1] - one[0]) / 1e3).toFixed(0)} million a second`,
);

const released = new Float64Array(1e6);
const times = [];
for (let i = 0; i < rounds; i++) {
  const from = performance.now();
  releaseOnGrid(released, { noiseStd: 0.01, grid: 2 ** -27, radius: 1e3 }, i + 1, { kind: "system" });
  times.push(performance.now() - from);
}
times.sort((a, b) => a - b);
console.log(
  `a release of 1,000,000 weights on the grid median ${times[Math.floor(times.length / 2)].toFixed(0)} ms (max ${times.at(-1).toFixed(0)})`,
);
