import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { isInUnitBall, scaleRowInto, scaleRows } from "./scale-rows.js";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const rows = fc.array(finite, { minLength: 1, maxLength: 40 });
const kinds = fc.constantFrom("l2" as const, "clip" as const);

/** Sum of squares, exactly, in units of 2^-298. */
function exactSquare(row: Float32Array): bigint {
  let sum = 0n;
  for (const value of row) sum += BigInt(value * 2 ** 149) ** 2n;
  return sum;
}

function scale(row: readonly number[], kind: "l2" | "clip"): Float32Array {
  const into = new Float32Array(row.length);
  scaleRowInto(Float64Array.from(row), kind, into, () => ({ file: "rows" }));
  return into;
}

describe("scaleRowInto", () => {
  it("gives rows of norm at most 1 in exact arithmetic, whatever the magnitudes", () => {
    fc.assert(
      fc.property(rows, kinds, (row, kind) => {
        if (row.every((value) => value === 0)) return;
        const square = exactSquare(scale(row, kind));
        expect(square <= 1n << 298n).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives rows of norm 1 under l2, short of it by less than 1e-6", () => {
    fc.assert(
      fc.property(rows, (row) => {
        if (row.every((value) => value === 0)) return;
        const square = Number(exactSquare(scale(row, "l2"))) / 2 ** 298;
        expect(square).toBeGreaterThan(1 - 1e-6);
      }),
      { numRuns: 1000 },
    );
  });

  it("ends for equal numbers, which all round the same way, at every width up to 2,000 and at 100,000", () => {
    for (const kind of ["l2", "clip"] as const) {
      for (let width = 1; width <= 2001; width++) {
        const count = width > 2000 ? 100_000 : width;
        const scaled = scale(new Array<number>(count).fill(1 / Math.sqrt(count)), kind);
        if (!isInUnitBall(scaled)) expect.fail(`${kind} at ${count} is too long`);
        const norm = scaled[0]! * Math.sqrt(count);
        if (norm < 1 - 1e-6) expect.fail(`${kind} at ${count} is too short: ${norm}`);
      }
    }
  });

  it("keeps the direction", () => {
    const usual = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(usual, kinds, (row, kind) => {
        const norm = Math.hypot(...row);
        if (norm < 1e-3) return;
        const length = kind === "l2" ? 1 : Math.min(1, norm);
        scale(row, kind).forEach((value, k) => {
          expect(Math.abs(value - (row[k]! / norm) * length)).toBeLessThan(3e-7);
        });
      }),
    );
  });

  it("leaves rows alone under clip whose float32 values have norm at most 1, those of norm 1 included", () => {
    expect([...scale([0.25, -0.5], "clip")]).toEqual([0.25, -0.5]);
    expect([...scale([0, 1, 0], "clip")]).toEqual([0, 1, 0]);
    expect([...scale([0, 0], "clip")]).toEqual([0, 0]);
    expect([...scale([0.1], "clip")]).toEqual([Math.fround(0.1)]);
  });

  it.each([
    ["whose norm overflows", [1.7e308, 1.7e308], [Math.SQRT1_2, Math.SQRT1_2]],
    ["whose inverse norm overflows", [3e-310, 4e-310], [0.6, 0.8]],
    ["of the smallest number", [5e-324], [1]],
  ])("scales a row %s", (_, row, expected) => {
    scale(row, "l2").forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k]!, 6);
    });
  });

  it("refuses a row of zeros under l2: it has no direction", async () => {
    const error = await errorOf("E_DATA", () => scale([0, -0], "l2"));
    expect(error.message).toMatch(/expected a row with a direction.*found all zeros.*intercept/);
  });
});

describe("isInUnitBall", () => {
  it("decides exactly where a float64 sum rounds down to 1", () => {
    // 1 + 2^-60 rounds to 1 in float64, and is above it.
    expect(isInUnitBall(Float32Array.of(1, 2 ** -30))).toBe(false);
    expect(isInUnitBall(Float32Array.of(1))).toBe(true);
    expect(isInUnitBall(Float32Array.of(1, 2 ** -149))).toBe(false);
  });
});

describe("scaleRows", () => {
  it("appends the intercept before scaling, inside the norm budget", () => {
    const scaled = scaleRows([[3, 0]], { kind: "l2", intercept: 4 }, 3, "rows");
    expect([...scaled].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.6, 0, 0.8]);
  });

  it("names the row and the column of what is no number", async () => {
    const rows = [
      [1, 2],
      [1, Number.NaN],
    ];
    const error = await errorOf("E_DATA", () => scaleRows(rows, { kind: "l2", intercept: 0 }, 2, "new.csv"));
    expect(error.message).toBe("new.csv: row 2, column 2: expected a finite number, found NaN.");
    expect(error.details).toMatchObject({ file: "new.csv", row: 2, column: 2, expected: "a finite number" });
  });

  it("refuses rows of another width", async () => {
    const error = await errorOf("E_DATA", () => scaleRows([[1]], { kind: "l2", intercept: 1 }, 3, "x"));
    expect(error.message).toBe("x: row 1: expected 2 numbers, found 1.");
  });
});
