/**
 * Requests one after another on one model in a directory: what a request costs must not depend on how many came before.
 *
 *   node packages/lab/bench/requests.mjs [--largest 100000] [--rows 100000] [--features 20] [--batch 256] [--epochs 20] [--noise on-release]
 *        [--max-noise 0.1] [--json FILE]
 *
 * Everybody owns one row and is forgotten by a request of their own, on an open model, durably. At requests 1, 10, 100, ... it shows the median time of
 * the 50 requests around it, and then the bytes of its certificate, the times of opening the directory and of verifying the certificate with the
 * weights (medians of 5), and how much the directory has grown a request. A file system's fsync is part of every figure, so the directory is
 * made under --directory (default: the system's temporary one) and removed. Bundles src/ as it stands: no build is needed.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArgs } from "../../../scripts/read-args.mjs";
import { importSource, withTemporaryDirectory } from "./bundle.mjs";
import { loadAverage, machineFacts } from "./machine.mjs";
import { median } from "./measure.mjs";
import { denseRows } from "./rows.mjs";

/** Requests around each milestone that its time is the median of. */
const AROUND = 50;
const REPEATS = 5;

const { values } = readArgs({
  options: {
    largest: { type: "string", default: "100000" },
    rows: { type: "string", default: "100000" },
    features: { type: "string", default: "20" },
    batch: { type: "string", default: "256" },
    epochs: { type: "string", default: "20" },
    noise: { type: "string", default: "on-release" },
    "max-noise": { type: "string" },
    directory: { type: "string", default: tmpdir() },
    json: { type: "string" },
  },
});
const largest = Math.min(Number(values.largest), Number(values.rows));
const rowCount = Number(values.rows);

await withTemporaryDirectory(async (bundles) => {
  const expunge = await importSource("index.ts", bundles);
  const root = await mkdtemp(join(values.directory, "expunge-requests-"));
  try {
    await main(expunge, join(root, "model"));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

async function main(expunge, directory) {
  const signer = expunge.createSigner(new Uint8Array(32).fill(7));
  const model = await train(expunge);
  await expunge.saveModel(model, directory);
  model.dispose();
  const startBytes = await sizeOf(directory);
  const loadAtStart = loadAverage();
  const started = performance.now();
  const times = [];
  const steps = [];
  const rows = [];
  const waiting = milestones();
  let stored = await expunge.loadModel(directory);
  const bytesOfCertificate = new Map(waiting.map(({ request }) => [request, 0]));
  for (let request = 1; request <= largest; request++) {
    const person = personAt(request);
    const { value: result, time } = await clocked(() => stored.forget({ subjects: [person] }, { signer }));
    times.push(time);
    steps.push(result.steps);
    if (bytesOfCertificate.has(request))
      bytesOfCertificate.set(request, (await stat(stored.certificatePath(result.certificateId))).size);
    if (request < waiting[0].through) continue;
    const { request: number } = waiting.shift();
    await stored.close();
    const opened = await timed(
      async () => {
        stored = await expunge.loadModel(directory);
      },
      () => stored.close(),
    );
    const verified = await verifying(expunge, stored, result, signer.publicKey);
    const around = [Math.max(0, number - AROUND / 2), request];
    const grown = (await sizeOf(directory)) - startBytes;
    rows.push({
      request: number,
      forget: medianOf(times.slice(...around)),
      steps: median(steps.slice(...around)),
      certificateBytes: bytesOfCertificate.get(number),
      open: opened,
      verify: verified,
      bytesPerRequest: grown / request,
    });
    console.error(`${request} requests, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    if (waiting.length === 0) break;
  }
  await stored.close();
  const settings = { ...values, largest };
  const result = { machine: machineFacts([]), settings, loadAtStart, loadAtEnd: loadAverage(), rows };
  print(result);
  if (values.json) await writeFile(values.json, JSON.stringify(result, null, 2));
}

function train({ createDataset, fit }) {
  const featureCount = Number(values.features);
  const { features, labels } = denseRows(rowCount, featureCount, 1);
  const subjects = Array.from({ length: rowCount }, (_, row) => `person-${row}`);
  const dataset = createDataset({ features, featureCount, labels: [...labels], task: "binary", subjects });
  const { noise, "max-noise": maxNoise } = values;
  return fit(dataset, {
    batchSize: Number(values.batch),
    epochs: Number(values.epochs),
    noise,
    ...(maxNoise === undefined ? {} : { maxNoise: Number(maxNoise) }),
  });
}

/** Milestones with the last request of those around each. */
function milestones() {
  const list = [];
  for (let request = 1; request < largest; request *= 10) list.push(request);
  list.push(largest);
  return list.map((request) => ({ request, through: Math.min(largest, request + AROUND / 2 - 1) }));
}

/** Everybody once, in an order that has nothing to do with rows. */
function personAt(request) {
  return `person-${(request * 7919) % rowCount}`;
}

async function timed(run, after = async () => {}) {
  const times = [];
  for (let i = 0; i < REPEATS; i++) {
    times.push((await clocked(run)).time);
    if (i < REPEATS - 1) await after();
  }
  return medianOf(times);
}

/** Milliseconds by the clock, and of the processor, which another's load does not lengthen but waiting for the disk is no part of. */
async function clocked(run) {
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const value = await run();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpuFrom);
  return { value, time: { ms, cpuMs: (user + system) / 1000 } };
}

function medianOf(times) {
  return { ms: median(times.map(({ ms }) => ms)), cpuMs: median(times.map(({ cpuMs }) => cpuMs)) };
}

async function verifying({ verify }, stored, { certificateId }, publicKey) {
  const text = await readFile(stored.certificatePath(certificateId), "utf8");
  const model = new Uint8Array(await readFile(stored.weightsPath));
  return timed(async () => {
    const { ok, issues } = verify(text, { publicKey, model });
    if (!ok) throw new Error(`A certificate does not verify: ${JSON.stringify(issues)}`);
  });
}

async function sizeOf(directory) {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  let bytes = 0;
  for (const file of files) bytes += (await stat(join(file.parentPath, file.name))).size;
  return bytes;
}

function print({ machine, settings, loadAtStart, loadAtEnd, rows }) {
  const { features, batch, epochs, noise, "max-noise": maxNoise } = settings;
  const lines = [
    `${rowCount} x ${features}, batches of ${batch}, ${epochs} epochs, noise ${noise}${maxNoise ? ` of ${maxNoise} at most` : ""}, one person a request.`,
    `${machine.cpu}, ${machine.cpuCount} cores, Node ${machine.node}; load average ${loadAtStart.toFixed(2)} at the start, ${loadAtEnd.toFixed(2)} at the end.`,
    "",
    "Times in ms by the clock, and of the processor in brackets.",
    "",
    "| request | forget | steps | certificate, bytes | open | verify | bytes on disk a request |",
    "|---:|---:|---:|---:|---:|---:|---:|",
    ...rows.map((row) => {
      const { request, forget, steps, certificateBytes, open, verify, bytesPerRequest } = row;
      const bytes = bytesPerRequest.toFixed(0);
      const cells = [request, both(forget), steps, certificateBytes, both(open), both(verify), bytes];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
  console.log(lines.join("\n"));
}

function both({ ms, cpuMs }) {
  return `${ms.toFixed(1)} (${cpuMs.toFixed(1)})`;
}
