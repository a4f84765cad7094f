import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestBucket, type TestBucket } from "../../testing/s3-server.js";
import type { ObjectStore } from "./object-store.js";
import { openObjects } from "./open-objects.js";

let root: string;
let bucket: TestBucket;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-objects-"));
  bucket = await startTestBucket();
});
afterAll(async () => {
  await bucket?.remove();
  await rm(root, { recursive: true, force: true });
});

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const namesIn = async (store: ObjectStore): Promise<string[]> => {
  const names: string[] = [];
  for await (const { name } of store.list()) names.push(name);
  return names.sort();
};

it("an object that cannot be written whole leaves nothing in a folder, and none that is there is touched", async () => {
  const store = await openObjects(root, "broken");
  await store.make();
  await store.put("one", bytes);
  // It fails once the file is there, as a full disk does.
  await expect(store.put("two", {} as Uint8Array)).rejects.toMatchObject({ code: "E_DATABASE" });
  await expect(store.put("one", bytes)).rejects.toMatchObject({ code: "E_DATABASE" });
  expect(await namesIn(store)).toEqual(["one"]);
  store.close();
});

describe.each(["folder", "bucket", "memory"] as const)("objects in a %s", (kind) => {
  const open = async (part: string): Promise<ObjectStore> => {
    const store = await openObjects({ folder: root, bucket: bucket.place, memory: "memory:" }[kind], part);
    await store.make();
    return store;
  };

  it("are read by stretches as they were written, listed, and gone once removed", async () => {
    const store = await open("a");
    expect(await namesIn(store)).toEqual([]);
    expect(await store.has("one")).toBe(false);
    const before = Date.now();
    await store.put("one", bytes);
    await store.put("two", bytes.subarray(1));
    const ranges = [
      { first: 0, length: 10 },
      { first: 299_000, length: 1000 },
      { first: 5, length: 200_000 },
    ];
    const read = await store.read("one", ranges);
    for (const [i, { first, length }] of ranges.entries())
      expect(Buffer.compare(read[i] as Uint8Array, bytes.subarray(first, first + length))).toBe(0);
    expect(await namesIn(store)).toEqual(["one", "two"]);
    for await (const { writtenAt } of store.list())
      expect(Math.abs(writtenAt.getTime() - before)).toBeLessThan(120_000);
    await expect(store.read("one", [{ first: 299_999, length: 2 }])).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/is too short/),
    });
    await store.remove("one");
    await store.remove("one");
    expect(await store.has("one")).toBe(false);
    expect(await store.has("two")).toBe(true);
    await expect(store.read("one", [{ first: 0, length: 1 }])).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/one is missing/),
    });
    store.close();
  });

  it("of one database are not those of another", async () => {
    const [a, b] = [await open("b"), await open("c")];
    await a.put("mine", bytes);
    expect(await b.has("mine")).toBe(false);
    expect(await namesIn(b)).toEqual([]);
    a.close();
    b.close();
  });
});

describe("objects", () => {
  it("in a folder are for nobody else to read, and are never written over", async () => {
    const store = await openObjects(root, "private");
    await store.make();
    await store.put("one", bytes);
    expect((await stat(join(root, "private", "one"))).mode & 0o777).toBe(0o600);
    await expect(store.put("one", bytes)).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/EEXIST/),
    });
  });

  it("are not written into a folder that is gone, or that another disk hides", async () => {
    const store = await openObjects(root, "mounted");
    await store.make();
    await rename(join(root, "mounted"), join(root, "elsewhere"));
    await expect(store.put("one", bytes)).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/cannot be written: .*ENOENT/),
    });
    await rename(join(root, "elsewhere"), join(root, "mounted"));
    await store.put("one", bytes);
  });

  it("say what is wrong with a folder that cannot be made", async () => {
    await writeFile(join(root, "file"), "");
    const store = await openObjects(join(root, "file", "rows"), "a");
    await expect(store.make()).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/folder of the rows cannot be made: .*ENOTDIR/),
    });
  });

  it("say what is wrong with a bucket or its address", async () => {
    await expect(openObjects("s3://", "a")).rejects.toMatchObject({ code: "E_OPTION" });
    const none = await openObjects("s3://none/tests", "a");
    await expect(none.put("one", bytes)).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/bucket of the rows cannot be used/),
    });
    none.close();
  });
});
