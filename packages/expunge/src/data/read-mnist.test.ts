import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorOf, realData } from "../../testing/files.js";
import type { Dataset } from "./dataset.js";
import { readIdx } from "./read-idx.js";
import { readMnist } from "./read-mnist.js";
import { isInUnitBall } from "./scale-rows.js";

/** Images of 1 x 2 pixels. */
function images(pixels: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 8, 3, 0, 0, 0, pixels.length / 2, 0, 0, 0, 1, 0, 0, 0, 2, ...pixels]);
}

function labels(digits: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 8, 1, 0, 0, 0, digits.length, ...digits]);
}

describe("readMnist", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "expunge-mnist-"));
    await writeFile(
      join(folder, "train-images-idx3-ubyte"),
      images([255, 0, 0, 255, 255, 255, 0, 0, 255, 0]),
    );
    await writeFile(join(folder, "train-labels-idx1-ubyte"), labels([8, 3, 5, 3, 8]));
    await writeFile(join(folder, "t10k-images.idx3-ubyte"), images([255, 0, 0, 255, 0, 0]));
    await writeFile(join(folder, "t10k-labels.idx1-ubyte"), labels([8, 3, 5]));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("groups a pair by digit, the first -1 and the second +1, pixels in [-0.5, 0.5] before scaling", async () => {
    const { train, test } = await readMnist(folder, { digits: [3, 8] });
    expect([...train.labels]).toEqual([-1, -1, 1, 1]);
    expect([...train.features].map(Math.sign)).toEqual([-1, 1, -1, -1, 1, -1, 1, -1]);
    expect(train.labelNames).toEqual(["3", "8"]);
    expect(train.scaling).toEqual({ kind: "l2", intercept: 0 });
    expect(test.rowCount).toBe(2);
  });

  it("keeps the files' order for more digits, so that maxTrainRows does not drop the last ones", async () => {
    const { train } = await readMnist(folder, { digits: [3, 5, 8], maxTrainRows: 3 });
    expect([...train.labels]).toEqual([2, 0, 1]);
    expect(train.labelNames).toEqual(["3", "5", "8"]);
  });

  it.each([[[3]], [[3, 3]], [[3, 10]], [[]]])("refuses digits = %j", async (digits) => {
    await errorOf("E_OPTION", () => readMnist(folder, { digits }));
  });

  it.each([0, -5, Number.NaN])("refuses maxTrainRows = %d", async (maxTrainRows) => {
    await errorOf("E_OPTION", () => readMnist(folder, { maxTrainRows }));
  });

  it("says which file is missing", async () => {
    const error = await errorOf("E_DATA", () => readMnist("/nowhere"));
    expect(error.message).toMatch(/\/nowhere: expected a file train-images-idx3-ubyte/);
  });
});

const real = realData("mnist");
describe.skipIf(real === null)("MNIST itself, 3 against 8", () => {
  let train: Dataset;
  let test: Dataset;
  beforeAll(async () => {
    ({ train, test } = await readMnist(real as string, { digits: [3, 8] }));
  });

  it("has 6,131 threes and 5,851 eights to train, 1,984 rows to test", () => {
    expect(train.rowCount).toBe(11_982);
    expect(train.labels.indexOf(1)).toBe(6131);
    expect(train.labels.lastIndexOf(-1)).toBe(6130);
    expect(test.rowCount).toBe(1984);
    expect(train.featureCount).toBe(784);
  });

  it("has rows of norm 1, never above", () => {
    for (let i = 0; i < train.rowCount; i++) {
      const row = train.features.subarray(i * 784, (i + 1) * 784);
      if (!isInUnitBall(row)) expect.fail(`row ${i} is too long`);
      let square = 0;
      for (const value of row) square += value * value;
      if (square < 1 - 1e-6) expect.fail(`row ${i} is too short`);
    }
  });

  it("has the first eight of the file as its first +1 row", async () => {
    const images = await readIdx(join(real as string, "train-images-idx3-ubyte.gz"));
    const labels = await readIdx(join(real as string, "train-labels-idx1-ubyte.gz"));
    const at = labels.data.indexOf(8 as never);
    const pixels = Array.from(images.data.subarray(at * 784, (at + 1) * 784), (pixel) => pixel / 255 - 0.5);
    const norm = Math.hypot(...pixels);
    const row = train.features.subarray(6131 * 784, 6132 * 784);
    pixels.forEach((pixel, k) => {
      expect(row[k]).toBeCloseTo(pixel / norm, 6);
    });
  });

  it("keeps the first 11,264 rows when asked, as the paper does", async () => {
    const { train: paper } = await readMnist(real as string, { digits: [3, 8], maxTrainRows: 11_264 });
    expect(paper.rowCount).toBe(11_264);
    const same = Buffer.from(train.features.buffer, 0, paper.features.byteLength);
    expect(Buffer.from(paper.features.buffer).equals(same)).toBe(true);
  });
});
