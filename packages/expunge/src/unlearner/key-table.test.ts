import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEY_BYTES, KeyTable } from "./key-table.js";

/** Keys that share their first bytes by the dozen, so that places collide. */
const keyOf = (id: number): Uint8Array => {
  const key = new Uint8Array(KEY_BYTES);
  key[3] = id % 4;
  key[31] = id;
  key[30] = id >> 8;
  return key;
};
const joined = (ids: readonly number[]): Uint8Array => Uint8Array.from(ids.flatMap((id) => [...keyOf(id)]));

describe("a table of subject keys", () => {
  it("finds a key that came again with its newest number, and as before once that is taken back", () => {
    const table = new KeyTable();
    table.add(joined([1, 2, 3]), 1);
    table.add(joined([2, 4]), 2);
    expect([1, 2, 3, 4].map((id) => table.numberOf(keyOf(id)))).toEqual([1, 2, 1, 2]);
    table.truncate(3);
    expect([1, 2, 3, 4].map((id) => table.numberOf(keyOf(id)))).toEqual([1, 1, 1, undefined]);
  });

  it("says of every key what a Map says, whatever is added and taken back", () => {
    const action = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
        const table = new KeyTable();
        const expected: number[] = [];
        const ids: number[] = [];
        for (const [number, step] of actions.entries()) {
          if ("add" in step) {
            const added = Array.from({ length: step.add }, (_, i) => ids.length + i);
            table.add(joined(added), number);
            ids.push(...added);
            expected.push(...added.map(() => number));
          } else {
            const length = Math.floor(step.keep * ids.length);
            table.truncate(length);
            ids.length = length;
            expected.length = length;
          }
          expect(table.length).toBe(ids.length);
          for (let id = 0; id < ids.length + 50; id++) expect(table.numberOf(keyOf(id))).toBe(expected[id]);
          for (const position of ids.keys()) expect(table.numberAt(position)).toBe(expected[position]);
          expect(table.slice(0, ids.length)).toEqual(joined(ids));
        }
      }),
      { numRuns: 50 },
    );
  });
});
