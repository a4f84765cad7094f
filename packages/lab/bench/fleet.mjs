/**
 * A fleet of workers, simulated by their waits: whether one, two and four workers share the work, or wait for each other.
 *
 *   node packages/lab/bench/fleet.mjs [--workers 1,2,4] [--models 24] [--wait 2000]
 *
 * Workers, database, queue, leases and transactions are the real ones, all workers in this process, each with connections of its own. What is
 * simulated is the work: models are tiny, and every certificate waits so many milliseconds for its signature, while the model's lease is held, as if
 * its worker computed meanwhile on a core of its own. So the figures show what coordination costs, and nothing of how much PostgreSQL and its disk
 * can write, which in the end limits a real fleet (packages/lab/bench/service.mjs). Each model has one request. Needs PostgreSQL's programs (Debian: apt-get
 * install postgresql).
 */
import { readArgs } from "../../../scripts/read-args.mjs";
import { loadAverage } from "./machine.mjs";
import { openOwnService } from "./own-service.mjs";

const { values } = readArgs({
  options: {
    workers: { type: "string", default: "1,2,4" },
    models: { type: "string", default: "24" },
    wait: { type: "string", default: "2000" },
  },
});
const fleets = values.workers.split(",").map(Number);
const [modelCount, waitMs] = [values.models, values.wait].map(Number);
const ROWS = 200;

const { parts, postgres, database, service, close } = await openOwnService(
  "packages/lab/bench/fleet-parts.ts",
);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
try {
  const tenantId = parts.newId();
  await database.queries.insert(parts.tenants).values({ id: tenantId, name: "fleet" });
  const datasetIds = await makeModels(tenantId);
  console.log("| workers | requests a second | times one worker | load average |");
  console.log("| ---: | ---: | ---: | ---: |");
  let first = 0;
  for (const [round, workers] of fleets.entries()) {
    const ms = await withWorkers(workers, waitMs, async () => {
      await Promise.all(
        datasetIds.map((datasetId) => service.submit(tenantId, { datasetId, rows: [round] })),
      );
      await until(() => isNone("requests where state in ('accepted', 'running')"));
    });
    const perSecond = (1000 * modelCount) / ms;
    first ||= perSecond / workers;
    const row = [workers, perSecond.toFixed(2), (perSecond / first).toFixed(2), loadAverage().toFixed(1)];
    console.log(`| ${row.join(" | ")} |`);
  }
} finally {
  await close();
}

async function makeModels(tenantId) {
  const source = {
    ...{ task: "binary", labelNames: ["-1", "+1"], featureNames: null, featureCount: 4 },
    ...{ scaling: { kind: "l2", intercept: 0 }, schemaDigest: null },
    async *chunks() {
      const features = Float32Array.from({ length: 4 * ROWS }, (_, i) => Math.sin(i) / 4);
      const labels = Float32Array.from({ length: ROWS }, (_, i) => (i % 2 === 0 ? 1 : -1));
      yield { features, labels, subjects: null };
    },
  };
  const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
  const ids = [];
  for (let i = 0; i < modelCount; i++) {
    const { id } = await service.createDataset(tenantId, { name: `d${i}`, source, schema: null });
    await service.createModel(tenantId, { name: `m${i}`, datasetId: id, options });
    ids.push(id);
  }
  await withWorkers(1, 0, () => until(() => isNone("models where state <> 'ready'")));
  // Those of models that a sweep has trained before their jobs came: each would be a second deletion at the same time.
  await database.executor.executeSql("delete from pgboss.job");
  return ids;
}

/** Each with a database of its own, as it would have in a process of its own. @returns how long it took while they were there */
async function withWorkers(count, ms, use) {
  const fleet = [];
  for (let i = 0; i < count; i++) {
    const own = await parts.openDatabase(postgres.url, { connections: 4 });
    const jobs = await parts.openQueue(own);
    const signer = async () => {
      await pause(ms);
      return (await own.transaction((transaction) => parts.currentSigner(transaction, {}))).signer;
    };
    const onFailure = ({ error }) => console.error(error);
    const worker = parts.startWorker({ database: own, queue: jobs, signer, onFailure });
    fleet.push({ own, jobs, worker });
  }
  const start = performance.now();
  await use();
  const took = performance.now() - start;
  for (const { own, jobs, worker } of fleet) {
    await worker.stop();
    await jobs.close();
    await own.close();
  }
  return took;
}

async function until(isDone) {
  while (!(await isDone())) await pause(20);
}

async function isNone(from) {
  const { rows } = await database.executor.executeSql(`select count(*)::int as n from ${from}`);
  return rows[0].n === 0;
}
