import { readFile } from "node:fs/promises";
import { machineFacts } from "./machine.mjs";
import { measure, summary } from "./measure.mjs";
import { readerOf } from "./read-bandwidth.mjs";
import { denseRows, MNIST_FEATURES as FEATURES, mnistRows } from "./rows.mjs";
import { sparseRows } from "./sparse-rows.mjs";

/*
 * What nodes.mjs measures on one Node, in a process of its own: prints it as JSON.
 *
 *   node one-node.mjs '{ "engine": BUNDLE, "reader": WASM, "peaks": [WASM, WASM], "rounds": N, "rowCount": N }'
 */

const { bundle, reader, peaks, rounds, rowCount } = JSON.parse(process.argv[2]);
const engine = await import(bundle);
const noise = { kind: "seed", key: engine.noiseKeyFromSeed("bench") };
const KERNELS = ["float64", "float32"];
const TRIALS = 8;
/** Sparse rows: so many, of so many numbers that are not 0, in batches of so many, among 2^bits columns. */
const SPARSE = { rowCount: 8192, entries: 100, batch: 128 };
const SPARSE_BITS = [12, 16, 18, 20];

const dense = denseRows(rowCount, FEATURES, 1);
const mnist = mnistRows(rowCount);
const sets = [{ data: "dense", rows: dense }, ...(mnist ? [{ data: "MNIST 3-vs-8", rows: mnist }] : [])];
const contenders = [await readerOf(await WebAssembly.compile(await readFile(reader)), dense)];
for (const { data, rows } of sets) {
  for (const batch of [32, 128, 512, "full"]) {
    for (const kernel of KERNELS) contenders.push(await kernelOf({ data, batch, kernel, noiseStd: 0 }, rows));
  }
}
for (const batch of [32, 128])
  for (const kernel of KERNELS)
    contenders.push(await kernelOf({ data: "dense", batch, kernel, noiseStd: 0.01 }, dense));
for (const { data, rows } of sets)
  for (const kernel of KERNELS) contenders.push(await trialsOf({ data, kernel }, rows));
const loops = await peakLoops();

const times = await measure([...contenders, ...loops], rounds);
const figures = times.map((all, i) => ({
  ...(contenders[i] ?? loops[i - contenders.length]).about,
  ...summary(all),
}));
const [read, ...epochs] = figures.slice(0, contenders.length);
const result = {
  machine: machineFacts([]),
  build: engine.kernelBuild(),
  isMnistHere: mnist !== undefined,
  rowCount,
  featureCount: FEATURES,
  rounds,
  read,
  epochs,
  peaks: figures.slice(contenders.length),
  normals: await normals(),
  sparse: { ...SPARSE, epochs: await sparseEpochs() },
};
process.stdout.write(JSON.stringify(result));

function parametersOf(batch, noiseStd) {
  const batchSize = batch === "full" ? rowCount : batch;
  return { objective: { kind: "logistic" }, batchSize, clip: 0.49, l2: 0.01, eta: 1, noiseStd, radius: 1e3 };
}

async function kernelOf(about, rows) {
  const parameters = parametersOf(about.batch, about.noiseStd);
  const kernel = await engine.createKernel(rows, parameters, { kernel: about.kernel });
  const weights = new Float64Array(FEATURES);
  return {
    about: { what: "training", ...about },
    run(epochs) {
      const from = performance.now();
      const steps = (epochs * rowCount) / parameters.batchSize;
      kernel.advance(weights, 1, steps, about.noiseStd > 0 ? noise : null);
      return performance.now() - from;
    },
  };
}

/** Full-batch trials that share the rows, on the calling thread: milliseconds are per trial. */
async function trialsOf({ data, kernel }, rows) {
  const pool = await engine.createTrialPool(rows, parametersOf("full", 0), {
    kernel,
    trials: TRIALS,
    workers: 0,
  });
  return {
    about: { what: "trials", data, batch: "full", kernel, noiseStd: 0, trials: TRIALS },
    async run(epochs) {
      const from = performance.now();
      await pool.advance(1, epochs, null);
      return (performance.now() - from) / TRIALS;
    },
  };
}

/** The kernel of sparse rows, float64, without noise. */
async function sparseEpochs() {
  const contenders = [];
  for (const bits of SPARSE_BITS) contenders.push(await sparseKernel(2 ** bits));
  const times = await measure(contenders, rounds);
  return SPARSE_BITS.map((bits, i) => ({ bits, ...summary(times[i]) }));
}

async function sparseKernel(columns) {
  const { rowCount, entries, batch } = SPARSE;
  const { capacity, pairs } = sparseRows(rowCount, columns, entries, false);
  const kernel = await engine.createSparseKernel(pairs, parametersOf(batch, 0), { capacity });
  const weights = new Float64Array(columns);
  let step = 1;
  return {
    run(epochs) {
      const steps = (epochs * rowCount) / batch;
      const from = performance.now();
      kernel.advance(weights, step, steps, null);
      step += steps;
      return performance.now() - from;
    },
  };
}

/** Loops of multiplications and additions alone, of the build that runs here. */
async function peakLoops() {
  const file = peaks[engine.kernelBuild()];
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(await readFile(file), { env: { memory } });
  const ROUNDS = 20_000;
  return KERNELS.map((kernel) => {
    const loop = instance.exports[kernel === "float64" ? "multiplyAdds64" : "multiplyAdds32"];
    const operations = 2 * 12 * ROUNDS * (kernel === "float64" ? 2 : 4);
    return {
      about: { what: "peak", kernel, operations },
      run(times) {
        const from = performance.now();
        for (let time = 0; time < times; time++) loop(ROUNDS, 0.5, 0.25);
        return performance.now() - from;
      },
    };
  });
}

/** Millions of normals a second: what noise adds to a step on a million weights and one row of zeros. */
async function normals() {
  const count = 2 ** 20;
  const rows = {
    slotCount: 1,
    featureCount: count,
    features: new Float32Array(count),
    labels: new Float32Array(1),
  };
  // A radius far from the weights, so that no step is spent on the projection.
  const parameters = { ...parametersOf("full", 1), batchSize: 1, l2: 0, radius: 1e6 };
  const kernel = await engine.createKernel(rows, parameters, { kernel: "float32" });
  const weights = new Float64Array(count);
  // Four more steps, so that copying the weights in and out is not counted.
  const advance = (steps, origin) => {
    const from = performance.now();
    kernel.advance(weights, 1, steps, origin);
    return performance.now() - from;
  };
  const stepMs = (origin) => (advance(5, origin) - advance(1, origin)) / 4;
  const rates = [];
  for (let round = 0; round < rounds; round++) rates.push(count / (stepMs(noise) - stepMs(null)) / 1e3);
  rates.sort((a, b) => a - b);
  return { median: rates[Math.floor(rates.length / 2)], max: rates.at(-1) };
}
