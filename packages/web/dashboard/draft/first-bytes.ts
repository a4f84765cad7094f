import type { FirstBytes } from "expunge/draft";

/** What a schema is drafted from: enough to see every common category, and read in an instant. */
const MOST_BYTES = 4 * 2 ** 20;

/** The beginning of a CSV file, unpacked where it is gzipped. It is read here, and goes nowhere. */
export async function firstBytesOf(file: File): Promise<FirstBytes> {
  const isPacked = /\.gz$/i.test(file.name);
  const stream = isPacked ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { name: file.name, bytes: joined(parts, length), isWhole: true };
    parts.push(value);
    length += value.length;
    if (length >= MOST_BYTES) break;
  }
  await reader.cancel();
  return { name: file.name, bytes: joined(parts, length).subarray(0, MOST_BYTES), isWhole: false };
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
