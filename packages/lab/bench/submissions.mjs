/**
 * What it costs to take a deletion request in: requests a second over HTTP, and processor time of the server and of PostgreSQL for each.
 *
 *   node packages/lab/bench/submissions.mjs [--concurrency 1,16,64] [--rate 1000] [--watchers 0,50] [--seconds 10] [--datasets 10] [--profile DIRECTORY]
 *
 * First so many connections each send one request after another (closed loop). Then requests are sent at a steady rate, whatever the answers take
 * (open loop, so that waiting shows), with so many watchers on /v1/events. A request names one person, whom no request has named before, of one of
 * the data sets, each with one model; each is durable when it is answered. The server is `expunge serve --no-worker`, a process of its own, on a
 * PostgreSQL of its own with its usual settings; the callers are this process. Needs Linux, PostgreSQL's programs (Debian: apt-get install
 * postgresql) and `npm run build`. With --profile the server writes a profile for Chrome's developer tools.
 */
import { readArgs } from "../../../scripts/read-args.mjs";
import { openConnection } from "./keep-alive.mjs";
import { loadAverage } from "./machine.mjs";
import { openOwnService, startProgram } from "./own-service.mjs";
import { ofFamily, ofProcess } from "./processor-time.mjs";

const { values } = readArgs({
  options: {
    concurrency: { type: "string", default: "1,16,64" },
    rate: { type: "string", default: "1000" },
    watchers: { type: "string", default: "0,50" },
    seconds: { type: "string", default: "10" },
    datasets: { type: "string", default: "10" },
    profile: { type: "string" },
  },
});
const list = (text) => (text === "" ? [] : text.split(",").map(Number));
const [seconds, datasetCount] = [values.seconds, values.datasets].map(Number);
const [concurrencies, rates, watcherCounts] = [values.concurrency, values.rate, values.watchers].map(list);

/** More than any phase can use up. */
const PEOPLE = Math.ceil(
  (seconds * 4000 * (concurrencies.length + rates.length * watcherCounts.length)) / datasetCount,
);
const WARM_UP = 500;

const { parts, postgres, database, service, close } = await openOwnService(
  "packages/lab/bench/submissions-parts.ts",
);
const results = [];
let server = null;
try {
  const tenantId = parts.newId();
  await database.queries.insert(parts.tenants).values({ id: tenantId, name: "bench" });
  const datasets = [];
  for (let i = 0; i < datasetCount; i++) datasets.push(await storePeople(tenantId, i));
  const { key } = await parts.createApiKey(database, { tenantId, role: "submit", label: "bench" });
  server = await startServer();
  const bodyOf = bodies(datasets);
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const open = () => openConnection(server.url, headers);
  await closedLoop(open, bodyOf, 16, (count) => count < WARM_UP);
  for (const concurrency of concurrencies) {
    const end = performance.now() + 1000 * seconds;
    const run = () => closedLoop(open, bodyOf, concurrency, () => performance.now() < end);
    results.push(await measured(`${concurrency} connections`, 0, run));
  }
  for (const rate of rates)
    for (const watcherCount of watcherCounts) {
      const watchers = await Promise.all(Array.from({ length: watcherCount }, open));
      for (const watcher of watchers) watcher.listen("/v1/events");
      results.push(await measured(`${rate} a second`, watcherCount, () => openLoop(open, bodyOf, rate)));
      for (const watcher of watchers) watcher.close();
    }
} finally {
  await server?.stop();
  await close();
}
print();

/** A data set of people, and a model that was never trained: what is asked of it is the same. @returns the data set's id */
async function storePeople(tenantId, place) {
  const source = {
    ...{ task: "binary", labelNames: ["-1", "+1"], featureNames: null, featureCount: 2 },
    ...{ scaling: { kind: "l2", intercept: 0 }, schemaDigest: null },
    async *chunks() {
      const features = Float32Array.from({ length: 2 * PEOPLE }, (_, i) => Math.sin(i) / 2);
      const labels = Float32Array.from({ length: PEOPLE }, (_, i) => (i % 2 === 0 ? 1 : -1));
      yield { features, labels, subjects: Array.from({ length: PEOPLE }, (_, i) => `person-${i}`) };
    },
  };
  const { id } = await service.createDataset(tenantId, { name: `people ${place}`, source, schema: null });
  await database.executor.executeSql(
    `insert into models (id, tenant_id, dataset_id, name, state, options, timeline, page_slots)
     values ($1, $2, $3, 'm', 'ready', '{}', '{"steps": 1}', 1)`,
    [parts.newId(), tenantId, id],
  );
  return id;
}

/** Bodies of requests, each of another person. */
function bodies(datasets) {
  let sent = 0;
  return () => {
    const datasetId = datasets[sent % datasets.length];
    const person = Math.floor(sent / datasets.length);
    sent += 1;
    if (person >= PEOPLE)
      throw new Error("No person is left that no request has named: fewer --seconds will do.");
    return JSON.stringify({ datasetId, subjects: [`person-${person}`] });
  };
}

function startServer() {
  const nodeOptions = values.profile ? ["--cpu-prof", `--cpu-prof-dir=${values.profile}`] : [];
  const options = ["--no-worker", "--no-log", "--port", "0", "--requests-per-minute", "1000000000"];
  return startProgram(["serve", "--database", postgres.url, ...options], { nodeOptions });
}

async function closedLoop(open, bodyOf, concurrency, goesOn) {
  const times = [];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      const connection = await open();
      while (goesOn(times.length)) {
        const start = performance.now();
        requireTaken(await connection.post("/v1/requests", bodyOf()));
        times.push(performance.now() - start);
      }
      connection.close();
    }),
  );
  return times;
}

/** As many connections as are needed. Times are from when a request was due, so that one that could not be sent counts, too. */
async function openLoop(open, bodyOf, rate) {
  const times = [];
  const idle = [];
  const all = [];
  const start = performance.now();
  const send = async (due) => {
    const connection = idle.pop() ?? (await open());
    requireTaken(await connection.post("/v1/requests", bodyOf()));
    times.push(performance.now() - due);
    idle.push(connection);
  };
  for (let i = 0; i < rate * seconds; i++) {
    const due = start + (1000 * i) / rate;
    const early = due - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    all.push(send(due));
  }
  await Promise.all(all);
  for (const connection of idle) connection.close();
  return times;
}

function requireTaken({ status, body }) {
  if (status !== 201) throw new Error(`Expected status 201, found ${status}: ${body}`);
}

async function measured(name, watchers, run) {
  const before = {
    server: ofProcess(server.pid),
    postgres: ofFamily(postgres.pid),
    callers: process.cpuUsage(),
  };
  const start = performance.now();
  const times = (await run()).sort((a, b) => a - b);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before.callers);
  const result = {
    ...{ name, watchers, load: loadAverage() },
    perSecond: (1000 * times.length) / ms,
    server: (ofProcess(server.pid) - before.server) / times.length,
    postgres: (ofFamily(postgres.pid) - before.postgres) / times.length,
    callers: (user + system) / 1000 / times.length,
    median: times[Math.floor(times.length / 2)],
    p99: times[Math.floor(0.99 * (times.length - 1))],
  };
  console.error(JSON.stringify(result));
  return result;
}

function print() {
  console.log(
    "| sent by | watchers | accepted a second | median, ms | p99, ms | server, ms of processor | PostgreSQL | callers | load average |",
  );
  console.log(`| --- |${" ---: |".repeat(8)}`);
  for (const { name, watchers, perSecond, median, p99, server, postgres, callers, load } of results) {
    const cells = [perSecond.toFixed(0), median.toFixed(1), p99.toFixed(1)];
    const costs = [server, postgres, callers].map((cost) => cost.toFixed(2));
    console.log(`| ${[name, watchers, ...cells, ...costs, load.toFixed(1)].join(" | ")} |`);
  }
}
