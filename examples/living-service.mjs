// A year of a model through the service: Adult's rows arrive in twelve months, of which each has a lesson, 1% who leave, and 1% who are
// corrected. It starts a service of its own, with an embedded database in a temporary folder, and looks at every certificate in the end.
//
//   npm run build && node examples/living-service.mjs FOLDER      # with adult.data and adult.test in it
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient, everyItem } from "@expunge/client";

const MONTHS = Number(process.env.MONTHS ?? 12);
const expunge = join(
  dirname(createRequire(import.meta.url).resolve("expunge/package.json")),
  "bin/expunge.mjs",
);
const folder = await mkdtemp(join(tmpdir(), "living-service-"));
const data = process.argv[2];
if (data === undefined) throw new Error("Give the folder that has adult.data and adult.test in it.");

/** A service that lives as long as this program. */
async function startService() {
  const args = [expunge, "serve", "--database", join(folder, "database"), "--port", "0", "--no-log"];
  const service = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  for (const stream of [service.stdout, service.stderr]) stream.on("data", (text) => (told += text));
  const find = async (pattern) => {
    for (;;) {
      const found = pattern.exec(told)?.[0];
      if (found !== undefined) return found;
      if (service.exitCode !== null) throw new Error(told);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const key = await find(/expunge_admin_[\w-]{43}/);
  return { service, url: await find(/http:\/\/127\.0\.0\.1:\d+/), key };
}

/** Adult's table, with a column of ids: its own has none. */
async function rowsOf(name) {
  const lines = (await readFile(join(data, name), "utf8")).split("\n").filter((line) => /^\d/.test(line));
  return lines.map((line, i) => `${name}-${i}, ${line}`);
}
const { csv, columns, ...rest } = JSON.parse(
  await readFile(new URL("adult-schema.json", import.meta.url), "utf8"),
);
const schema = {
  ...rest,
  subject: "id",
  columns: [...columns, { name: "fnlwgt", kind: "ignored" }],
  csv: { ...csv, columnNames: ["id", ...csv.columnNames] },
};
/** A line as its fields by their names. */
const recordOf = (line) =>
  Object.fromEntries(line.split(",").map((cell, i) => [schema.csv.columnNames[i], cell.trim()]));
/** The other label: what was wrong is put right. */
const righted = (record) => ({ ...record, income: record.income.startsWith(">") ? "<=50K" : ">50K" });

/** There is none until the next checkpoint, which takes a moment. */
async function proofOf(client, id) {
  for (;;) {
    const proof = await client.certificates.proof(id).catch((error) => {
      if (error.code === "E_NOT_FOUND") return null;
      throw error;
    });
    if (proof !== null) return proof;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const { service, url, key } = await startService();
const client = createClient({ url, key });
const everyMs = 100;
try {
  const rows = await rowsOf("adult.data");
  // Of eight in a hundred the label is wrong at first.
  const wrong = rows.map((line, i) =>
    i % 12 === 0 ? Object.values(righted(recordOf(line))).join(", ") : line,
  );
  const monthly = Math.floor((0.75 * rows.length) / 12);
  const first = rows.length - 12 * monthly;
  const start = await client.datasets.create({
    name: "adult",
    schema,
    data: wrong.slice(0, first).join("\n"),
  });
  const test = await client.datasets.create({
    name: "test",
    schema,
    data: (await rowsOf("adult.test")).slice(0, 4000).join("\n"),
  });
  const datasetId = start.id;
  const { id } = await client.models.create({
    name: "adult",
    datasetId,
    evaluationDatasetId: test.id,
    options: { epsilon: 1, maxSteps: 10_000_000 },
  });
  await client.models.wait(id, { everyMs });

  console.log("month  rows  joined  left  corrected  accuracy  steps of the month");
  const gone = new Set();
  const right = new Set();
  for (let month = 1; month <= MONTHS; month++) {
    const from = first + (month - 1) * monthly;
    const before = (await client.models.get(id)).timeline.steps;
    const arrived = wrong.slice(from, from + monthly).join("\n");
    await client.datasets.addRows(datasetId, arrived, { idempotencyKey: `month-${month}` });
    await client.models.waitForLesson(await client.models.learn(id, { epochs: 1 }), { everyMs });

    const known = Array.from({ length: from + monthly }, (_, row) => row).filter((row) => !gone.has(row));
    const count = Math.round(known.length / 100);
    const leaving = known
      .filter((row) => row % 12 !== 0 && (row * 7919 + month * 104_729) % 97 === 0)
      .slice(0, count);
    const subjects = leaving.map((row) => `adult.data-${row}`);
    const left = await client.requests.submit({ datasetId, subjects }, { idempotencyKey: `leave-${month}` });
    const corrected = known.filter((row) => row % 12 === 0 && !right.has(row)).slice(0, count);
    const to = corrected.map((row) => recordOf(rows[row]));
    const put = await client.requests.correct({ datasetId, to }, { idempotencyKey: `correct-${month}` });
    for (const { request } of [left, put]) {
      const done = await client.requests.wait(request.id, { everyMs });
      if (done.state !== "completed") throw new Error(`The request is ${done.state}: ${done.failure}`);
    }
    for (const row of leaving) gone.add(row);
    for (const row of corrected) right.add(row);
    const { timeline, plan } = await client.models.get(id);
    const [release] = (await client.models.releases(id, { limit: 1 })).items;
    const inUse = plan.process.rowCount + timeline.joinedCount - timeline.deletedCount;
    const figures = [month, inUse, monthly, leaving.length, corrected.length, release.accuracy.toFixed(4)];
    console.log([...figures, timeline.steps - before].join("  "));
  }

  // Every certificate, its place in the ledger with it, by the command that anybody has.
  const keys = join(folder, "keys.json");
  await writeFile(keys, JSON.stringify(await client.keySet()));
  const [logKey] = (await client.ledger.keys()).keys;
  let verified = 0;
  let issued = 0;
  for await (const { id, envelope } of everyItem(client.certificates.list)) {
    issued += 1;
    const [certificate, proof] = [join(folder, "certificate.json"), join(folder, "proof")];
    await writeFile(certificate, JSON.stringify(envelope));
    await writeFile(proof, await proofOf(client, id));
    const args = [
      expunge,
      "verify",
      certificate,
      "--public-key",
      keys,
      "--ledger",
      proof,
      "--log-key",
      logKey,
    ];
    const code = await new Promise((resolve) => spawn(process.execPath, args).once("exit", resolve));
    if (code === 0) verified += 1;
  }
  console.log(`${verified} of ${issued} certificates verify, and stand in the ledger`);
} finally {
  const ended = new Promise((resolve) => service.once("exit", resolve));
  service.kill("SIGTERM");
  await ended;
  await rm(folder, { recursive: true });
}
