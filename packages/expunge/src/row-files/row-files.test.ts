import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { createDataset } from "../data/create-dataset.js";
import { sourceOf } from "../data/row-source.js";
import { openRowFiles, type RowFiles } from "./row-files.js";
import { writeRowFiles } from "./write-row-files.js";

const dataset = createDataset({
  features: Float32Array.from({ length: 30 }, (_, i) => Math.cos(i) / 2),
  featureCount: 3,
  labels: Array.from({ length: 10 }, (_, i) => i + 1),
  task: "regression",
  labelScaling: { centre: 0, scale: 1 },
});
const SHAPE = { featureCount: 3, slotCount: 12 };

const directories: string[] = [];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "expunge-row-files-"));
  directories.push(directory);
  // Row r to slot r + 1: the first slot and the last are empty.
  await writeRowFiles(sourceOf(dataset), {
    directory,
    slotCountOf: () => 12,
    orderOf: (rowCount) => Uint32Array.from({ length: rowCount }, (_, row) => row + 1),
  });
});
afterAll(async () => {
  for (const folder of directories) await rm(folder, { recursive: true });
});

async function withFiles(use: (files: RowFiles) => Promise<void>): Promise<void> {
  const files = await openRowFiles(directory, SHAPE);
  try {
    await use(files);
  } finally {
    await files.close();
  }
}

describe("openRowFiles", () => {
  it.each([
    ["usual", false, false],
    ["shared", true, false],
    ["usual, at once", false, true],
    ["shared, at once", true, true],
  ])("reads any slots into views of a WebAssembly memory (%s) and nothing beside them", (_, shared, isNow) =>
    withFiles(async (files) => {
      const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
      for (let first = 0; first <= 12; first++) {
        for (let count = 0; count <= 12 - first; count++) {
          new Uint8Array(buffer).fill(0xff);
          const features = new Float32Array(buffer, 64, count * 3);
          const labels = new Float32Array(buffer, 4096, count);
          if (isNow) files.readNow?.(first, features, labels);
          else await files.read(first, features, labels);
          for (let i = 0; i < count; i++) {
            const row = first + i - 1;
            const isEmpty = row < 0 || row >= 10;
            const expected = isEmpty ? [0, 0, 0] : [...dataset.features.subarray(row * 3, row * 3 + 3)];
            expect([...features.subarray(i * 3, i * 3 + 3)]).toEqual(expected);
            expect(labels[i]).toBe(isEmpty ? 0 : dataset.labels[row]);
          }
          const beside = [63, 64 + count * 12, 4095, 4096 + count * 4];
          expect(beside.map((at) => new Uint8Array(buffer)[at])).toEqual([255, 255, 255, 255]);
        }
      }
    }),
  );

  it("writes a slot and no other, for good", async () => {
    await withFiles(async (files) => {
      await files.writeSlot(5, Float32Array.of(0.5, 0.25, -0.5), 7);
      await files.writeSlot(6, new Float32Array(3), 0);
      await files.sync();
    });
    await withFiles(async (files) => {
      const [features, labels] = [new Float32Array(12), new Float32Array(4)];
      await files.read(4, features, labels);
      expect([...labels]).toEqual([4, 7, 0, 7]);
      expect([...features.subarray(3, 9)]).toEqual([0.5, 0.25, -0.5, 0, 0, 0]);
      expect(features.subarray(0, 3)).toEqual(dataset.features.subarray(9, 12));
      expect(features.subarray(9)).toEqual(dataset.features.subarray(18, 21));
    });
  });

  it("refuses slots that are not there and views of another size", () =>
    withFiles(async (files) => {
      const read = (first: number, count: number, width = 3 * count): Promise<void> =>
        files.read(first, new Float32Array(width), new Float32Array(count));
      const refused: [() => Promise<void>, RegExp][] = [
        [() => read(-1, 1), /firstSlot = -1 in \[0, 12\]/],
        [() => read(0.5, 1), /firstSlot = 0.5/],
        [() => read(11, 2), /slotCount = 2 in \[0, 1\] from slot 11/],
        [() => read(0, 2, 5), /features.length = 5 to be 6/],
        [() => files.writeSlot(12, new Float32Array(3), 0), /slotCount = 1 in \[0, 0\] from slot 12/],
        [() => files.writeSlot(1, new Float32Array(4), 0), /features.length = 4 to be 3/],
      ];
      for (const [call, message] of refused)
        expect((await errorOf("E_OPTION", call)).message).toMatch(message);
    }));

  it("refuses files of another size, or none, naming file and bytes", async () => {
    const wrong = { featureCount: 4, slotCount: 12 };
    const open = (shape = SHAPE): Promise<RowFiles> => openRowFiles(directory, shape);
    expect((await errorOf("E_DATA", () => open(wrong))).message).toMatch(
      /rows\.f32: expected 192 bytes, found 144\./,
    );
    await truncate(join(directory, "labels.f32"), 47);
    expect((await errorOf("E_DATA", () => open())).message).toMatch(
      /labels\.f32: expected 48 bytes, found 47\./,
    );
    await rm(join(directory, "labels.f32"));
    expect((await errorOf("E_DATA", () => open())).message).toMatch(/labels\.f32: there is no such file/);
  });

  it("says so when a file is cut while it is open", () =>
    withFiles(async (files) => {
      await truncate(join(directory, "rows.f32"), 100);
      const read = (): Promise<void> => files.read(0, new Float32Array(36), new Float32Array(12));
      expect((await errorOf("E_DATA", read)).message).toMatch(
        /rows\.f32: expected 144 bytes from byte 0, found only 100/,
      );
    }));
});
