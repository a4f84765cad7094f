import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type SilentBucket, startSilentBucket } from "../../testing/silent-bucket.js";
import type { ObjectStore } from "./object-store.js";
import { openBucket } from "./s3-objects.js";

/* No call on a bucket lasts for ever. These wait for errors: where one does not come, the test's own limit ends it. */

let bucket: SilentBucket;
beforeAll(async () => {
  bucket = await startSilentBucket();
});
afterAll(() => bucket.remove());

const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i);
const unusable = { code: "E_DATABASE", message: expect.stringMatching(/bucket of the rows cannot be used/) };

async function list(store: ObjectStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list()) names.push(name);
  return names;
}

beforeEach(() => bucket.set("answers"));

it.each([
  { what: "stops within a body", manner: "stops", limits: { silenceMs: 300, callMs: 600_000 } },
  {
    what: "stops within a body, and no silence is too long",
    manner: "stops",
    limits: { silenceMs: 0, callMs: 500 },
  },
  { what: "sends a byte now and then", manner: "trickles", limits: { silenceMs: 600_000, callMs: 500 } },
  { what: "does not answer", manner: "silent", limits: { silenceMs: 300, callMs: 600_000 } },
  {
    what: "does not answer, and no silence is too long",
    manner: "silent",
    limits: { silenceMs: 0, callMs: 500 },
  },
] as const)("a bucket that $what is not waited for without end", async ({ manner, limits }) => {
  const store = openBucket(bucket.place, "a", limits);
  await store.put("one", bytes);
  expect(await list(store)).toContain("one");
  bucket.set(manner);
  const ranges = Array.from({ length: 40 }, (_, i) => ({ first: i, length: 200 }));
  await expect(store.read("one", ranges)).rejects.toMatchObject(unusable);
  await expect(list(store)).rejects.toMatchObject(unusable);
  if (manner === "silent") {
    await expect(store.put("two", bytes)).rejects.toMatchObject(unusable);
    await expect(store.has("one")).rejects.toMatchObject(unusable);
    await expect(store.remove("one")).rejects.toMatchObject(unusable);
  }
  bucket.set("answers");
  await store.put("three", bytes);
  const [read] = await store.read("three", [{ first: 5, length: 3 }]);
  expect(Buffer.compare(read!, bytes.subarray(5, 8))).toBe(0);
  store.close();
});
