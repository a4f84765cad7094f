/**
 * The service under load, on a PostgreSQL of its own: requests accepted a second, and deletions done by one worker and by two.
 *
 *   node packages/lab/bench/service.mjs [--models 100] [--rows 10000] [--features 100] [--deletions 10000] [--max-batch 1000] [--rate 1000] [--seconds 10] [--http]
 *
 * Rows are in a temporary folder, or where EXPUNGE_ROWS says: a folder, s3://bucket/prefix.
 *
 * Requests are submitted at a steady rate whatever the answers take (open loop), so that waiting shows; each is durable when it is
 * answered. With --http they go through `expunge serve`, a process of its own, over 64 connections; else straight into the library. Workers are processes of `expunge worker`. Needs Linux, PostgreSQL's programs (Debian: apt-get install postgresql) and `npm run build`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { readArgs } from "../../../scripts/read-args.mjs";
import { CLI, openOwnService, startProgram } from "./own-service.mjs";
import { peakBytes } from "./peak-memory.mjs";
import { ofFamily } from "./processor-time.mjs";

const { values } = readArgs({
  options: {
    models: { type: "string", default: "100" },
    rows: { type: "string", default: "10000" },
    features: { type: "string", default: "100" },
    deletions: { type: "string", default: "10000" },
    "max-batch": { type: "string" },
    rate: { type: "string", default: "1000" },
    seconds: { type: "string", default: "10" },
    http: { type: "boolean", default: false },
  },
});
const { http: isHttp, ...texts } = values;
const numbers = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, Number(value)]));
const { models, rows, features, deletions, rate, seconds } = numbers;

/** MiB. */
let peak = 0;
const { parts, postgres, database, service, close } = await openOwnService(
  "packages/lab/bench/service-parts.ts",
  { connections: 20 },
);
const tenantId = parts.newId();
await database.queries.insert(parts.tenants).values({ id: tenantId, name: "bench" });
try {
  await withWorkers(2, makeModels);
  await accept();
  await withWorkers(2, () => settled());
  const one = await drain(1, 0);
  const two = await drain(2, Math.floor(deletions / models));
  console.log(`most memory of a worker: ${peak.toFixed(0)} MiB`);
  console.log(`two workers against one: ${(two / one).toFixed(2)} times as many a second`);
} finally {
  await close();
}

function source(seed) {
  return {
    ...{ task: "binary", labelNames: ["-1", "+1"], featureNames: null, featureCount: features },
    ...{ scaling: { kind: "l2", intercept: 0 }, schemaDigest: null },
    async *chunks() {
      let state = seed;
      for (let first = 0; first < rows; first += 8192) {
        const count = Math.min(8192, rows - first);
        const all = new Float32Array(count * features);
        const labels = new Float32Array(count);
        for (let row = 0; row < count; row++) {
          let square = 0;
          for (let i = row * features; i < (row + 1) * features; i++) {
            state = (Math.imul(state, 1664525) + 1013904223) | 0;
            all[i] = state / 2 ** 31;
            square += all[i] ** 2;
          }
          for (let i = row * features; i < (row + 1) * features; i++)
            all[i] *= (1 - 1e-6) / Math.sqrt(square);
          labels[row] = all[row * features] > 0 ? 1 : -1;
        }
        yield { features: all, labels, subjects: null };
      }
    },
  };
}

async function makeModels() {
  const start = performance.now();
  const options = { epsilon: 1, delta: 1e-5, epochs: 5, requests: 2 * Math.ceil(deletions / models) };
  for (let i = 0; i < models; i++) {
    const { id } = await service.createDataset(tenantId, {
      name: `d${i}`,
      source: source(i + 1),
      schema: null,
    });
    await service.createModel(tenantId, { name: `m${i}`, datasetId: id, options });
  }
  await until(async () => (await count("models where state <> 'ready'")) === 0);
  console.log(
    `${models} models of ${rows} x ${features} stored and trained in ${((performance.now() - start) / 1000).toFixed(0)} s`,
  );
  const bytes = Number(await value("pg_database_size(current_database())"));
  console.log(`the database takes ${(bytes / 2 ** 20).toFixed(0)} MiB`);
}

/** Deletions of rows from `first` on, spread over all data sets, done by some workers. @returns deletions a second */
async function drain(workers, first) {
  const datasets = await ids("datasets");
  const each = Math.floor(deletions / models / 2);
  for (const datasetId of datasets)
    await Promise.all(
      Array.from({ length: each }, (_, i) => service.submit(tenantId, { datasetId, rows: [first + i] })),
    );
  const before = await value("pg_current_wal_lsn()::text");
  let work = 0;
  const servers = ofFamily(postgres.pid);
  const start = performance.now();
  await withWorkers(
    workers,
    () => settled(),
    (ms) => (work = ms),
  );
  const total = each * datasets.length;
  const perSecond = (1000 * total) / (performance.now() - start);
  const wal = Number((await value("pg_wal_lsn_diff(pg_current_wal_lsn(), $1)", [before])) / total);
  console.log(
    `${workers} worker${workers > 1 ? "s" : ""}: ${total} deletions in ${((performance.now() - start) / 1000).toFixed(1)} s, ${perSecond.toFixed(0)} a second (start of the process included); each ${(work / total).toFixed(2)} ms of processor time of workers and ${((ofFamily(postgres.pid) - servers) / total).toFixed(2)} ms of the database, ${(wal / 1024).toFixed(1)} KiB of write-ahead log`,
  );
  return perSecond;
}

async function accept() {
  const door = isHttp ? await openHttp() : { submit: (request) => service.submit(tenantId, request) };
  const datasets = await ids("datasets");
  const times = [];
  const all = [];
  // The first second is not counted: nobody starts a service for one second.
  const start = performance.now();
  const first = start + 1000;
  for (let i = 0; i < rate * (seconds + 1); i++) {
    const due = start + (1000 * i) / rate;
    const early = due - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    const datasetId = datasets[i % datasets.length];
    const row = rows - 1 - Math.floor(i / datasets.length);
    all.push(
      door.submit({ datasetId, rows: [row] }).then(() => due >= first && times.push(performance.now() - due)),
    );
  }
  await Promise.all(all);
  await door.close?.();
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
  console.log(
    `accepted ${times.length} requests ${isHttp ? "over HTTP " : ""}at ${rate} a second: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms (target: p99 under 50 ms)`,
  );
}

/** A server of its own, and connections that stay open. */
async function openHttp() {
  const { key } = await parts.createApiKey(database, { tenantId, role: "submit", label: "bench" });
  const options = ["--no-worker", "--no-log", "--port", "0", "--requests-per-minute", "1000000000"];
  const { url, stop } = await startProgram(["serve", "--database", postgres.url, ...options]);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const submit = (body) =>
    new Promise((resolve, reject) => {
      const path = "/v1/requests";
      const call = request(
        { host: url.hostname, port: url.port, path, method: "POST", agent, headers },
        (answer) => {
          if (answer.statusCode !== 201) reject(new Error(`Status ${answer.statusCode}`));
          answer.resume().once("end", resolve);
        },
      );
      call.once("error", reject).end(JSON.stringify(body));
    });
  const close = async () => {
    agent.destroy();
    await stop();
  };
  return { submit, close };
}

/** Looked for by an index: counting them took a tenth of the database's time. */
function settled() {
  return until(
    async () => !(await value("exists (select from requests where state in ('accepted', 'running'))")),
  );
}

async function value(expression, values = []) {
  const { rows: found } = await database.executor.executeSql(`select ${expression} as value`, values);
  return found[0].value;
}

/** @param tellWork told of the workers' processor time together, in ms, their start included */
async function withWorkers(number, work, tellWork = () => {}) {
  const children = Array.from({ length: number }, () =>
    spawn(
      process.execPath,
      [
        CLI,
        "worker",
        "--database",
        postgres.url,
        "--origin",
        "bench",
        ...(values["max-batch"] === undefined ? [] : ["--max-batch", values["max-batch"]]),
      ],
      { stdio: "ignore" },
    ),
  );
  await work();
  for (const child of children) peak = Math.max(peak, peakBytes(child.pid) / 2 ** 20);
  tellWork(children.reduce((sum, { pid }) => sum + ofFamily(pid), 0));
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => once(child, "exit")));
}

async function count(from) {
  const { rows: found } = await database.executor.executeSql(`select count(*)::int as n from ${from}`);
  return found[0].n;
}

async function ids(table) {
  const { rows: found } = await database.executor.executeSql(`select id from ${table} order by id`);
  return found.map(({ id }) => id);
}

async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}
