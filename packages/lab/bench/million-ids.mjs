/**
 * One request of a million subjects: processor time and peak memory of every phase, in the library, in a model directory and through the
 * command line.
 *
 *   npm run build && node packages/lab/bench/million-ids.mjs [--ids 1000000] [--rows 1100000] [--features 10] [--way library|directory|cli]
 *        [--memory-limit 1GB] [--json FILE]
 *
 * Everybody owns one row. Each way runs in a process of its own, on the built package: `library` trains in memory and forgets there; `directory` opens a
 * saved model and forgets durably; `cli` runs `expunge forget --subjects-file IDS --receipts RECEIPTS`. All but the making of the rows is counted; memory
 * is the resident set, rows and ids included. Without --way all three run. Receipts are made one by one for all subjects; each of 1,000 is checked with
 * `verify`. Peaks by phase need Linux; elsewhere each is the peak so far.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArgs } from "../../../scripts/read-args.mjs";
import { withTemporaryDirectory } from "./bundle.mjs";
import { loadAverage, machineFacts } from "./machine.mjs";
import { phases, REPORT_USAGE } from "./phases.mjs";
import { denseRows } from "./rows.mjs";

const CHECKED = 1000;
const WAYS = ["library", "directory", "cli"];

const { values } = readArgs({
  options: {
    ids: { type: "string", default: "1000000" },
    rows: { type: "string", default: "1100000" },
    features: { type: "string", default: "10" },
    "memory-limit": { type: "string", default: "1GB" },
    way: { type: "string" },
    // For this program's own child processes.
    inside: { type: "string", isOwn: true },
    json: { type: "string" },
  },
});
const idCount = Number(values.ids);
const rowCount = Number(values.rows);
const featureCount = Number(values.features);

if (values.inside !== undefined) await runInside(values.inside);
else await withTemporaryDirectory(main);

async function main(directory) {
  const results = [];
  const loadAtStart = loadAverage();
  const ways = values.way === undefined ? WAYS : [values.way];
  if (ways.some((way) => way !== "library")) await child(directory, "save");
  for (const way of ways) {
    const measured = way === "cli" ? await commandLine(directory) : await child(directory, way);
    results.push({ way, phases: measured });
  }
  const result = {
    machine: machineFacts([]),
    settings: values,
    loadAtStart,
    loadAtEnd: loadAverage(),
    results,
  };
  print(result);
  if (values.json) await writeFile(values.json, JSON.stringify(result, null, 2));
}

/** Runs one way in a process of its own. @returns its phases */
async function child(directory, way) {
  const out = join(directory, `${way}.json`);
  const own = ["--ids", values.ids, "--rows", values.rows, "--features", values.features];
  const node = spawn(
    process.execPath,
    [
      ...process.execArgv,
      fileURLToPath(import.meta.url),
      "--way",
      way,
      "--inside",
      directory,
      "--json",
      out,
      ...own,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const [code] = await once(node, "exit");
  if (code !== 0) throw new Error(`${way} ended with exit code ${code}.`);
  return JSON.parse(await readFile(out, "utf8"));
}

async function runInside(directory) {
  const expunge = await import("../../expunge/dist/index.js");
  const phase = phases();
  if (values.way === "save") await save(expunge, directory);
  else if (values.way === "library") await library(expunge, phase);
  else await stored(expunge, directory, phase);
  await writeFile(values.json, JSON.stringify(phase.measured));
}

async function save({ fit, saveModel }, directory) {
  const model = await fit(await dataOf());
  await saveModel(model, join(directory, "model"));
  model.dispose();
  const file = createWriteStream(join(directory, "ids.txt"));
  for (let i = 0; i < idCount; i++) if (!file.write(`${idAt(i)}\n`)) await once(file, "drain");
  file.end();
  await once(file, "close");
}

async function library({ createSigner, fit, verify }, phase) {
  const signer = createSigner();
  const data = await dataOf();
  const model = await phase("train", () => fit(data));
  const ids = await phase("ids", async () => namedIds());
  const answer = await phase("forget, certificate", () => model.forget({ subjects: ids }, { signer }));
  await useReceipts(verify, phase, answer, signer);
}

async function stored({ createSigner, loadModel, verify }, directory, phase) {
  const signer = createSigner();
  const path = join(directory, "model");
  // The directory stays as it is for the command line.
  const copy = join(directory, "copy");
  await cp(path, copy, { recursive: true });
  const model = await phase("open", () => loadModel(copy));
  const ids = await phase("ids", async () => namedIds());
  const answer = await phase("forget, certificate", () => model.forget({ subjects: ids }, { signer }));
  await useReceipts(verify, phase, answer, signer);
  await model.close();
  await phase("open again", async () => (await loadModel(copy)).close());
  await rm(copy, { recursive: true });
}

/** Makes every receipt, and checks some. */
async function useReceipts(verify, phase, { certificate, receipts }, signer) {
  const some = [];
  await phase("receipts", async () => {
    let bytes = 0;
    const every = Math.ceil(receipts.count / CHECKED);
    let i = 0;
    for (const one of receipts) {
      bytes += JSON.stringify(one).length;
      if (i++ % every === 0) some.push(one);
    }
    return bytes;
  });
  await phase(`verify ${some.length} receipts`, async () => {
    for (const { id, receipt } of some) check(verify, certificate, signer.publicKey, id, receipt);
  });
}

function check(verify, certificate, publicKey, id, receipt) {
  const { ok, issues } = verify(certificate, { publicKey, subject: { id, ...receipt } });
  if (!ok) throw new Error(`A receipt does not verify: ${JSON.stringify(issues)}`);
}

async function commandLine(directory) {
  const at = (name) => join(directory, name);
  const usage = at("usage.json");
  const preload = `data:text/javascript,${encodeURIComponent(REPORT_USAGE)}`;
  const cli = async (name, args) => {
    const node = spawn(process.execPath, ["--import", preload, "packages/expunge/dist/cli.js", ...args], {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      env: { ...process.env, EXPUNGE_BENCH_USAGE: usage, XDG_CONFIG_HOME: at("config"), HOME: directory },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [code] = await once(node, "exit");
    if (code !== 0) throw new Error(`expunge ${name} ended with exit code ${code}.`);
    return { name, ...JSON.parse(await readFile(usage, "utf8")) };
  };
  const forget = ["forget", at("model"), "--subjects-file", at("ids.txt"), "--key", at("key")];
  const files = ["--out", at("certificate.json"), "--receipts", at("receipts.jsonl"), "--json"];
  const limit = ["--memory-limit", values["memory-limit"]];
  const measured = [await cli("forget", [...forget, ...files, ...limit])];
  const verify = [
    "verify",
    at("certificate.json"),
    "--public-key",
    at("key.pub"),
    "--receipt",
    at("receipts.jsonl"),
  ];
  measured.push(await cli("verify the last receipt", [...verify, "--subject", idAt(idCount - 1)]));
  return measured;
}

async function dataOf() {
  const { createDataset } = await import("../../expunge/dist/data.js");
  const { features, labels } = denseRows(rowCount, featureCount, 1);
  const subjects = Array.from({ length: rowCount }, (_, row) => subjectAt(row));
  return createDataset({ features, featureCount, labels: [...labels], task: "binary", subjects });
}

/** Ids as a request brings them: strings of their own, in an order that has nothing to do with rows. */
function namedIds() {
  return Array.from({ length: idCount }, (_, i) => idAt(i));
}

function idAt(i) {
  return subjectAt((i * 7919) % rowCount);
}

function subjectAt(row) {
  return `person-${row}@example.com`;
}

function print({ machine, loadAtStart, loadAtEnd, results }) {
  const lines = [
    `${idCount} ids of ${rowCount} rows x ${featureCount}, one row a subject, defaults otherwise; memory limit of the command line ${values["memory-limit"]}.`,
    `${machine.cpu}, ${machine.cpuCount} cores, Node ${machine.node}; load average ${loadAtStart.toFixed(2)} at the start, ${loadAtEnd.toFixed(2)} at the end.`,
    "",
    "| way | phase | s of the processor | s by the clock | peak MiB |",
    "|---|---|---:|---:|---:|",
    ...results.flatMap(({ way, phases }) => [
      ...phases.map((row) => line(way, row)),
      line(way, total(phases)),
    ]),
  ];
  console.log(lines.join("\n"));
}

function total(phases) {
  const sum = (of) => phases.reduce((a, phase) => a + of(phase), 0);
  return {
    name: "all",
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    wallSeconds: sum(({ wallSeconds }) => wallSeconds),
    peakBytes: Math.max(...phases.map(({ peakBytes }) => peakBytes)),
  };
}

function line(way, { name, cpuSeconds, wallSeconds, peakBytes }) {
  const mebibytes = (peakBytes / 2 ** 20).toFixed(0);
  return `| ${[way, name, cpuSeconds.toFixed(2), wallSeconds.toFixed(2), mebibytes].join(" | ")} |`;
}
