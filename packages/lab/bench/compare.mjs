/**
 * Expunge against plain JavaScript, NumPy and PyTorch, in one run.
 *
 *   node packages/lab/bench/compare.mjs [--rounds N] [--rows N] [--only d=784,b=128] [--json FILE]
 *
 * Prints milliseconds per epoch of the noisy process for each number of columns d and batch size b, medians over rounds in
 * which the engines take turns, beside the bandwidth of reading as many bytes; then normals per second, the accountant's times
 * and the targets. Fails where an engine does not do the same work. Bundles src/ as it stands: no build is needed.
 * Python is $EXPUNGE_PYTHON, or the first of python3 and /usr/bin/python3 that has the module.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureAccountant } from "./accountant.mjs";
import { importSource, withTemporaryDirectory } from "./bundle.mjs";
import { contenderMakers, NAMES } from "./contenders.mjs";
import { loadAverage, machineFacts } from "./machine.mjs";
import { measure, summary } from "./measure.mjs";
import { measureNormals } from "./normals.mjs";
import { findPython, withPeers } from "./python-peer.mjs";
import { compileReader, readerOf } from "./read-bandwidth.mjs";
import * as report from "./report.mjs";
import { denseRows, MNIST_FEATURES, mnistRows } from "./rows.mjs";
import { requireSameWork } from "./same-work.mjs";

const FEATURES = [54, 512, 784, 2048];
const BATCHES = [32, 128, 512, "full"];
/** At zero weights every derivative is 1/2: a little below, so that clipping is at work and is compared. */
const PARAMETERS = {
  objective: { kind: "logistic" },
  clip: 0.49,
  l2: 0.01,
  eta: 1,
  noiseStd: 0.01,
  radius: 1e3,
};

const options = readOptions();
const skipped = [];
await withTemporaryDirectory(main);

async function main(directory) {
  const engine = await importSource("engine/index.ts", directory);
  const accounting = await importSource("accounting/index.ts", directory);
  // Before anything else warms the process up.
  const accountant = measureAccountant(accounting);
  const pythons = findPythons();
  const result = { machine: machineFacts(pythons), loadAtStart: loadAverage(), ...options };
  report.printMachine(result.machine, { ...options, load: result.loadAtStart });
  if (!engine.createTrialPool) skip(`${NAMES.pool}: packages/expunge/src/engine has no createTrialPool`);
  const groups = await compareAll({ engine, pythons, directory });
  report.printNotes();
  const normals = await withPeers(pythons, (peers) => measureNormals(engine, peers, options.rounds));
  report.printNormals(normals);
  report.printAccountant(accountant);
  const targets = report.judge(groups);
  report.printTargets(targets);
  const loadAtEnd = loadAverage();
  console.log(`load average at the end ${loadAtEnd.toFixed(2)}`);
  const all = { ...result, loadAtEnd, skipped, parameters: PARAMETERS, groups, normals, accountant, targets };
  if (options.json) await writeFile(options.json, JSON.stringify(all, null, 2));
}

function findPythons() {
  return ["numpy", "torch"].flatMap((module) => {
    const python = findPython(module);
    if (!python) skip(`${NAMES[module]}: no Python here imports ${module} (set EXPUNGE_PYTHON)`);
    return python ?? [];
  });
}

async function compareAll({ engine, pythons, directory }) {
  const path = join(directory, "rows.f32");
  const reader = await compileReader(directory);
  const groups = [];
  report.printHeader();
  for (const { data, features, make } of dataSets()) {
    const rows = make();
    if (!rows) {
      skip(`${data}: no files, or too few rows (set EXPUNGE_DATA)`);
      continue;
    }
    await writeRows(path, rows);
    for (const batch of BATCHES.filter((b) => isAsked("b", b))) {
      // Fresh peers for each, since how fast malloc is depends on what a process freed before.
      const figures = await withPeers(pythons, async (peers) => {
        await loadPeers(peers, rows, path);
        return compareOne(contenderMakers(engine, peers), reader, rows, batch);
      });
      const group = { data, features, batch, ...figures };
      report.printGroup(group);
      groups.push(group);
    }
  }
  return groups;
}

function dataSets() {
  const dense = FEATURES.map((features) => ({
    data: "dense",
    features,
    make: () => denseRows(options.rowCount, features, features),
  }));
  const mnist = {
    data: "MNIST 3-vs-8",
    features: MNIST_FEATURES,
    make: () => mnistRows(options.rowCount),
  };
  return [...dense, mnist].filter(({ features }) => isAsked("d", features));
}

/** Raw float32: the features, then the labels. */
async function writeRows(path, { features, labels }) {
  await writeFile(path, features);
  await writeFile(path, labels, { flag: "a" });
}

async function loadPeers(peers, { slotCount, featureCount }, path) {
  for (const peer of peers) await peer.ask("load", { path, rows: slotCount, columns: featureCount });
}

async function compareOne(makers, reader, rows, batch) {
  const parameters = { ...PARAMETERS, batchSize: batch === "full" ? rows.slotCount : batch };
  await requireSameWork(makers, rows, parameters);
  const contenders = [];
  for (const make of makers) contenders.push(await make(rows, parameters));
  const times = await measure([...contenders, await readerOf(reader, rows)], options.rounds);
  for (const contender of contenders) await contender.dispose();
  const bytes = rows.features.byteLength;
  const read = timesOf("read only", times.pop(), bytes);
  const engines = contenders.map(({ name }, i) => timesOf(name, times[i], bytes));
  const torch = engines.find(({ name }) => name === NAMES.torch);
  const compared = engines.map((one) => ({
    ...one,
    ratio: torch && torch.median / one.median,
    share: read.median / one.median,
  }));
  return { engines: compared, read };
}

function timesOf(name, times, bytes) {
  const { median, min } = summary(times);
  return { name, median, min, gigabytesPerSecond: bytes / median / 1e6, times };
}

/** Says it aloud, once. */
function skip(what) {
  if (skipped.includes(what)) return;
  skipped.push(what);
  console.log(`SKIPPED: ${what}`);
}

/** Whether --only leaves this value of d or b in. */
function isAsked(key, value) {
  return options.only[key] === undefined || options.only[key] === String(value);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      rows: { type: "string", default: "11264" },
      only: { type: "string", default: "" },
      json: { type: "string" },
    },
  });
  const only = Object.fromEntries(values.only.split(",").flatMap((part) => (part ? [part.split("=")] : [])));
  const known = { d: FEATURES.map(String), b: BATCHES.map(String) };
  for (const [key, value] of Object.entries(only)) {
    if (!known[key]?.includes(value))
      throw new Error(
        `Expected --only ${key}=${value} to be d=${known.d.join("|")} or b=${known.b.join("|")}.`,
      );
  }
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 1))
    throw new Error(`Expected --rounds ${values.rounds} to be >= 1.`);
  const rowCount = Number(values.rows);
  if (!(rowCount >= 512 && rowCount % 512 === 0))
    throw new Error(`Expected --rows ${values.rows} to be a multiple of 512, the largest batch.`);
  return { rounds, rowCount, only, json: values.json };
}
