import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import type { Activity } from "../service/read-activity.js";
import { Watchers } from "./watchers.js";

const counts = { accepted: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
const LOOKS_MS = 2000;

afterEach(() => void vi.useRealTimers());

it("are told anew what has changed; nothing is read of whoever no change was told, while changes are told", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  let onChange: (tenantId: string | null) => void = () => {};
  const source = { isLive: true, reads: [] as string[], stopped: 0 };
  const watchers = new Watchers({
    async activity(tenantId): Promise<Activity> {
      source.reads.push(tenantId);
      return { requests: { ...counts, accepted: source.reads.length }, open: [], recent: [], models: [] };
    },
    listen(told) {
      onChange = told;
      const stop = (): void => void (source.stopped += 1);
      return {
        get isLive() {
          return source.isLive;
        },
        stop,
      };
    },
    keysInForce: async (keyIds) => keyIds,
    watchMs: 1e9,
    onFailure: (error) => expect(error).toBeUndefined(),
  });
  const streams = ["a", "b"].map((tenantId) => {
    const stream = new PassThrough();
    watchers.add({ tenantId, keyId: "k", role: "admin", stream: stream as unknown as ServerResponse });
    return stream;
  });
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  await pass(LOOKS_MS);
  expect(source.reads).toEqual(["a", "b"]);
  onChange("b");
  onChange("c");
  await pass(LOOKS_MS);
  expect(source.reads).toEqual(["a", "b", "b"]);
  expect(String(streams[1]?.read()).match(/event: state/g)).toHaveLength(2);
  // Now and then without a change, and always where changes are not told.
  await pass(6000);
  expect(source.reads.slice(3)).toContain("a");
  const { length } = source.reads;
  source.isLive = false;
  await pass(LOOKS_MS);
  expect(source.reads.length).toBeGreaterThanOrEqual(length + 6);
  for (const stream of streams) stream.destroy();
  await pass(LOOKS_MS);
  expect(source.stopped).toBe(1);
});
