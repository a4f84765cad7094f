/**
 * Writes a .npy file of 200 MB and from it row files, and prints how far its memory grew. Run by a test in a child process:
 * node write-big-file.mjs DIRECTORY
 */
import { open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { streamNumeric } from "../src/data/read-numeric.js";
import { FEATURES_FILE } from "../src/row-files/layout.js";
import { writeRowFiles } from "../src/row-files/write-row-files.js";
import { npyFile } from "./numpy-files.js";
import { peakBytes } from "./peak-memory.js";

const [ROWS, COLUMNS, BLOCK_ROWS] = [200_000, 256, 1000];
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("Expected a directory.");
const path = join(directory, "x.npy");
const labels = join(directory, "y.npy");

const block = Float32Array.from({ length: BLOCK_ROWS * COLUMNS }, (_, i) => Math.sin(i + 1));
const file = await open(path, "w");
await file.write(npyFile(new Float32Array(), `${ROWS}, ${COLUMNS}`));
for (let row = 0; row < ROWS; row += BLOCK_ROWS) await file.write(block);
await file.close();
await writeFile(
  labels,
  npyFile(
    Float32Array.from({ length: ROWS }, (_, i) => i % 2),
    `${ROWS},`,
  ),
);

// The peak also counts what came and went between two looks.
const before = peakBytes();
await writeRowFiles(await streamNumeric(path, { labels }), {
  directory,
  slotCountOf: (rowCount) => rowCount + 56,
  // 7919 is a prime that does not divide the number of rows.
  orderOf: (rowCount) => Uint32Array.from({ length: rowCount }, (_, row) => (row * 7919) % rowCount),
  memoryLimit: 2 ** 24,
});
const { size } = await stat(join(directory, FEATURES_FILE));
console.log(JSON.stringify({ grownBytes: peakBytes() - before, rowBytes: size }));
