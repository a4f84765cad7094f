import { expect, it } from "vitest";
import { someAtOnce } from "./some-at-once.js";

const items = Array.from({ length: 20 }, (_, i) => i);

/** Begins what it is told, and ends it once everything has been begun that may be. */
function work(fail: (item: number) => boolean = () => false) {
  const seen = { begun: [] as number[], under: 0, most: 0 };
  const use = async (item: number): Promise<string> => {
    seen.begun.push(item);
    seen.most = Math.max(seen.most, ++seen.under);
    await new Promise((resolve) => setTimeout(resolve, 20 - item));
    seen.under -= 1;
    if (fail(item)) throw new Error(`failed: ${item}`);
    return `done: ${item}`;
  };
  return { seen, use };
}

it("does so many at once, and gives results in the order of the items", async () => {
  const { seen, use } = work();
  expect(await someAtOnce(items, 3, use)).toEqual(items.map((item) => `done: ${item}`));
  expect(seen.most).toBe(3);
  expect(await someAtOnce([], 3, use)).toEqual([]);
});

it("begins none after a failure, and waits for those under way", async () => {
  const { seen, use } = work((item) => item === 4);
  await expect(someAtOnce(items, 3, use)).rejects.toThrow("failed: 4");
  expect(seen.begun.length).toBeLessThan(8);
  expect(seen.under).toBe(0);
});

it("begins none after the signal, and says so unless all were begun", async () => {
  const leaving = new AbortController();
  const { seen, use } = work();
  const left = someAtOnce(items, 3, use, leaving.signal);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: "E_ABORTED" });
  expect([seen.begun, seen.under]).toEqual([[0, 1, 2], 0]);
  expect(await someAtOnce(items.slice(0, 0), 3, use, leaving.signal)).toEqual([]);
});
