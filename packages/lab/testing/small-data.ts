import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomFor } from "../src/experiments/batch-orders.js";

const SIDE = 5;

/** Folders mnist/, cifar10/ and adult/ with a few made-up rows each, in the originals' formats. */
export async function writeSmallData(folder: string): Promise<void> {
  for (const name of ["mnist", "cifar10", "adult"]) await mkdir(join(folder, name), { recursive: true });
  for (const [part, count] of [
    ["train", 600],
    ["t10k", 120],
  ] as const) {
    const { pixels, digits } = images(part, count);
    await writeFile(join(folder, "mnist", `${part}-images-idx3-ubyte`), idx([count, SIDE, SIDE], pixels));
    await writeFile(join(folder, "mnist", `${part}-labels-idx1-ubyte`), idx([count], digits));
  }
  for (const [part, count] of [
    ["train", 400],
    ["test", 100],
  ] as const) {
    const { pixels, digits } = images(part, count);
    const features = Float32Array.from(pixels);
    const labels = Int8Array.from(digits, (digit) => (digit === 3 ? 1 : -1));
    await writeFile(
      join(folder, "cifar10", `${part}-features.npy`),
      npy("<f4", [count, SIDE * SIDE], features),
    );
    await writeFile(join(folder, "cifar10", `${part}-labels.npy`), npy("|i1", [count], labels));
  }
  await writeFile(join(folder, "adult", "adult.data"), adultRows("train", 480, ""));
  await writeFile(join(folder, "adult", "adult.test"), `|1x3 Cross validator\n${adultRows("test", 90, ".")}`);
}

/** 3s and 8s that differ in their upper half. */
function images(seed: string, count: number): { readonly pixels: Uint8Array; readonly digits: Uint8Array } {
  const random = randomFor(seed);
  const digits = Uint8Array.from({ length: count }, () => (random.chance(0.5) ? 3 : 8));
  const pixels = Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => {
    const isUpper = i % (SIDE * SIDE) < 10;
    const isThree = digits[Math.floor(i / (SIDE * SIDE))] === 3;
    return Math.min(255, Math.floor(random.uniform() * 140) + (isUpper && isThree ? 110 : 0));
  });
  return { pixels, digits };
}

function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, i) => {
    header.setUint32(4 + 4 * i, size);
  });
  return new Uint8Array([...new Uint8Array(header.buffer), ...data]);
}

function npy(type: string, shape: readonly number[], data: Float32Array | Int8Array): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const padded = `${text.padEnd(117)}\n`;
  const head = [0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8];
  return new Uint8Array([...head, ...Buffer.from(padded), ...new Uint8Array(data.buffer)]);
}

/** Two rows a person: the third field names whom they belong to. */
function adultRows(seed: string, count: number, end: string): string {
  const random = randomFor(seed);
  const rows = Array.from({ length: count }, (_, i) => {
    const years = random.integer(4, 16);
    const isRich = random.chance(years / 20);
    const age = random.integer(20, 70);
    const person = 10000 + Math.floor(i / 2);
    return `${age}, Private, ${person}, HS-grad, ${years}, Divorced, Sales, Unmarried, White, Male, 0, 0, 40, United-States, ${isRich ? ">50K" : "<=50K"}${end}`;
  });
  return `${rows.join("\n")}\n`;
}
