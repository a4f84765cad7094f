/**
 * What it costs to tell watchers what goes on, by the number of models on one data set and by the number of watchers, on a PostgreSQL of its own.
 *
 *   node packages/lab/bench/watchers.mjs [--models 1,100,1000] [--watchers 1,200] [--seconds 10]
 *
 * 50 requests are open and 10 are finished, each with a task for every model: of the open ones every second task is done, with a certificate. Something
 * changes all the time, so that the tenant is looked at as often as it may be. A look is what the database is asked for all watchers together; pages are of
 * 8 KiB, and do not depend on how busy the machine is. Processor time is of the server alone. Needs PostgreSQL's programs (Debian: apt-get install postgresql).
 */
import { Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { readArgs } from "../../../scripts/read-args.mjs";
import { importService } from "./bundle.mjs";
import { loadAverage } from "./machine.mjs";
import { median } from "./measure.mjs";
import { openOwnService } from "./own-service.mjs";

const { values } = readArgs({
  options: {
    models: { type: "string", default: "1,100,1000" },
    watchers: { type: "string", default: "1,200" },
    seconds: { type: "string", default: "10" },
  },
});
const numbers = (list) => list.split(",").map(Number);
const TIMES = 11;
const [OPEN, OVER] = [50, 10];

const { cache, parts, postgres, database, service, close } = await openOwnService(
  "packages/lab/bench/watchers-parts.ts",
);
const { costOf, recorded } = await importService("test/explained.ts", cache);
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
try {
  console.log(
    "| models | a look: pages | ms | bytes to each | watchers | looks a second | processor time of a look, ms | of a second |",
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const modelCount of numbers(values.models)) await measureWith(modelCount);
  console.log(`\nLoad average ${loadAverage().toFixed(1)}.`);
} finally {
  await client.end();
  await close();
}

async function measureWith(modelCount) {
  const tenantId = parts.newId();
  await database.queries.insert(parts.tenants).values({ id: tenantId, name: `watched ${modelCount}` });
  await fill(tenantId, modelCount);
  const look = () => service.activity(tenantId);
  let pages = 0;
  for (const statement of await recorded(look)) pages += (await costOf(client, statement)).buffers;
  const ms = [];
  for (let time = 0; time < TIMES; time++) {
    const start = performance.now();
    await look();
    ms.push(performance.now() - start);
  }
  for (const watcherCount of numbers(values.watchers)) {
    const told = await watch(tenantId, watcherCount);
    const figures = [pages, median(ms).toFixed(1), told.bytes, watcherCount, ...told.shown];
    console.log(`| ${[modelCount, ...figures].join(" | ")} |`);
  }
}

async function fill(tenantId, modelCount) {
  const datasetId = parts.newId();
  await client.query(
    "insert into datasets (id, tenant_id, name, state, secret, page_rows) values ($1, $2, 'd', 'ready', '', 1)",
    [datasetId, tenantId],
  );
  await client.query(
    `insert into models (id, tenant_id, dataset_id, name, state, options, timeline, page_slots)
     select gen_random_uuid(), $1, $2, 'model ' || i, 'ready', '{}', '{"steps": 1}', 1 from generate_series(1, $3::int) i`,
    [tenantId, datasetId, modelCount],
  );
  await client.query(
    `insert into certificates (id, tenant_id, model_id, envelope, holds)
     select gen_random_uuid(), tenant_id, id, '{}', '{"epsilon": 1, "delta": 0.0001, "against": "independent"}' from models where tenant_id = $1`,
    [tenantId],
  );
  await client.query(
    `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at, completed_at)
     select gen_random_uuid(), $1, $2, case when i > $3::int then 'completed' else 'running' end, '', 1, now() + i * interval '1 s',
       now() + interval '1 month', case when i > $3::int then now() end
     from generate_series(1, $4::int) i`,
    [tenantId, datasetId, OPEN, OPEN + OVER],
  );
  await client.query(
    `insert into tasks (request_id, model_id, state, certificate_id, removed_count, received_at)
     select id, model_id, case when is_done then 'done' else 'waiting' end, case when is_done then certificate_id end, case when is_done then 1 end, received_at
     from (select r.id, c.model_id, c.id as certificate_id, r.received_at,
         r.state = 'completed' or row_number() over (partition by r.id order by c.model_id) % 2 = 0 as is_done
       from requests r join certificates c on c.tenant_id = r.tenant_id where r.tenant_id = $1) asked`,
    [tenantId],
  );
  await client.query("vacuum analyze");
}

/** Watches for some seconds. @returns bytes that each watcher was told at once, and figures */
async function watch(tenantId, watcherCount) {
  const seen = { looks: 0, bytes: 0 };
  let change = () => {};
  const watchers = new parts.Watchers({
    activity(id) {
      seen.looks += 1;
      return service.activity(id);
    },
    listen(onChange) {
      change = () => onChange(tenantId);
      return { isLive: true, stop() {} };
    },
    keysInForce: async (keyIds) => keyIds,
    watchMs: 1e9,
    onFailure(error) {
      throw error;
    },
  });
  for (let i = 0; i < watcherCount; i++) {
    const stream = new Writable({
      write(chunk, _, done) {
        seen.bytes = Math.max(seen.bytes, chunk.length);
        done();
      },
    });
    watchers.add({ tenantId, keyId: "k", role: i % 2 === 0 ? "admin" : "audit", stream });
  }
  // Each look finds another number of requests, so that all are told anew.
  const changing = setInterval(() => {
    client
      .query("update requests set row_count = row_count + 1 where tenant_id = $1", [tenantId])
      .then(change, change);
  }, 200);
  await pause(1000);
  const before = { cpu: process.cpuUsage(), looks: seen.looks };
  const ms = 1000 * Number(values.seconds);
  await pause(ms);
  const { user, system } = process.cpuUsage(before.cpu);
  clearInterval(changing);
  watchers.close();
  const looks = seen.looks - before.looks;
  const processorMs = (user + system) / 1000;
  const shown = [
    ((1000 * looks) / ms).toFixed(1),
    (processorMs / looks).toFixed(0),
    `${((100 * processorMs) / ms).toFixed(0)} %`,
  ];
  return { bytes: seen.bytes, shown };
}
