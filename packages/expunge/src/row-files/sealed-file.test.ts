import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { openNameless, PAGE_BYTES, SealedFile } from "./sealed-file.js";
import { openPage, SEAL_BYTES, sealPage } from "./sealed-page.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-sealed-"));
});
afterAll(() => rm(root, { recursive: true }));

let files = 0;
/** A sealed file whose bytes on the disk can be seen. */
async function visibleFile(): Promise<{ path: string; file: SealedFile }> {
  const path = join(root, `file-${files++}`);
  return { path, file: new SealedFile(await open(path, "wx+"), path) };
}

const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + 1) & 0xff);

describe("a sealed page", () => {
  const key = pattern(32, 1);

  it("opens with its key, in its place, as it was sealed", () => {
    const sealed = sealPage(key, 7, 3, pattern(100, 2));
    expect(sealed.length).toBe(100 + SEAL_BYTES);
    expect(Buffer.from(openPage(key, 3, sealed) ?? [])).toEqual(Buffer.from(pattern(100, 2)));
  });

  it("opens in no other place, with no other key, and after no change of any byte", () => {
    const sealed = sealPage(key, 7, 3, pattern(20, 2));
    expect(openPage(key, 4, sealed)).toBeNull();
    expect(openPage(pattern(32, 9), 3, sealed)).toBeNull();
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = changed[i]! ^ 1;
      expect(openPage(key, 3, changed), `byte ${i}`).toBeNull();
    }
    for (const length of [0, 10, SEAL_BYTES, sealed.length - 1])
      expect(openPage(key, 3, sealed.subarray(0, length))).toBeNull();
  });
});

describe("a sealed file", () => {
  it("gives back what was written, wherever and in whatever order", async () => {
    const size = 3 * PAGE_BYTES + 100;
    const range = fc.record({
      start: fc.integer({ min: 0, max: size - 1 }),
      length: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2 * PAGE_BYTES })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 8 }), async (writes) => {
        const file = await openNameless(root);
        const expected = new Uint8Array(size);
        await file.write(expected, 0);
        for (const [seed, { start, length }] of writes.entries()) {
          const bytes = pattern(Math.min(length, size - start), seed);
          expected.set(bytes, start);
          await file.write(bytes, start);
        }
        for (const { start, length } of [{ start: 0, length: size }, ...writes]) {
          const found = new Uint8Array(Math.min(length, size - start));
          await file.read(found, start);
          expect(Buffer.compare(found, expected.subarray(start, start + found.length))).toBe(0);
        }
        await file.close();
      }),
      { numRuns: 40 },
    );
  });

  it("shows nothing of its bytes on the disk, and wipes its key when it is closed", async () => {
    const { path, file } = await visibleFile();
    const text = "somebody@example.com ".repeat(5000);
    await file.write(Buffer.from(text), 0);
    expect((await readFile(path)).includes("somebody")).toBe(false);
    await file.close();
    expect(file.key.every((byte) => byte === 0)).toBe(true);
  });

  it("refuses pages that somebody overwrote, swapped or cut off, where they are read and where they are changed in part", async () => {
    const changes = [
      (bytes: Buffer) => bytes.fill(0, 0, PAGE_BYTES + SEAL_BYTES),
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(PAGE_BYTES + SEAL_BYTES), bytes.subarray(0, PAGE_BYTES + SEAL_BYTES)]),
      (bytes: Buffer) => bytes.subarray(0, 1000),
    ];
    for (const change of changes) {
      const { path, file } = await visibleFile();
      await file.write(pattern(2 * PAGE_BYTES, 1), 0);
      const disk = await open(path, "r+");
      const bytes = change(await disk.readFile());
      await disk.truncate(0);
      await disk.write(bytes, 0, bytes.length, 0);
      await disk.close();
      for (const use of [() => file.read(new Uint8Array(10), 5), () => file.write(new Uint8Array(10), 5)])
        expect(await errorOf("E_DATA", use)).toMatchObject({
          message: expect.stringMatching(/page 0 is not as it was written/),
          details: { reason: "EBADMSG" },
        });
      await file.close();
    }
  });

  it("has no name, so that nobody else finds it", async () => {
    const folder = await mkdtemp(join(root, "scratch-"));
    const file = await openNameless(folder);
    await file.write(pattern(10, 1), 0);
    expect(await readdir(folder)).toEqual([]);
    await file.close();
    const missing = await errorOf("E_DATA", () => openNameless(join(root, "nowhere")));
    expect(missing.message).toMatch(/there is no such directory/);
  });
});
