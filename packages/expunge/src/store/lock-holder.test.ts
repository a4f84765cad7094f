import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import {
  type Holder,
  holderText,
  isGone,
  type Place,
  parseHolder,
  type System,
  thisSystem,
} from "./lock-holder.js";

const place: Place = { boot: "b1", namespace: "pid:[4026531836]", start: "700", machine: "m1" };
const self: Holder = { pid: 7, host: "web", place };
/** Processes 7, this one, and 8, of which one cannot see when it was started. */
const system = (over: Partial<System> = {}): System => ({
  self: () => self,
  isAlive: (pid) => pid === 7 || pid === 8,
  startOf: (pid) => (pid === 7 ? "700" : null),
  isOnOwnDisk: async () => true,
  ...over,
});
const lockOf = (holder: Partial<Holder>, where: Partial<Place> | null = {}): string =>
  holderText({ ...self, ...holder, place: where && { ...place, ...where } }, "t");
const shared = { isOnOwnDisk: async () => false };
const withoutProc = { self: () => ({ ...self, place: null }) };

describe("the holder of a lock", () => {
  it.each([
    ["this process", lockOf({}), {}, false],
    ["one of this process's number that was started at another time", lockOf({}, { start: "1" }), {}, true],
    ["one that is gone", lockOf({ pid: 9 }), {}, true],
    ["one that is there and of which one cannot see when it was started", lockOf({ pid: 8 }), {}, false],
    [
      "one of a container of the same host name",
      lockOf({ pid: 9 }, { namespace: "pid:[4026532001]" }),
      {},
      false,
    ],
    [
      "one of such a container, of this process's number",
      lockOf({}, { namespace: "pid:[4026532001]", start: "1" }),
      {},
      false,
    ],
    ["one from before this machine was started anew", lockOf({ pid: 8 }, { boot: "b0" }), {}, true],
    ["one of another machine of this name", lockOf({ pid: 9 }, { boot: "b0", machine: "m2" }), {}, false],
    [
      "one of a machine of which nothing more is known",
      lockOf({ pid: 9 }, { boot: "b0", machine: "" }),
      {},
      false,
    ],
    ["one of another boot, on a disk that machines share", lockOf({ pid: 9 }, { boot: "b0" }), shared, false],
    ["one of another host", lockOf({ pid: 9, host: "db" }), {}, false],
    ["one without a place that is gone", lockOf({ pid: 9 }, null), {}, true],
    ["one without a place that is there", lockOf({ pid: 8 }, null), {}, false],
    ["one with a place, looked at from where there is none", lockOf({ pid: 9 }), withoutProc, false],
    ["one of an earlier version that is gone", "9@web", {}, true],
    ["one of an earlier version that is there", "7@web", {}, false],
    ["nobody that can be read", "", {}, false],
  ])("%s", async (_, text, over, expected) => {
    expect(await isGone(text, "/models/a", system(over))).toBe(expected);
  });

  it("is read as it was written", () => {
    for (const holder of [self, { ...self, place: null }, { ...self, place: { ...place, machine: "" } }])
      expect(parseHolder(holderText(holder, "t"))).toEqual(holder);
  });

  it("is this process, on this system", async () => {
    const own = thisSystem.self();
    expect(own).toMatchObject({ pid: process.pid, host: hostname() });
    expect(thisSystem.startOf(process.pid)).toBe(own.place?.start ?? null);
    expect(await isGone(holderText(own, "t"), "/", thisSystem)).toBe(false);
    expect(await isGone(holderText({ ...own, pid: 999_999_999 }, "t"), "/", thisSystem)).toBe(true);
  });

  it.runIf(process.platform === "linux")("has a place on Linux", () => {
    expect(thisSystem.self().place).toEqual({
      boot: expect.stringMatching(/^[0-9a-f-]{36}$/),
      namespace: expect.stringMatching(/^pid:\[\d+\]$/),
      start: expect.stringMatching(/^\d+$/),
      machine: expect.any(String),
    });
  });
});
