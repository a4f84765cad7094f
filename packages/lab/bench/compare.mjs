/**
 * Expunge against plain JavaScript, NumPy and PyTorch, in one run.
 *
 *   node packages/lab/bench/compare.mjs [--rounds N] [--rows N] [--only d=784,b=128] [--targets] [--json FILE]
 *
 * Prints milliseconds per epoch for each number of columns d and batch size b, medians over rounds in which the engines take
 * turns, beside the bandwidth of reading as many bytes: with noise at every step, and at d = 784, where targets are, without as
 * well. Then trials that share rows, normals per second, the accountant's times and the targets. With --targets, only what the
 * targets and the trials need. Fails where an engine does not do the same work. Bundles src/ as it stands: no build is needed.
 * Python is $EXPUNGE_PYTHON, or the first of python3 and /usr/bin/python3 that has the module.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readArgs } from "../../../scripts/read-args.mjs";
import { measureAccountant } from "./accountant.mjs";
import { compareTrials } from "./batched-trials.mjs";
import { importSource, withTemporaryDirectory } from "./bundle.mjs";
import { contenderMakers, peerName } from "./contenders.mjs";
import { loadAverage, machineFacts } from "./machine.mjs";
import { measure, summary } from "./measure.mjs";
import { measureNormals } from "./normals.mjs";
import { findPython, missingPython, withPeers } from "./python-peer.mjs";
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
  const accountant = options.targets ? [] : measureAccountant(accounting);
  const pythons = findPythons();
  const result = { machine: machineFacts(pythons), loadAtStart: loadAverage(), ...options };
  report.printMachine(result.machine, { ...options, load: result.loadAtStart });
  const { groups, trials } = await compareAll({ engine, peers: peersOf(pythons), directory });
  report.printNotes();
  report.printTrials(trials);
  const normals = options.targets ? [] : await compareNormals(engine, pythons);
  report.printNormals(normals);
  report.printAccountant(accountant);
  const targets = report.judge(groups);
  report.printTargets(targets);
  const loadAtEnd = loadAverage();
  console.log(`load average at the end ${loadAtEnd.toFixed(2)}`);
  const measured = { groups, trials, normals, accountant, targets };
  const all = { ...result, loadAtEnd, skipped, parameters: PARAMETERS, ...measured };
  if (options.json) await writeFile(options.json, JSON.stringify(all, null, 2));
}

function findPythons() {
  const modules = options.targets ? ["torch"] : ["numpy", "torch"];
  return modules.flatMap((module) => {
    const python = findPython(module);
    if (!python) skip(missingPython(module));
    return python ?? [];
  });
}

/** PyTorch in both precisions, since the kernels are, and both as it comes and at its best; NumPy in the faster precision. */
function peersOf(pythons) {
  return pythons.flatMap((python) => {
    if (python.module !== "torch") return [{ ...python, precision: "float32", keepsMemory: false }];
    return ["float32", "float64"].flatMap((precision) =>
      [false, true].map((keepsMemory) => ({ ...python, precision, keepsMemory })),
    );
  });
}

/** In float32, as the kernels make theirs. */
function compareNormals(engine, pythons) {
  const asked = peersOf(pythons).filter(
    ({ precision, keepsMemory }) => precision === "float32" && !keepsMemory,
  );
  return withPeers(asked, (peers) => measureNormals(engine, peers, options.rounds));
}

async function compareAll({ engine, peers, directory }) {
  const path = join(directory, "rows.f32");
  const reader = await compileReader(directory);
  const groups = [];
  const trials = [];
  // Fresh peers each time, since how fast malloc is depends on what a process freed before.
  const withRows = (rows, use) =>
    withPeers(peers, async (started) => {
      await loadPeers(started, rows, path);
      return use(started);
    });
  report.printHeader();
  for (const { data, features, make } of dataSets()) {
    const rows = make();
    if (!rows) {
      skip(`${data}: no files, or too few rows (set EXPUNGE_DATA)`);
      continue;
    }
    await writeRows(path, rows);
    for (const { batch, noiseStd } of settingsAt(features)) {
      const parameters = parametersOf(batch, noiseStd, rows);
      const figures = await withRows(rows, (started) =>
        compareOne(contenderMakers(engine, started, options.targets), reader, rows, parameters),
      );
      const group = { data, features, batch, noiseStd, ...figures };
      report.printGroup(group);
      groups.push(group);
    }
    if (features !== report.TARGET_FEATURES || !isAsked("b", "full")) continue;
    const parameters = parametersOf("full", 0, rows);
    const { rounds } = options;
    const compared = await withRows(rows, (started) =>
      compareTrials({ engine, peers: started, rows, parameters, rounds }),
    );
    trials.push(...compared.map((one) => ({ data, ...one })));
  }
  return { groups, trials };
}

/** Most steps have no noise by default; targets are judged both ways. */
function settingsAt(features) {
  const levels = features === report.TARGET_FEATURES ? [0, PARAMETERS.noiseStd] : [PARAMETERS.noiseStd];
  const batches = BATCHES.filter((batch) => isAsked("b", batch));
  return levels.flatMap((noiseStd) => batches.map((batch) => ({ batch, noiseStd })));
}

function parametersOf(batch, noiseStd, { slotCount }) {
  return { ...PARAMETERS, noiseStd, batchSize: batch === "full" ? slotCount : batch };
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
  return [...dense, mnist].filter(
    ({ features }) => isAsked("d", features) && (!options.targets || features === report.TARGET_FEATURES),
  );
}

/** Raw float32: the features, then the labels. */
async function writeRows(path, { features, labels }) {
  await writeFile(path, features);
  await writeFile(path, labels, { flag: "a" });
}

async function loadPeers(peers, { slotCount, featureCount }, path) {
  for (const peer of peers) await peer.ask("load", { path, rows: slotCount, columns: featureCount });
}

async function compareOne(makers, reader, rows, parameters) {
  await requireSameWork(makers, rows, parameters);
  const contenders = [];
  for (const make of makers) contenders.push(await make(rows, parameters));
  const times = await measure([...contenders, await readerOf(reader, rows)], options.rounds);
  for (const contender of contenders) await contender.dispose();
  const bytes = rows.features.byteLength;
  const read = timesOf("read only", times.pop(), bytes);
  const engines = contenders.map(({ name, precision }, i) => ({
    precision,
    ...timesOf(name, times[i], bytes),
  }));
  const compared = engines.map((one) => {
    const torch = engines.find(
      ({ name }) => name === peerName({ module: "torch", precision: one.precision, keepsMemory: false }),
    );
    return { ...one, ratio: torch && torch.median / one.median, share: read.median / one.median };
  });
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
  const { values } = readArgs({
    options: {
      rounds: { type: "string", default: "9" },
      rows: { type: "string", default: "11264" },
      only: { type: "string", default: "" },
      targets: { type: "boolean", default: false },
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
  return { rounds, rowCount, only, targets: values.targets, json: values.json };
}
