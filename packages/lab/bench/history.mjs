/**
 * What is asked often, after many finished requests: pages that PostgreSQL looks at and milliseconds, on a PostgreSQL of its own.
 *
 *   node packages/lab/bench/history.mjs [--sizes 10000,1000000,10000000]
 *
 * Finished requests are made by SQL, without triggers and with indexes that are built afterwards, each with its named subject, its claimed row and its task, half of them by OpenDSR with a callback that was
 * told; beside each, a row of another data set that has an owner. Then each question is asked by the service's own functions, every statement that it sends is recorded, and is run once more under
 * EXPLAIN (ANALYZE, BUFFERS). A page is 8 KiB; pages do not depend on how busy the machine is, milliseconds do: those of a question are the median of 21 times that it was asked.
 * Last the old versions of one owner are removed by VACUUM, as workers do it, three times, while requests are taken in. Ten million requests take about
 * 15 GB of disk. Needs PostgreSQL's programs (Debian: apt-get install postgresql).
 */
import pg from "pg";
import { readArgs } from "../../../scripts/read-args.mjs";
import { importService } from "./bundle.mjs";
import { loadAverage } from "./machine.mjs";
import { median } from "./measure.mjs";
import { openOwnService } from "./own-service.mjs";

const { values } = readArgs({ options: { sizes: { type: "string", default: "10000,1000000,10000000" } } });
const sizes = values.sizes.split(",").map(Number);
const AT_ONCE = 250_000;
/** An id by its number: ids in order fill an index as fast as it can be filled. */
const ID = "lpad(to_hex(i), 32, '0')::uuid";
const TABLES = ["requests", "named_subjects", "claimed_rows", "tasks", "callbacks", "owners"];
const TIMES = 21;

// What is written here needs no care for a loss of power; plans and pages are the same.
const settings = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "max_wal_size=4GB"];
const { cache, parts, postgres, database, queue, service, close } = await openOwnService(
  "packages/lab/bench/history-parts.ts",
  { settings },
);
const { costOf, recorded } = await importService("test/explained.ts", cache);
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
try {
  const tenantId = parts.newId();
  await database.queries.insert(parts.tenants).values({ id: tenantId, name: "history" });
  const datasetId = await storeRows(tenantId, "people", 1000);
  const othersId = await storeRows(tenantId, "others", 1);
  const modelId = await makeModel(tenantId, datasetId);
  const rows = new Map();
  const vacuums = [];
  let made = 0;
  for (const size of sizes) {
    await fill({ tenantId, datasetId, modelId, othersId }, made, size);
    made = size;
    for (const [name, cost] of await askAll({ tenantId, datasetId, modelId }))
      rows.set(name, [...(rows.get(name) ?? []), cost]);
    vacuums.push(await vacuumAll({ tenantId, datasetId, othersId }, size));
    console.error(`${size} requests; load average ${loadAverage().toFixed(1)}`);
  }
  print(rows);
  printVacuums(vacuums);
} finally {
  await client.end();
  await close();
}

async function storeRows(tenantId, name, count) {
  const source = {
    ...{ task: "binary", labelNames: ["-1", "+1"], featureNames: null, featureCount: 2 },
    ...{ scaling: { kind: "l2", intercept: 0 }, schemaDigest: null },
    async *chunks() {
      const features = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i) / 2);
      const labels = Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -1));
      yield { features, labels, subjects: Array.from({ length: count }, (_, i) => `person-${i}`) };
    },
  };
  return (await service.createDataset(tenantId, { name, source, schema: null })).id;
}

/** One that was never trained: what is asked of it is the same. */
async function makeModel(tenantId, datasetId) {
  const id = parts.newId();
  await client.query(
    `insert into models (id, tenant_id, dataset_id, name, state, options, timeline, page_slots)
     values ($1, $2, $3, 'm', 'ready', '{}', '{"steps": 1}', 1)`,
    [id, tenantId, datasetId],
  );
  return id;
}

async function fill(ids, from, to) {
  // Neither triggers nor foreign keys: what they would do is done below.
  await client.query("set session_replication_role = replica");
  const { rows: indexes } = await client.query(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as text from pg_index
     where indrelid = any($1::regclass[]) and not exists (select from pg_constraint where conindid = indexrelid)`,
    [TABLES],
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  await insertAll(ids, from, to);
  await client.query("set maintenance_work_mem = '256MB'");
  for (const { text } of indexes) await client.query(text);
  await client.query("set session_replication_role = origin");
  await client.query(
    `insert into request_counts select tenant_id, state, count(*) from requests group by tenant_id, state
     on conflict (tenant_id, state) do update set count = excluded.count`,
  );
  await client.query("delete from request_count_changes");
  await client.query("vacuum analyze");
}

async function insertAll({ tenantId, datasetId, modelId, othersId }, from, to) {
  for (let first = from + 1; first <= to; first += AT_ONCE) {
    const range = [first, Math.min(to, first + AT_ONCE - 1)];
    await client.query("begin");
    await client.query(
      `insert into requests (id, tenant_id, dataset_id, state, idempotency_key, fingerprint, row_count, received_at, due_at, completed_at, envelope)
       select ${ID}, $1, $2, case i % 100 when 1 then 'cancelled' else 'completed' end, 'key' || i, '', 1,
         now() - interval '1 year' + i * interval '1 s', now() - interval '11 months', now() - interval '1 year' + i * interval '1.1 s',
         case when i % 2 = 0 then jsonb_build_object('protocol', 'opendsr', 'version', '2.0', 'subjectRequestId', ${ID}) end
       from generate_series($3::int, $4::int) i`,
      [tenantId, datasetId, ...range],
    );
    await client.query(
      `insert into named_subjects select ${ID}, 0, $1, decode(md5('a' || i) || md5(i::text), 'hex'), decode(md5(i::text), 'hex')
       from generate_series($2::int, $3::int) i`,
      [datasetId, ...range],
    );
    await client.query(
      `insert into claimed_rows select $1, 1000000 + i, ${ID} from generate_series($2::int, $3::int) i`,
      [datasetId, ...range],
    );
    await client.query(
      `insert into tasks (request_id, model_id, state, received_at) select ${ID}, $1, 'done', now() - interval '1 year' + i * interval '1 s'
       from generate_series($2::int, $3::int) i`,
      [modelId, ...range],
    );
    await client.query(
      `insert into callbacks (id, tenant_id, subject_request_id, address, receiver, told)
       select ${ID}, $1::uuid, ${ID}, 'https://controller.example/', $1::uuid || ' https://controller.example', 'completed'
       from generate_series($2::int, $3::int) i where i % 2 = 0`,
      [tenantId, ...range],
    );
    await client.query(
      `insert into owners select $1, i, decode(md5('a' || i) || md5(i::text), 'hex') from generate_series($2::int, $3::int) i`,
      [othersId, ...range],
    );
    await client.query("commit");
    console.error(`${range[1]} requests`);
  }
}

/** What is asked often, by its name, with what it costs. */
async function askAll({ tenantId, datasetId, modelId }) {
  const { queries } = database;
  const some = "00000000-0000-0000-0000-000000000001";
  const { next } = await service.listRequests(tenantId, { limit: 50 });
  let row = 0;
  const questions = {
    "what watchers are told": () => service.activity(tenantId),
    "a page of requests": () => service.listRequests(tenantId, { limit: 50 }),
    "the page after it": () => service.listRequests(tenantId, { limit: 50, after: next }),
    "requests in a state": () => service.listRequests(tenantId, { limit: 50, state: "failed" }),
    "one request": () => service.getRequest(tenantId, some),
    "counts for metrics": () => parts.countRequests(queries, null),
    "overdue requests": () => parts.countOverdue(queries, null),
    "callbacks that are due": () => parts.claimCallbacks(database, []),
    "adding up counts": () => parts.foldRequestCounts(database),
    "the ledger's round": () => parts.sequenceLedger(database),
    "a worker's look for jobs": () => queue.take("unlearn", 10),
    "a preview": () => service.preview(tenantId, { datasetId, subjects: [`person-${row}`] }).catch(() => {}),
    "taking a request in": () => service.submit(tenantId, { datasetId, subjects: [`person-${row++}`] }),
    "taking it in again": () =>
      service.submit(tenantId, { datasetId, subjects: ["person-900"], idempotencyKey: "again" }),
    "models that wait": () => parts.modelsToServe(database.executor, {}),
    "a worker takes a lot": () => takeLot({ datasetId, modelId }),
  };
  const costs = [];
  for (const [name, ask] of Object.entries(questions)) {
    const statements = await recorded(ask);
    const each = [];
    for (const statement of statements) each.push(await costOf(client, statement).catch(() => null));
    const ms = [];
    for (let time = 0; time < TIMES; time++) ms.push(await msOf(ask));
    costs.push([name, { each: each.filter(Boolean), ms: median(ms) }]);
  }
  await endAll();
  return costs;
}

/** What was taken in is done, so that the next size begins as this one did. */
async function endAll() {
  await client.query("delete from ledger_staged");
  await client.query("delete from pgboss.job");
  await client.query("update tasks set state = 'done' where state = 'waiting'");
  await client.query(
    "update requests set state = 'completed', completed_at = now() where state in ('accepted', 'running')",
  );
}

/** What waits for a model: requests that were just taken in. */
function takeLot({ datasetId, modelId }) {
  const name = `model ${modelId}`;
  return database.exclusively(name, (lease) => parts.takeTasks({ database, lease }, { modelId, datasetId }));
}

async function msOf(use) {
  const start = performance.now();
  await use();
  return performance.now() - start;
}

function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

/** @returns seconds of VACUUM where nothing was to be removed, then where something was in each of two tables; milliseconds of requests that came beside and without it */
async function vacuumAll({ tenantId, datasetId, othersId }, size) {
  let row = 0;
  const submit = () =>
    msOf(() => service.submit(tenantId, { datasetId, subjects: [`person-${row++ % 1000}`] }));
  // The first freezes what was just made, which no later one does.
  await database.vacuum();
  const nothing = (await msOf(() => database.vacuum())) / 1000;
  const alone = [];
  for (let time = 0; time < 200; time++) alone.push(await submit());
  const [seconds, beside] = [[], []];
  for (let time = 0; time < 3; time++) {
    // Of the newest: those of a smaller size went with it.
    const erased = [size - time, 1000000 + size - time];
    for (const [table, id, gone] of [
      ["owners", othersId, erased[0]],
      ["claimed_rows", datasetId, erased[1]],
    ])
      if (
        (await client.query(`delete from ${table} where dataset_id = $1 and "row" = $2`, [id, gone]))
          .rowCount !== 1
      )
        throw new Error(`Expected row ${gone} in ${table}.`);
    let isOver = false;
    const running = msOf(() => database.vacuum()).finally(() => {
      isOver = true;
    });
    while (!isOver) beside.push(await submit());
    seconds.push((await running) / 1000);
  }
  const { rows } = await client.query(
    "select (pg_indexes_size('owners') + pg_indexes_size('claimed_rows'))::float8 as bytes",
  );
  await endAll();
  return { nothing, seconds: median(seconds), bytes: rows[0].bytes, alone, beside };
}

function print(rows) {
  const columns = sizes.map((size) => `after ${size.toLocaleString("en-US")}: pages | p50, ms`);
  console.log(`\n| asked | ${columns.join(" | ")} |`);
  console.log(`| --- |${" ---: | ---: |".repeat(sizes.length)}`);
  for (const [name, costs] of rows) {
    const figures = costs.flatMap(({ each, ms }) => [
      each.reduce((sum, { buffers }) => sum + buffers, 0),
      ms.toFixed(1),
    ]);
    console.log(`| ${[name, ...figures].join(" | ")} |`);
  }
  for (const [name, costs] of rows)
    for (const { text, buffers, scanned } of costs.at(-1).each)
      if (buffers > 200 || Object.values(scanned).some((count) => count > 10_000))
        console.log(
          `\nlooks at ${buffers} pages (${name}): ${text.replaceAll(/\s+/g, " ").slice(0, 300)} ${JSON.stringify(scanned)}`,
        );
  console.log(`\nLoad average ${loadAverage().toFixed(1)}.`);
}

function printVacuums(vacuums) {
  console.log(
    "\n| requests | VACUUM, nothing to remove, s | one row each of two tables, s | their indexes, MiB | a request alone, p50, p99, ms | beside it |",
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: |");
  const both = (ms) => `${median(ms).toFixed(1)}, ${quantile(ms, 0.99).toFixed(1)}`;
  vacuums.forEach(({ nothing, seconds, bytes, alone, beside }, i) => {
    const figures = [
      nothing.toFixed(2),
      seconds.toFixed(2),
      (bytes / 2 ** 20).toFixed(0),
      both(alone),
      both(beside),
    ];
    console.log(`| ${[sizes[i].toLocaleString("en-US"), ...figures].join(" | ")} |`);
  });
}
