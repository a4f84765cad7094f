/**
 * Training on more rows than fit in memory, and forgetting at any number of rows.
 *
 *   node packages/lab/bench/streaming.mjs [--gigabytes 4] [--epochs 2] [--largest 10000000] [--directory DIR] [--json FILE]
 *
 * 1. Makes rows of 784 numbers, trains on them from disk within 512 MiB in a process of its own, and reports its peak memory (VmHWM) and
 *    its throughput beside a plain sequential read of the same file, both from the page cache and in turns.
 * 2. Makes tables of 10^4 .. 10^7 rows of 16 numbers and forgets rows of each: the time of a durable forget on an open model.
 *
 * Files go to a new directory under --directory (default: the system's temporary one) and are removed. Bundles src/ as it stands: no
 * build is needed.
 */
import { fork } from "node:child_process";
import { mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readArgs } from "../../../scripts/read-args.mjs";
import { bundle, cacheDirectory, ROOT } from "./bundle.mjs";
import { loadAverage } from "./machine.mjs";

const MIB = 2 ** 20;
const MEMORY_LIMIT = 384 * MIB;

/** Rows made up as they are asked for, the same every time: nothing of them is held. */
function generatedSource(rowCount, featureCount) {
  const chunkRows = Math.max(1, Math.floor(2 ** 19 / featureCount));
  return {
    task: "binary",
    labelNames: ["-1", "+1"],
    featureNames: null,
    featureCount,
    scaling: { kind: "l2", intercept: 0 },
    schemaDigest: null,
    async *chunks() {
      let state = 1;
      for (let first = 0; first < rowCount; first += chunkRows) {
        const count = Math.min(chunkRows, rowCount - first);
        const features = new Float32Array(count * featureCount);
        const labels = new Float32Array(count);
        for (let row = 0; row < count; row++) {
          const at = row * featureCount;
          let square = 0;
          for (let i = at; i < at + featureCount; i++) {
            state = (Math.imul(state, 1664525) + 1013904223) | 0;
            features[i] = state / 2 ** 31;
            square += features[i] * features[i];
          }
          const scale = (1 - 1e-6) / Math.sqrt(square);
          for (let i = at; i < at + featureCount; i++) features[i] *= scale;
          labels[row] = features[at] + 0.5 * features[at + 1] > 0 ? 1 : -1;
        }
        yield { features, labels, subjects: null };
      }
    },
  };
}

/** Seconds that reading a file from one end to the other takes, a few MiB at a time. */
async function readSeconds(path) {
  const file = await open(path);
  const block = Buffer.allocUnsafe(4 * MIB);
  const start = performance.now();
  while ((await file.read(block, 0, block.length, null)).bytesRead > 0);
  const seconds = (performance.now() - start) / 1000;
  await file.close();
  return seconds;
}

/** Of all threads of this process: one core can do no more than a second of it in a second. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** In the child: trains, and tells when each epoch was done. */
async function trainInChild({ library, directory, rowCount, epochs }) {
  const { fitToDirectory } = await import(library);
  const batchSize = 512;
  const batchCount = Math.ceil(rowCount / batchSize);
  const marks = [];
  let started = 0;
  let processorAtStart = 0;
  let prepared = 0;
  const begin = performance.now();
  const stored = await fitToDirectory(generatedSource(rowCount, 784), join(directory, "model"), {
    ...{ epsilon: 1, delta: 1e-8, sigma: 0.01, epochs, batchSize },
    memoryLimit: MEMORY_LIMIT,
    onProgress: (progress) => {
      if (progress.stage !== "train") return;
      if (started === 0) {
        started = performance.now();
        processorAtStart = processorMs();
        prepared = progress.stepsDone;
      }
      marks.push([progress.stepsDone, performance.now(), processorMs()]);
    },
  });
  const [steps, end, processorAtEnd] = marks.at(-1);
  const perEpoch = (ms) => (ms / 1000 / (steps - prepared)) * batchCount;
  const secondsPerEpoch = perEpoch(end - started);
  const processorSecondsPerEpoch = perEpoch(processorAtEnd - processorAtStart);
  await stored.close();
  const status = await (await import("node:fs/promises")).readFile("/proc/self/status", "utf8");
  const peakMib = Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024;
  process.send({
    secondsPerEpoch,
    processorSecondsPerEpoch,
    prepareSeconds: (started - begin) / 1000,
    peakMib,
  });
}

function runChild(job) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ["--child", JSON.stringify(job)]);
    let answer;
    child.on("message", (message) => (answer = message));
    child.on("exit", (code) =>
      code === 0 && answer ? resolve(answer) : reject(new Error(`exit code ${code}`)),
    );
  });
}

async function largerThanMemory(library, directory, gigabytes, epochs) {
  const rowCount = Math.floor((gigabytes * 1e9) / (784 * 4));
  const trained = await runChild({ library, directory, rowCount, epochs });
  const path = join(directory, "model", "rows.f32");
  const { size } = await stat(path);
  const reads = [];
  for (let i = 0; i < 3; i++) reads.push(await readSeconds(path));
  reads.sort((a, b) => a - b);
  await rm(join(directory, "model"), { recursive: true });
  const share = reads[1] / trained.secondsPerEpoch;
  const rate = (seconds) => `${(size / 1e9 / seconds).toFixed(2)} GB/s`;
  console.log(
    `${(size / 1e9).toFixed(2)} GB of rows (${rowCount} x 784), batches of 512, memory limit ${MEMORY_LIMIT / MIB} MiB for rows`,
  );
  console.log(`  peak memory of the process      ${trained.peakMib.toFixed(0)} MiB`);
  console.log(`  generating, sorting, writing    ${trained.prepareSeconds.toFixed(1)} s`);
  console.log(
    `  training                        ${trained.secondsPerEpoch.toFixed(2)} s/epoch, ${rate(trained.secondsPerEpoch)}`,
  );
  console.log(`  processor time, both threads    ${trained.processorSecondsPerEpoch.toFixed(2)} s/epoch`);
  console.log(`  plain sequential read           ${reads[1].toFixed(2)} s, ${rate(reads[1])} (median of 3)`);
  console.log(`  share of the plain read         ${(100 * share).toFixed(0)}% (target: 80%)`);
  return { bytes: size, rowCount, ...trained, readSeconds: reads, share };
}

/** A row of the batch that was visited last, whose removal takes the most steps. */
function worstRow({ timeline, plan, state }) {
  const { batchCount, batchSize } = plan.process;
  const batch = (timeline.steps - 1) % batchCount;
  return state.slotOfRow.findIndex(
    (slot, row) => Math.floor(slot / batchSize) === batch && !state.forgotten.hasRow(row),
  );
}

async function forgetAtAnySize(library, directory, largest) {
  const { createSigner, fitToDirectory, loadModel } = await import(library);
  const signer = createSigner(new Uint8Array(32).fill(1));
  const results = [];
  console.log(
    "\nA durable forget of one row of the batch visited last (the dearest there is) on an open model, 16 features, batches of 128,\neps = 1, sigma for 32 steps at most:",
  );
  for (let rowCount = 1e4; rowCount <= largest; rowCount *= 10) {
    const path = join(directory, `forget-${rowCount}`);
    let stored = await fitToDirectory(generatedSource(rowCount, 16), path, {
      ...{ epsilon: 1, delta: 1e-8, unlearnSteps: 32, epochs: 1 },
      memoryLimit: 64 * MIB,
    });
    const times = [];
    const steps = [];
    for (let i = 0; i < 21; i++) {
      const row = worstRow(stored.model);
      const start = performance.now();
      const result = await stored.forget({ rows: [row] }, { signer });
      times.push(performance.now() - start);
      steps.push(result.steps);
    }
    await stored.close();
    const start = performance.now();
    stored = await loadModel(path, { memoryLimit: 64 * MIB });
    const openMs = performance.now() - start;
    await stored.close();
    await rm(path, { recursive: true });
    times.sort((a, b) => a - b);
    steps.sort((a, b) => a - b);
    const row = {
      rowCount,
      medianMs: times[10],
      leastMs: times[0],
      mostMs: times[20],
      medianSteps: steps[10],
      openMs,
    };
    results.push(row);
    console.log(
      `  ${String(rowCount).padStart(9)} rows: median ${row.medianMs.toFixed(1)} ms (${row.leastMs.toFixed(1)} to ${row.mostMs.toFixed(1)}), median ${row.medianSteps} steps; opening the model ${openMs.toFixed(0)} ms`,
    );
  }
  return results;
}

const { values } = readArgs({
  options: {
    child: { type: "string", isOwn: true },
    gigabytes: { type: "string", default: "4" },
    epochs: { type: "string", default: "2" },
    largest: { type: "string", default: "10000000" },
    directory: { type: "string", default: tmpdir() },
    json: { type: "string" },
  },
});
if (values.child) await trainInChild(JSON.parse(values.child));
else {
  const startedAt = new Date().toISOString();
  const source = join(ROOT, "packages/expunge/src/index.ts");
  const library = pathToFileURL(await bundle(source, await cacheDirectory("bench-streaming"))).href;
  const directory = await mkdtemp(join(values.directory, "expunge-streaming-"));
  try {
    const streaming = await largerThanMemory(
      library,
      directory,
      Number(values.gigabytes),
      Number(values.epochs),
    );
    const forgetting = await forgetAtAnySize(library, directory, Number(values.largest));
    const facts = { node: process.version, startedAt, load: loadAverage() };
    if (values.json)
      await writeFile(values.json, `${JSON.stringify({ ...facts, streaming, forgetting }, null, 2)}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
