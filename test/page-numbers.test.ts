import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boundWords,
  countWords,
  isUsefulBound,
  numberWords,
  plural,
} from "../packages/web/shared/numbers.js";

/** The number that a reader takes from the words. */
function read(words: string): number {
  const [mantissa, power] =
    words.startsWith("10") && /[⁻⁰-⁹]/.test(words) ? ["1", words] : words.split(" × ");
  const digits = [...(power ?? "").slice(2)].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join("");
  return Number(`${(mantissa as string).replaceAll(",", "")}e${power === undefined ? 0 : digits}`);
}

describe("a bound in words", () => {
  it("is never below the bound, and at most a hundredth above", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e9, noNaN: true }), (bound) => {
        const shown = read(boundWords(bound));
        expect(shown).toBeGreaterThanOrEqual(bound);
        expect(shown).toBeLessThanOrEqual(bound * 1.0101);
      }),
    );
  });

  it.each([
    [0.9994, "1"],
    [0.99900000000001, "1"],
    [0.974, "0.974"],
    [1.0000000000001, "1.01"],
    [86_900.2, "87,000"],
    [2.5000001e-6, "2.51 × 10⁻⁶"],
    [0, "0"],
  ])("%d is %s", (bound, words) => expect(boundWords(bound)).toBe(words));

  it("is useful only while it hides somebody", () => {
    expect([0.1, 1, 4, 86_900, Number.POSITIVE_INFINITY].map(isUsefulBound)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("counts in words", () => {
  it("agree with their number", () => {
    expect([plural(1, "step"), plural(2, "step"), plural(1200, "row")]).toEqual([
      "1 step",
      "2 steps",
      "1,200 rows",
    ]);
    expect([countWords(12_345), numberWords(0.030004)]).toEqual(["12,345", "0.03"]);
  });
});
