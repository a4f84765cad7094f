/**
 * Reads Parquet files that were made to harm, and real ones with some bytes changed, in a process of its own: node read-hostile.mjs COUNT.
 * Prints what became of them, and the most memory in MiB. On standard error, the one that is being read.
 */

import { uniforms } from "../../../test/synthetic.js";
import { openParquet } from "../src/data/read-parquet.js";
import { ExpungeError } from "../src/errors.js";
import { HOSTILE } from "./hostile-parquet.js";
import { PARQUET_FILES, parquetFile } from "./parquet-files.js";
import { peakBytes } from "./peak-memory.js";

const [count] = process.argv.slice(2).map(Number) as [number];
const random = uniforms(7);
const below = (most: number): number => Math.floor(random() * most);

/** Reads a file to its end, but no more of it than a small one has. @returns "read" or a code */
async function outcomeOf(file: Uint8Array): Promise<string> {
  const read = async (bytes: Uint8Array, at: number): Promise<void> =>
    bytes.set(file.subarray(at, at + bytes.length));
  try {
    const { batches } = await openParquet({ name: "file", size: file.length, read });
    let rows = 0;
    for await (const batch of batches) if ((rows += batch.length) > 1e5) return "many rows";
    return "read";
  } catch (error) {
    if (error instanceof ExpungeError) return error.code;
    throw error;
  }
}

const EXTREMES = [0, 1, 0x0f, 0x19, 0x1c, 0x7f, 0x80, 0xf9, 0xff];

/** Some bytes changed, most of them behind the pages, where a file says what it is. */
function mutated(file: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(file);
  for (let i = 0; i <= below(4); i++) {
    const at = below(2) === 0 ? below(bytes.length) : bytes.length - 1 - below(Math.min(bytes.length, 400));
    bytes[at] = below(2) === 0 ? below(256) : EXTREMES[below(EXTREMES.length)]!;
  }
  return bytes;
}

const outcomes: Record<string, string> = {};
for (const [name, file] of Object.entries(HOSTILE)) {
  console.error(name);
  outcomes[name] = await outcomeOf(file);
}
const counts: Record<string, number> = {};
const names = Object.keys(PARQUET_FILES) as (keyof typeof PARQUET_FILES)[];
for (let i = 0; i < count; i++) {
  const name = names[i % names.length]!;
  const file = mutated(parquetFile(name));
  console.error(`${name}, change ${i}: ${Buffer.from(file).toString("base64")}`);
  const outcome = await outcomeOf(file);
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}
console.log(JSON.stringify({ outcomes, counts, mostMib: peakBytes() / 2 ** 20 }));
