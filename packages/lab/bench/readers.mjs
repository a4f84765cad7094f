/**
 * Our readers of CSV and Parquet beside DuckDB's, each to the same rows ready for training.
 *
 *   node packages/lab/bench/readers.mjs [--rows 5000000] [--only csv|parquet] [--duckdb DIR] [--directory DIR]
 *
 * DIR of --duckdb is a folder in which `npm install @duckdb/node-api` was run; without it only our readers are measured. The table has an id of 64 bits
 * (five rows a person), 17 numbers of six decimals, four colours and a label. Each contender runs in a process of its own: seconds by the clock, seconds of
 * processor, peak memory, and a sum over all features and ids that must be the same for all. What is timed is the way to chunks of a data set; nothing keeps
 * them. DuckDB reads ids as text (as integers one beyond 2^53 would become another in JavaScript); "numbers by DuckDB" lets it parse the features too, "texts"
 * leaves that to the schema, as the meaning of our readers needs. Files go to a new folder under --directory and are removed.
 */
import { fork } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readArgs } from "../../../scripts/read-args.mjs";
import { bundle, cacheDirectory, ROOT } from "./bundle.mjs";
import { loadAverage } from "./machine.mjs";
import { peakBytes } from "./peak-memory.mjs";

const COLOURS = ["red", "green", "blue", "grey"];
const NUMBERS = Array.from({ length: 17 }, (_, k) => `x${k}`);
const SCHEMA = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["yes"], negative: ["no"] },
  subject: "id",
  columns: [
    ...NUMBERS.map((name) => ({ name, kind: "numeric", centre: 0, scale: 1 })),
    { name: "colour", kind: "categorical", categories: COLOURS },
  ],
  intercept: 0.5,
};
const BLOCK_ROWS = 100_000;

/** The same rows every time, a block of columns at a time: id, the numbers, colour, label. */
function* blocks(rowCount) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let first = 0; first < rowCount; first += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, rowCount - first);
    const ids = BigInt64Array.from(
      { length: rows },
      (_, i) => 9_007_199_254_740_993n + BigInt(Math.floor((first + i) / 5)),
    );
    const numbers = NUMBERS.map(() =>
      Float64Array.from({ length: rows }, () => Math.round(next() / 2147.483648 - 1e6) / 1e6),
    );
    const colours = Array.from({ length: rows }, () => COLOURS[next() >>> 30]);
    yield [ids, ...numbers, colours, Array.from({ length: rows }, () => (next() >>> 31 ? "yes" : "no"))];
  }
}

function* csvText(rowCount) {
  yield `id,${NUMBERS.join(",")},colour,y\n`;
  for (const columns of blocks(rowCount)) {
    const lines = Array.from(columns[0], (_, i) => columns.map((column) => column[i]).join(","));
    yield `${lines.join("\n")}\n`;
  }
}

async function writeCsv(path, rowCount) {
  await pipeline(Readable.from(csvText(rowCount)), createWriteStream(path));
}

async function writeParquet(path, rowCount, { beginParquet }) {
  const names = ["id", ...NUMBERS, "colour", "y"];
  let table = null;
  for (const columns of blocks(rowCount)) {
    table ??= beginParquet(
      path,
      names.map((name, k) => ({ name, data: columns[k] })),
      {},
    );
    await table.write(columns);
  }
  await table.finish();
}

async function bundleParts() {
  const isPackage = (id) => !/^(\.|\/|expunge)/.test(id);
  return bundle(
    join(ROOT, "packages/lab/bench/readers-parts.ts"),
    await cacheDirectory("readers-bench"),
    isPackage,
  );
}

// ---------------------------------------------------------------- one contender, in its own process

/** A table by DuckDB, as our readers give one. */
async function openDuckTable(path, duckdb, areTexts) {
  const require = createRequire(join(duckdb, "package.json"));
  const { DuckDBInstance } = await import(pathToFileURL(require.resolve("@duckdb/node-api")));
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const numbers = NUMBERS.map((name) => `'${name}': 'DOUBLE'`).join(", ");
  // Its sniffer makes true and false of yes and no.
  const types = `types = {'id': 'VARCHAR', 'y': 'VARCHAR', 'colour': 'VARCHAR', ${numbers}}`;
  const from = path.endsWith(".csv")
    ? `read_csv('${path}', header = true, ${areTexts ? "all_varchar = true" : types})`
    : `read_parquet('${path}')`;
  const result = await connection.stream(`SELECT * REPLACE (id::VARCHAR AS id) FROM ${from}`);
  async function* batches() {
    let row = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const columns = chunk.getColumns();
      yield Array.from({ length: chunk.rowCount }, (_, i) => ({
        cells: columns.map((column) => column[i]),
        row: ++row,
        line: null,
      }));
    }
  }
  return { source: path, columns: result.columnNames(), nested: new Set(), batches: batches() };
}

async function contend({ parts, path, by, duckdb }) {
  const { bindSchema, ChunkGatherer, labelNamesOf, openTable, parseSchema, placeOf, RowIntake } =
    await import(pathToFileURL(parts));
  const schema = parseSchema(SCHEMA);
  const start = performance.now();
  const table =
    by === "ours" ? await openTable(path, schema.csv) : await openDuckTable(path, duckdb, by === "texts");
  const encoder = bindSchema(schema, table, "all");
  const { task, scaling, intercept } = schema;
  const gatherer = new ChunkGatherer(
    new RowIntake({ task, scaling, intercept, rawCount: encoder.rawCount, source: path }),
  );
  const values = new Float64Array(encoder.rawCount);
  let [rows, sum, ids] = [0, 0, 0n];
  const use = ({ features, labels, subjects }) => {
    rows += labels.length;
    for (let i = 0; i < features.length; i++) sum += features[i];
    for (let i = 0; i < subjects.length; i += 997) ids += BigInt(subjects[i]);
  };
  for await (const batch of table.batches) {
    for (const row of batch) {
      const { label, subject } = encoder.encode(row, values);
      const chunk = gatherer.add(values, label, subject, () => placeOf(path, row));
      if (chunk !== null) use(chunk);
    }
  }
  for (const chunk of gatherer.finish(labelNamesOf(schema))) use(chunk);
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMegabytes: peakBytes() / 1e6,
    check: `${rows} ${sum} ${ids}`,
  };
}

function inOwnProcess(work) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ["--contend", JSON.stringify(work)]);
    child.on("message", resolve);
    child.on("exit", (code) => code !== 0 && reject(new Error(`${work.by} ended with ${code}`)));
  });
}

// ---------------------------------------------------------------- all of them

const { values } = readArgs({
  options: {
    rows: { type: "string", default: "5000000" },
    only: { type: "string" },
    duckdb: { type: "string" },
    directory: { type: "string", default: tmpdir() },
    contend: { type: "string", isOwn: true },
  },
});
if (values.contend === undefined) await compare();
else process.send(await contend(JSON.parse(values.contend)), () => process.disconnect());

async function compare() {
  const folder = await mkdtemp(join(values.directory, "expunge-readers-"));
  try {
    const parts = await bundleParts();
    const paths = { csv: join(folder, "table.csv"), parquet: join(folder, "table.parquet") };
    const rowCount = Number(values.rows);
    if (values.only !== "parquet") await writeCsv(paths.csv, rowCount);
    if (values.only !== "csv")
      await writeParquet(paths.parquet, rowCount, await import(pathToFileURL(parts)));
    const contenders = [
      ["CSV", "ours", "Expunge"],
      ["CSV", "numbers", "DuckDB, numbers by DuckDB"],
      ["CSV", "texts", "DuckDB, texts"],
      ["Parquet", "ours", "Expunge"],
      ["Parquet", "numbers", "DuckDB"],
    ]
      .filter(([, by]) => by === "ours" || values.duckdb !== undefined)
      .filter(([format]) => values.only === undefined || format.toLowerCase() === values.only);
    console.log(`${values.rows} rows x 20; Node ${process.version}; load ${loadAverage().toFixed(1)}\n`);
    console.log("| file | reader | seconds | processor seconds | peak memory |");
    console.log("| --- | --- | --- | --- | --- |");
    const checks = new Set();
    for (const [format, by, name] of contenders) {
      const path = paths[format.toLowerCase()];
      const { seconds, cpuSeconds, peakMegabytes, check } = await inOwnProcess({
        ...{ parts, path, by },
        ...(values.duckdb === undefined ? {} : { duckdb: values.duckdb }),
      });
      checks.add(check);
      const size = `${((await stat(path)).size / 1e6).toFixed(0)} MB`;
      const figures = [seconds.toFixed(1), cpuSeconds.toFixed(1), `${peakMegabytes.toFixed(0)} MB`];
      console.log(`| ${format}, ${size} | ${name} | ${figures.join(" | ")} |`);
    }
    console.log(checks.size === 1 ? "\nAll read the same." : `\nNOT THE SAME: ${[...checks].join("; ")}`);
    if (checks.size > 1) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
