import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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

/** Watchers of some tenants, one of each, who are told of no changes: somebody has to look. */
function watchersOf(tenantIds: readonly string[], activity: (tenantId: string) => Promise<Activity>) {
  const failures: unknown[] = [];
  const watchers = new Watchers({
    activity,
    listen: () => ({ isLive: false, stop() {} }),
    keysInForce: async (keyIds) => keyIds,
    watchMs: 1e9,
    onFailure: (error) => void failures.push(error),
  });
  const streams = tenantIds.map((tenantId) => {
    const stream = new PassThrough();
    watchers.add({ tenantId, keyId: "k", role: "admin", stream: stream as unknown as ServerResponse });
    return stream;
  });
  return { watchers, streams, failures };
}

it("are looked at less often where a look takes long", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "performance"] });
  let [reads, lookMs] = [0, 300];
  const { watchers } = watchersOf(["a"], async () => {
    reads += 1;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    return { requests: { ...counts, accepted: reads }, open: [], recent: [], models: [] };
  });
  await vi.advanceTimersByTimeAsync(12_000);
  expect(reads).toBeGreaterThanOrEqual(5);
  expect(reads).toBeLessThanOrEqual(10);
  lookMs = 5;
  const before = reads;
  await vi.advanceTimersByTimeAsync(12_000);
  expect(reads - before).toBeGreaterThan(15);
  watchers.close();
});

it("are told what goes on where another tenant's cannot be read", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  let accepted = 0;
  const { watchers, streams, failures } = watchersOf(["a", "b"], async (tenantId) => {
    if (tenantId === "a") throw new Error("too slow");
    accepted += 1;
    return { requests: { ...counts, accepted }, open: [], recent: [], models: [] };
  });
  await vi.advanceTimersByTimeAsync(LOOKS_MS);
  expect(String(streams[1]?.read()).match(/event: state/g)?.length).toBeGreaterThan(2);
  expect(failures).toContainEqual(new Error("too slow"));
  watchers.close();
});

it("are told nothing again that has not changed, be it after a look that failed", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  let reads = 0;
  const { watchers, streams, failures } = watchersOf(["a"], async () => {
    reads += 1;
    if (reads % 2 === 0) throw new Error("away");
    return { requests: { ...counts, accepted: 1 }, open: [], recent: [], models: [] };
  });
  await vi.advanceTimersByTimeAsync(2 * LOOKS_MS);
  expect(reads).toBeGreaterThan(4);
  expect(failures).toContainEqual(new Error("away"));
  expect(String(streams[0]?.read()).match(/event: state/g)).toHaveLength(1);
  watchers.close();
});

it("take no place once they have left, be it before they are told anything", async () => {
  const activity: Activity = { requests: counts, open: [], recent: [], models: [] };
  const watchers = new Watchers({
    activity: async () => activity,
    listen: () => ({ isLive: true, stop() {} }),
    keysInForce: async (keyIds) => keyIds,
    watchMs: 1e9,
    onFailure: (error) => expect(error).toBeUndefined(),
  });
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: "127.0.0.1" });
  asked.on("error", () => {});
  asked.end();
  const [, answer] = (await once(server, "request")) as [unknown, ServerResponse];
  // While it is read what they are told first.
  const left = once(answer, "close");
  asked.destroy();
  await left;
  watchers.add({ tenantId: "a", keyId: "k", role: "admin", stream: answer });
  expect(watchers.count("a")).toBe(0);
  watchers.close();
  server.close();
});
