import fc from "fast-check";
import { expect, it } from "vitest";
import { float32AtLeast, float32AtMost } from "./float32.js";

it("float32AtMost and float32AtLeast are the float32 neighbours of a number, or itself", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e38, noNaN: true }), (x) => {
      const below = float32AtMost(x);
      const above = float32AtLeast(x);
      expect([Math.fround(below), Math.fround(above)]).toEqual([below, above]);
      expect(below).toBeLessThanOrEqual(x);
      expect(above).toBeGreaterThanOrEqual(x);
      if (below !== above) expect(above - below).toBeLessThanOrEqual(Math.max(x * 2 ** -23, 2 ** -149));
      else expect(below).toBe(x);
    }),
  );
});
