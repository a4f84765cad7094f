import fc from "fast-check";
import { expect, it } from "vitest";
import type { Row } from "./kernel.js";
import { WrittenSlots } from "./written-slots.js";

const rowOf = (value: number): Row => ({ features: Float32Array.of(value, 1), label: 1 });

it("hold what was written last, and nothing where the source says it by now", () => {
  const slot = fc.oneof(fc.nat(20), fc.integer({ min: 2 ** 17 - 3, max: 2 ** 17 + 3 }), fc.nat(2 ** 31));
  const act = fc.tuple(slot, fc.constantFrom("row", "empty", "drop", "dropFrom"));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const written = new WrittenSlots(2);
      const expected = new Map<number, Row>();
      for (const [at, what] of acts) {
        if (what === "row") {
          written.set(at, rowOf(at));
          expected.set(at, rowOf(at));
        } else if (what === "empty") {
          written.set(at, null);
          expected.set(at, { features: new Float32Array(2), label: 0 });
        } else if (what === "drop") {
          written.drop(at);
          expected.delete(at);
        } else {
          written.dropFrom(at);
          for (const other of expected.keys()) if (other >= at) expected.delete(other);
        }
        expect(written.size).toBe(expected.size);
      }
      for (const [at] of acts) expect(written.get(at)).toEqual(expected.get(at));
      written.clear();
      expect(written.size).toBe(0);
      for (const [at] of acts) expect(written.get(at)).toBeUndefined();
    }),
  );
});

it("hold one row for all that are empty, and wipe what others held", () => {
  const written = new WrittenSlots(2);
  const [first, second] = [rowOf(1), rowOf(2)];
  written.set(1, first);
  written.set(2, second);
  written.set(1, null);
  written.set(3, null);
  expect(first.features).toEqual(new Float32Array(2));
  expect(written.get(1)).toBe(written.get(3));
  written.clear();
  expect(second.features).toEqual(new Float32Array(2));
});
