import { describe, expect, it } from "vitest";
import { FasterWay, type ReadingWay } from "./reading-way.js";

/** The ways that are picked while each takes a time of its own. */
function picks(ways: FasterWay, took: Record<ReadingWay, number>, calls: number): ReadingWay[] {
  return Array.from({ length: calls }, () => {
    const way = ways.pick();
    ways.note(way, took[way]);
    return way;
  });
}

describe("FasterWay", () => {
  it("tries both ways, stays with the faster, and tries the other again now and then", () => {
    const picked = picks(new FasterWay(), { ahead: 2, now: 1 }, 100);
    expect(picked.slice(0, 4)).toEqual(["ahead", "now", "now", "now"]);
    const tries = picked.filter((way) => way === "ahead").length;
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(12);
  });

  it("changes over once the other way is faster", () => {
    const ways = new FasterWay();
    picks(ways, { ahead: 2, now: 1 }, 10);
    const later = picks(ways, { ahead: 1, now: 2 }, 40);
    expect(later.slice(-20).filter((way) => way === "ahead").length).toBeGreaterThan(15);
  });
});
