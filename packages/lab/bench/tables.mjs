/**
 * How much memory and time large tables take.
 *
 *   node packages/lab/bench/tables.mjs [--rows 2000000] [--most 10000000] [--directory DIR]
 *
 * 1. Writes a Parquet file of --rows rows in one row group and trains on it by `expunge train --memory-limit 64MB`.
 * 2. Writes CSV files of 10^5, 10^6, ... --most rows and drafts a schema from each by `expunge schema infer`.
 *
 * For each it prints processor seconds and the peak memory of the process (from /proc, so Linux only). Files go to a new directory under --directory
 * (default: the system's temporary one) and are removed. Needs `npm run build`.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetWriteFile } from "hyparquet-writer";
import { readArgs } from "../../../scripts/read-args.mjs";

const EXPUNGE = fileURLToPath(new URL("../../expunge/bin/expunge.mjs", import.meta.url));
const NUMBERS = 8;

/** Rows made up, the same every time. */
function* madeUpRows(rowCount) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
  for (let row = 0; row < rowCount; row++) {
    const numbers = Array.from({ length: NUMBERS }, next);
    yield {
      id: `user${Math.floor(row / 3)}@example.com`,
      numbers,
      town: "abcd"[row % 4],
      y: numbers[0] + 0.5 * next() > 0 ? "yes" : "no",
    };
  }
}

function writeParquet(filename, rowCount) {
  const numbers = Array.from({ length: NUMBERS }, () => new Float64Array(rowCount));
  const [id, town, y] = [[], [], []];
  let row = 0;
  for (const made of madeUpRows(rowCount)) {
    id.push(made.id);
    town.push(made.town);
    y.push(made.y);
    made.numbers.forEach((value, k) => {
      numbers[k][row] = value;
    });
    row++;
  }
  const columnData = [
    { name: "id", data: id, type: "STRING" },
    ...numbers.map((data, k) => ({ name: `x${k}`, data, type: "DOUBLE" })),
    { name: "town", data: town, type: "STRING" },
    { name: "y", data: y, type: "STRING" },
  ];
  parquetWriteFile({ filename, columnData, rowGroupSize: rowCount });
}

async function writeCsv(path, rowCount) {
  const file = await open(path, "w");
  let lines = [`id,${Array.from({ length: NUMBERS }, (_, k) => `x${k}`).join()},town,y\n`];
  for (const { id, numbers, town, y } of madeUpRows(rowCount)) {
    lines.push(`${id},${numbers.map((value) => value.toFixed(4)).join()},${town},${y}\n`);
    if (lines.length < 10_000) continue;
    await file.writeFile(lines.join(""));
    lines = [];
  }
  await file.writeFile(lines.join(""));
  await file.close();
}

/** Runs the command line; processor time and peak memory of the process. */
function measure(args) {
  const child = spawn(process.execPath, [EXPUNGE, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  let [peak, ticks] = [0, 0];
  const timer = setInterval(() => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" ");
      ticks = Number(stat[13]) + Number(stat[14]);
      peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? peak);
    } catch {
      // It has ended.
    }
  }, 20);
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => {
      clearInterval(timer);
      if (code !== 0) return reject(new Error(errors));
      resolve(`${(ticks / 100).toFixed(1)} s of processor time, peak ${Math.round(peak / 1024)} MiB`);
    });
  });
}

const { values } = readArgs({
  options: {
    rows: { type: "string", default: "2000000" },
    most: { type: "string", default: "10000000" },
    directory: { type: "string", default: tmpdir() },
  },
});
const folder = await mkdtemp(join(values.directory, "expunge-tables-"));
try {
  const rowCount = Number(values.rows);
  if (rowCount > 0) {
    const parquet = join(folder, "rows.parquet");
    writeParquet(parquet, rowCount);
    const schema = {
      version: 1,
      task: "binary",
      label: { column: "y", positive: ["yes"], negative: ["no"] },
      subject: "id",
      columns: [
        ...Array.from({ length: NUMBERS }, (_, k) => ({
          name: `x${k}`,
          kind: "numeric",
          centre: 0,
          scale: 1,
        })),
        { name: "town", kind: "categorical", categories: ["a", "b", "c", "d"] },
      ],
    };
    await writeFile(join(folder, "schema.json"), JSON.stringify(schema));
    const train = ["train", parquet, "--schema", join(folder, "schema.json"), "--out", join(folder, "model")];
    const found = await measure([...train, "--memory-limit", "64MB", "--epochs", "1"]);
    console.log(`train --memory-limit 64MB, ${rowCount} rows in one row group: ${found}`);
  }
  for (let csvRows = 100_000; csvRows <= Number(values.most); csvRows *= 10) {
    const csv = join(folder, "rows.csv");
    await writeCsv(csv, csvRows);
    const found = await measure(["schema", "infer", csv, "--label", "y", "--subject", "id"]);
    console.log(`schema infer, ${csvRows} rows: ${found}`);
  }
} finally {
  await rm(folder, { recursive: true });
}
