/**
 * What an epoch of rows of hashed text takes: kernels on sparse rows and on rows with all their numbers, beside scikit-learn's SGDClassifier where a
 * python3 has it ($EXPUNGE_PYTHON, python3 or /usr/bin/python3).
 *
 *   npm run bench:hashed [-- --docs docs/data.md] [-- --rounds 7] [-- --bits 12,16,18,20]
 *
 * Logistic regression, float64, one thread; the least of some rounds in which the settings of as many columns take turns, after a warm-up: what others do on
 * the machine can only add to a time. Rows with all
 * their numbers are as many as fit in 256 MiB, at least one batch; their times are brought to as many rows as the others. Bundles the sources: no build is
 * needed.
 */
import { execFileSync } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readArgs } from "../../../scripts/read-args.mjs";
import { bundle, importSource, ROOT, withTemporaryDirectory } from "./bundle.mjs";
import { loadAverage, machineFacts } from "./machine.mjs";
import { findPython, missingPython } from "./python-peer.mjs";
import { sparseRows } from "./sparse-rows.mjs";

const { values: options } = readArgs({
  options: {
    docs: { type: "string" },
    rounds: { type: "string", default: "7" },
    bits: { type: "string", default: "12,16,18,20" },
  },
});
const rounds = Number(options.rounds);
const ROWS = 8192;
const BATCH = 128;
const LARGE_BATCH = 1024;
/** Rows from files come in these batches. */
const STREAMED_BATCHES = [BATCH, 512];
/** Numbers other than 0 of a row. */
const USUAL = 100;
const ENTRIES = [25, USUAL, 400];
const NUMBERS = 2 ** 26;
const L2 = 1e-3;
const TRIALS = 8;

const { createKernel, createSparseKernel, createStreamingKernel, createTrialPool, noiseKeyFromSeed } =
  await withTemporaryDirectory((directory) => importSource("engine/index.ts", directory));
const { openRowFiles } = await withTemporaryDirectory((directory) =>
  importSource("row-files/index.ts", directory),
);
const { roundingPerStep } = await withTemporaryDirectory((directory) =>
  importSource("accounting/rounding.ts", directory),
);
const noise = { kind: "seed", key: noiseKeyFromSeed("bench") };
const python = findPython("sklearn");
const loadAtStart = loadAverage();

const parametersOf = (batchSize, noiseStd) => ({
  ...{
    objective: { kind: "logistic" },
    batchSize,
    clip: 1,
    l2: L2,
    eta: 1 / (0.25 + L2),
    noiseStd,
    radius: 1001,
  },
});

/** What runs an epoch and says how long it took, in ms of ROWS rows. */
function timer(kernel, columns, rowCount, batchSize) {
  const weights = new Float64Array(columns);
  const steps = rowCount / batchSize;
  let next = 1;
  return async () => {
    const start = performance.now();
    await kernel.advance(weights, next, steps, noise);
    next += steps;
    return ((performance.now() - start) * ROWS) / rowCount;
  };
}

async function sparse(columns, entries, batchSize = BATCH, noiseStd = 0) {
  const { capacity, pairs } = sparseRows(ROWS, columns, entries, false);
  const kernel = await createSparseKernel(pairs, parametersOf(batchSize, noiseStd), { capacity });
  return { kernel, run: timer(kernel, columns, ROWS, batchSize) };
}

/** The same rows in files, which are in the system's cache, read as they are visited. */
async function streamed(columns, directory, batchSize) {
  const { capacity, pairs } = sparseRows(ROWS, columns, USUAL, false);
  await writeFile(join(directory, "rows.f32"), new Uint8Array(pairs.features.buffer));
  await writeFile(join(directory, "labels.f32"), new Uint8Array(pairs.labels.buffer));
  const rows = await openRowFiles(directory, { slotCount: ROWS, featureCount: 2 * capacity });
  const sparse = { capacity, featureCount: columns };
  const kernel = await createStreamingKernel(rows, parametersOf(batchSize, 0), { sparse });
  const dispose = () => {
    kernel.dispose();
    return rows.close();
  };
  return { kernel: { dispose }, run: timer(kernel, columns, ROWS, batchSize) };
}

/** A plain read of the same files' rows, a MiB at a time. */
async function plainRead(directory) {
  const file = await open(join(directory, "rows.f32"));
  const block = Buffer.allocUnsafe(2 ** 20);
  const run = async () => {
    const start = performance.now();
    for (let at = 0, got = 1; got > 0; at += got)
      got = (await file.read(block, 0, block.length, at)).bytesRead;
    return performance.now() - start;
  };
  return { kernel: { dispose: () => file.close() }, run };
}

/** Eight trials over the same rows on one thread; the time of one. */
async function trials(columns) {
  const { capacity, pairs } = sparseRows(ROWS, columns, USUAL, false);
  const options = { trials: TRIALS, workers: 0, sparse: { capacity } };
  const kernel = await createTrialPool(pairs, parametersOf(BATCH, 0), options);
  let next = 1;
  const run = async () => {
    const start = performance.now();
    await kernel.advance(next, ROWS / BATCH, noise);
    next += ROWS / BATCH;
    return (performance.now() - start) / TRIALS;
  };
  return { kernel, run };
}

async function dense(columns) {
  const rowCount = Math.min(ROWS, Math.max(BATCH, NUMBERS / columns));
  const rows = sparseRows(rowCount, columns, USUAL, true).dense;
  const kernel = await createKernel(rows, parametersOf(BATCH, 0), { kernel: "float64" });
  return { kernel, run: timer(kernel, columns, rowCount, BATCH) };
}

function scikitLearn(columns) {
  if (!python) return null;
  const program = join(ROOT, "packages/lab/bench/sgd.py");
  const args = [program, ROWS, columns, USUAL, rounds].map(String);
  return Math.min(...JSON.parse(execFileSync(python.python, args, { encoding: "utf8" })));
}

/** An epoch from files and one in memory, for batches of each size. */
async function fromFiles(columns, directory) {
  const settings = {};
  for (const size of STREAMED_BATCHES) {
    settings[`streamed ${size}`] = await streamed(columns, directory, size);
    settings[`held ${size}`] = await sparse(columns, USUAL, size);
  }
  return settings;
}

async function measured(columns, directory) {
  const settings = {
    ...(await fromFiles(columns, directory)),
    read: await plainRead(directory),
    trials: await trials(columns),
    dense: await dense(columns),
    none: await sparse(columns, 0),
    large: await sparse(columns, USUAL, LARGE_BATCH),
    noisy: await sparse(columns, USUAL, BATCH, 0.01),
  };
  for (const entries of ENTRIES) settings[entries] = await sparse(columns, entries);
  const times = Object.fromEntries(Object.keys(settings).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, { run }] of Object.entries(settings)) {
      const ms = await run();
      if (round >= 0) times[name].push(ms);
    }
  }
  for (const { kernel } of Object.values(settings)) await kernel.dispose();
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, Math.min(...list)]));
}

function rho(columns) {
  const { batchSize, clip, eta, radius } = parametersOf(BATCH, 0);
  const rounding = { kernel: "float64", featureCount: columns, outputCount: 1, noiseStd: 0 };
  return roundingPerStep(rounding, { batchSize, lipschitz: clip, eta, radius, recordSmoothness: 0.25 });
}

/** An epoch from files, beside what it would take if nothing came on top of reading or of computing, whichever takes longer. */
function timesCeiling({ bits, ms }, size) {
  const ceiling = Math.max(ms.read, ms[`held ${size}`]);
  return `${(ms[`streamed ${size}`] / ceiling).toFixed(1)} at 2^${bits}`;
}

const figure = (ms) => (ms === null ? "–" : ms.toPrecision(3));
const header = [
  "columns",
  "all numbers",
  ...ENTRIES.map((entries) => `sparse, ${entries}`),
  `sparse, ${USUAL}, b = ${LARGE_BATCH}`,
  `sparse, ${USUAL}, noise at every step`,
  ...STREAMED_BATCHES.map((size) => `sparse, ${USUAL}, b = ${size}, from files`),
  "a plain read of these files",
  `sparse, ${USUAL}, a trial of ${TRIALS}`,
  `SGDClassifier, ${USUAL}`,
  "empty rows",
  "MiB a 1,000 rows, all numbers",
  "rho",
];
const lines = [];
const ends = [];
for (const bits of options.bits.split(",").map(Number)) {
  const columns = 2 ** bits;
  const ms = await withTemporaryDirectory((directory) => measured(columns, directory));
  const peer = scikitLearn(columns);
  lines.push([
    `2^${bits}`,
    ...[
      ms.dense,
      ...ENTRIES.map((entries) => ms[entries]),
      ms.large,
      ms.noisy,
      ...STREAMED_BATCHES.map((size) => ms[`streamed ${size}`]),
      ms.read,
      ms.trials,
      peer,
      ms.none,
    ].map(figure),
    ((4000 * columns) / 2 ** 20).toLocaleString("en-US", { maximumFractionDigits: 0 }),
    rho(columns).toExponential(1),
  ]);
  ends.push({ bits, share: ms.none / ms[USUAL], ms, peer });
}

const { cpu, cpuCount, node, startedAt } = machineFacts([]);
const row = (cells) => `| ${cells.join(" | ")} |`;
const percent = (share) => `${Math.round(100 * Math.min(1, share))}%`;
const faster = ends
  .filter(({ peer, ms }) => peer !== null && ms[USUAL] < peer)
  .map(({ bits }) => `2^${bits}`);
const text = [
  "`npm run bench:hashed -- --docs docs/data.md` printed this.",
  "",
  `Milliseconds of an epoch of ${ROWS.toLocaleString("en-US")} rows in batches of ${BATCH}, the least of ${rounds}: logistic, float64, without noise unless it says so, one`,
  `thread. The number behind "sparse" is the numbers of a row that are not 0; rows with all numbers have ${USUAL}.`,
  `${cpu}, ${cpuCount} cores, Node ${node}${python ? `, scikit-learn ${python.version}` : ""},`,
  `${startedAt.slice(0, 10)}; the load average was ${loadAtStart.toFixed(2)} at the start and ${loadAverage().toFixed(2)} at the end.`,
  "",
  row(header),
  row(header.map(() => "---")),
  ...lines.map(row),
  "",
  `Empty rows take the sweeps of the weights and their way in and out: ${ends.map(({ bits, share }) => `${percent(share)} of an epoch at 2^${bits}`).join(", ")}, with ${USUAL} numbers a row.`,
  `From files an epoch takes so many times the greater of the plain read and the epoch in memory: ${STREAMED_BATCHES.map((size) => `b = ${size}, ${ends.map((end) => timesCeiling(end, size)).join(", ")}`).join("; ")}.`,
  python
    ? `SGDClassifier updates after every row. Sparse rows take less than it at ${faster.join(", ") || "none of these widths"}.`
    : `SGDClassifier was not measured: ${missingPython("sklearn")}.`,
].join("\n");
console.log(text);
if (options.docs !== undefined) {
  const { writeBetweenMarkers } = await withTemporaryDirectory(async (directory) => {
    const file = await bundle(join(ROOT, "packages/lab/src/experiments/markers.ts"), directory);
    return import(pathToFileURL(file).href);
  });
  await writeBetweenMarkers(options.docs, text);
}
