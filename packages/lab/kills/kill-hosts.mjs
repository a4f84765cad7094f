/**
 * The service as an operator fears it: two hosts, whose clocks are two days apart, each with a server and two workers; one worker whose scratch disk
 * is full, one that is stopped again and again; and all of them, and PostgreSQL, killed at random while requests for deletion and correction and new
 * rows come in, some of them twice under one key, and models learn.
 *
 *   npm run build && node packages/lab/kills/kill-hosts.mjs [--kills 300] [--rows 3000] [--seed N]
 *
 * At the end everything is left alone, whoever was added or corrected is forgotten, and it is counted, request by request and row by row
 * (row-account.mjs): what was accepted and not carried out, what was done twice, certificates that `expunge verify --ledger` refuses, processes that
 * ended by themselves. Exit code 1 if there is one. Needs root, iproute2 and PostgreSQL's programs.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@expunge/client";
import { readArgs } from "../../../scripts/read-args.mjs";
import { bundle, cacheDirectory, ROOT } from "../bench/bundle.mjs";
import { all, checkReceipts, gather } from "./gather.mjs";
import { keepRunning, makeHosts, NETWORK, OWN_ADDRESS, removeHosts } from "./hosts.mjs";
import { rowOf, startLoad } from "./load.mjs";
import { patientFetch } from "./patient-fetch.mjs";
import { accountOf } from "./row-account.mjs";

const { values } = readArgs({
  options: {
    kills: { type: "string", default: "300" },
    rows: { type: "string", default: "3000" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    verbose: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const rowCount = Number(values.rows);
const random = generatorOf(Number(values.seed));
const NAMES = ["expunge-a", "expunge-b"];
const DATASETS = 3;
const PORT = 8080;
/** A model learns as soon as some rows have come. */
const SCHEDULE = { rows: 5 };
const CLI = join(ROOT, "packages/expunge/dist/cli.js");
const DAYS_APART = 2 * 86_400_000;
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const run = promisify(execFile);

const directory = await mkdtemp(join(tmpdir(), "expunge-kills-"));
const cache = await cacheDirectory(`expunge-kills-${process.pid}`);
const processes = [];
const ended = [];
let postgres;
let adminKey;
try {
  console.log(`seed ${values.seed}; ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
  const hosts = makeHosts(NAMES);
  postgres = await startPostgres();
  await startAll(hosts);
  const servers = hosts.map(({ address }) => `http://${address}:${PORT}`);
  const client = createClient({ url: servers[0], key: await keyShown(), fetch: patientFetch(servers) });
  const datasets = await makeModels(client);
  const load = startLoad(client, datasets, random);
  const count = await killAtRandom(client, datasets);
  await load.stop();
  const started = performance.now();
  await settled(client, load);
  const settledAfter = (performance.now() - started) / 1000;
  await learnAll(client);
  await load.leave();
  await settled(client, load);
  await judge(client, { datasets, load, count, settledAfter });
} finally {
  await Promise.all(processes.map((one) => one.end()));
  await postgres?.remove();
  removeHosts(NAMES);
  execFileSync("sh", ["-c", `umount ${join(directory, "full")} 2>/dev/null || true`]);
  await rm(directory, { recursive: true, force: true });
  await rm(cache, { recursive: true, force: true });
}

async function startPostgres() {
  const { createPostgres } = await import(
    pathToFileURL(await bundle(join(ROOT, "test/postgres.ts"), cache, [/^node:/])).href
  );
  const rules = join(directory, "pg_hba.conf");
  await writeFile(
    rules,
    `local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ${NETWORK} trust\n`,
  );
  execFileSync("chmod", ["-R", "a+rX", directory]);
  const settings = ["-h", `127.0.0.1,${OWN_ADDRESS}`, "-c", `hba_file=${rules}`, "-c", "max_connections=200"];
  return createPostgres(tmpdir(), settings);
}

async function startAll([first, second]) {
  const database = postgres.url.replace("127.0.0.1", OWN_ADDRESS);
  const env = {
    EXPUNGE_DATABASE: database,
    EXPUNGE_DATABASE_KEY: Buffer.alloc(32, 5).toString("base64"),
    EXPUNGE_ROWS: join(directory, "rows"),
  };
  const shifted = {
    ...env,
    CLOCK_OFFSET_MS: String(DAYS_APART),
    NODE_OPTIONS: `--import=${pathToFileURL(join(ROOT, "packages/lab/kills/shifted-clock.mjs")).href}`,
  };
  const full = join(directory, "full");
  await mkdir(full);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", full]);
  const add = (host, name, args, own) =>
    processes.push(
      keepRunning(host, {
        name,
        args: [CLI, ...args],
        env: own,
        onEnd: (who, code) => ended.push(`${who} (${code})`),
        onLine(line) {
          adminKey ??= line.match(/expunge_admin_\S+/)?.[0];
          if (values.verbose) console.log(line);
        },
      }),
    );
  const serve = ["serve", "--no-worker", "--host", "0.0.0.0", "--port", String(PORT), "--allow-plain-http"];
  const served = [...serve, "--no-log", "--requests-per-minute", "1000000"];
  add(first, "server of a", served, env);
  while (adminKey === undefined) await rest(100);
  add(second, "server of b", served, shifted);
  add(first, "worker 1 of a", ["worker"], env);
  add(first, "stopped worker of a", ["worker"], env);
  add(second, "worker 1 of b", ["worker"], shifted);
  add(second, "worker of b on a full disk", ["worker", "--scratch", full], shifted);
}

async function keyShown() {
  while (adminKey === undefined) await rest(100);
  return adminKey;
}

/** Data sets of people with a random row each, of whom half may be named, and a model of each. */
async function makeModels(client) {
  const made = [];
  for (let i = 0; i < DATASETS; i++) {
    const schema = {
      ...{ version: 1, task: "binary", subject: "who" },
      label: { column: "label", positive: ["1"], negative: ["0"] },
      columns: ["a", "b", "c", "d"].map((name) => ({ name, kind: "numeric", centre: 0.5, scale: 0.3 })),
    };
    const rows = Array.from({ length: rowCount }, (_, row) => rowOf(`person-${row}`, random));
    const lines = rows.map((row) => Object.values(row).join(","));
    const data = `${Object.keys(rows[0]).join(",")}\n${lines.join("\n")}\n`;
    const { id: datasetId } = await client.datasets.create({ name: `data ${i}`, schema, data });
    const { id: modelId } = await client.models.create({ name: `model ${i}`, datasetId, schedule: SCHEDULE });
    const people = rows.slice(0, rowCount / 2).map(({ who }) => who);
    made.push({ datasetId, modelId, rowCount, people });
  }
  for (const { modelId } of made) await client.models.wait(modelId);
  return made;
}

/** Kills one of all processes, or PostgreSQL, every second or two; and stops one worker for longer than its lease. */
async function killAtRandom(client, datasets) {
  const count = { processes: 0, postgres: 0, stops: 0, trainings: 0 };
  const stopped = processes.find(({ name }) => name.startsWith("stopped"));
  let resumeAt = 0;
  for (let i = 0; i < kills; i++) {
    if (resumeAt === 0 && i % 20 === 5) {
      stopped.pause();
      count.stops += 1;
      resumeAt = performance.now() + 30_000;
    } else if (resumeAt !== 0 && performance.now() > resumeAt) {
      stopped.resume();
      resumeAt = 0;
    }
    if (i % 30 === 15) {
      const { datasetId } = datasets[i % datasets.length];
      await client.models.create({ name: `trained among kills, ${i}`, datasetId, schedule: SCHEDULE });
      count.trainings += 1;
    }
    if (random() < 0.1) {
      await postgres.kill();
      await rest(1000 * random());
      await postgres.start();
      count.postgres += 1;
    } else {
      const others = resumeAt === 0 ? processes : processes.filter((one) => one !== stopped);
      others[Math.floor(random() * others.length)].kill();
      count.processes += 1;
    }
    await rest(500 + 1500 * random());
    if ((i + 1) % 50 === 0) console.log(`${i + 1} kills`);
  }
  stopped.resume();
  return count;
}

/** Until everything that was accepted is done, and all models are trained. */
async function settled(client, { asked }) {
  const open = new Set(asked.map(({ id }) => id));
  for (let waited = 0; open.size > 0 && waited < 900; waited++) {
    for (const id of open) {
      const { state } = await client.requests.get(id);
      if (state === "completed") open.delete(id);
    }
    await rest(1000);
  }
  const signal = AbortSignal.timeout(300_000);
  for (const { id } of await all(client.models.list)) await client.models.wait(id, { signal });
}

/** Until no row waits for a lesson. */
async function learnAll(client) {
  const models = await all(client.models.list);
  for (const { id } of models) await client.models.setSchedule(id, { rows: 1 });
  for (const { id } of models)
    for (let waited = 0; waited < 300; waited++) {
      const { waitingRowCount } = await client.models.get(id);
      if (waitingRowCount === 0) break;
      await rest(1000);
    }
}

async function judge(client, { datasets, load, count, settledAfter }) {
  const found = await gather(client, datasets, load);
  const { lost, twice } = accountOf(found);
  const receipts = checkReceipts(found, await client.keySet());
  const refused = await verifyAll(client, found.certificates);
  const models = await all(client.models.list);
  const unready = models.filter(({ state }) => state !== "ready").length;
  const lessons = (
    await Promise.all(models.map(({ id }) => all((query) => client.models.lessons(id, query))))
  ).flat();
  const failed = lessons.filter(({ state }) => state === "failed").length;
  const corrections = load.asked.filter(({ kind }) => kind === "correction").length;
  const people = load.asked.reduce((sum, { subjects }) => sum + subjects.length, 0);
  console.log(
    `kills: ${count.processes} of processes, ${count.postgres} of PostgreSQL; the worker stopped ${count.stops} times`,
  );
  console.log(
    `requests accepted: ${load.asked.length} of ${people} people, ${corrections} of them corrections; all done ${settledAfter.toFixed(0)} s after the last kill`,
  );
  console.log(
    `rows added: ${load.additions.reduce((sum, one) => sum + one.rowCount, 0)} by ${load.additions.length} calls; lessons: ${lessons.length}, failed: ${failed}`,
  );
  console.log(`submitted again under its key: ${load.again()}`);
  tell("requests and rows lost", lost);
  tell("requests and rows done twice", [...twice, ...load.twice]);
  console.log(
    `models: ${models.length}, ${count.trainings} of them trained among the kills; not ready: ${unready}`,
  );
  console.log(`certificates: ${found.certificates.length}; receipts: ${receipts.count}`);
  tell("certificates refused by expunge verify --ledger", refused);
  tell("receipts that do not show their person", receipts.bad);
  tell("processes that ended by themselves", ended);
  const faults = [lost, twice, load.twice, refused, receipts.bad, ended].flat().length;
  if (faults + unready + failed > 0) process.exitCode = 1;
}

function tell(what, lines) {
  console.log(`${what}: ${lines.length}`);
  for (const line of lines.slice(0, 10)) console.log(`  ${line}`);
}

/** Each as an auditor does it: from files, by the command. */
async function verifyAll(client, certificates) {
  const path = (name) => join(directory, name);
  await writeFile(path("keys.json"), JSON.stringify(await client.keySet()));
  const logKeys = (await client.ledger.keys()).keys;
  const refused = [];
  for (const { id } of certificates) {
    await writeFile(path("certificate.json"), JSON.stringify((await client.certificates.get(id)).envelope));
    await writeFile(path("proof"), await client.certificates.proof(id));
    const given = ["--public-key", path("keys.json"), "--ledger", path("proof"), "--log-key", logKeys[0]];
    await run(process.execPath, [CLI, "verify", path("certificate.json"), ...given]).catch((error) =>
      refused.push(`${id}: ${error.stdout}${error.stderr}`.replaceAll("\n", " ")),
    );
  }
  return refused;
}

/** Numbers in [0, 1) by a seed, so that a run's plan can be had again; what happens to it cannot. */
function generatorOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
