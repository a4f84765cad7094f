import { describe, expect, it } from "vitest";
import { toCsv, toMarkdown } from "./file-formats.js";
import { compare, exactFigure, figureOf } from "./outcome.js";

describe("figures", () => {
  it("have the mean and standard deviation over all trials, and a standard error over the orders", () => {
    const { mean, std, standardError, trials } = figureOf([
      [1, 1],
      [3, 3],
    ]);
    expect([mean, trials]).toEqual([2, 4]);
    expect(std).toBeCloseTo(Math.sqrt(4 / 3), 12);
    // Two orders whose means are 1 and 3: sqrt(2) / sqrt(2).
    expect(standardError).toBeCloseTo(1, 12);
  });

  it("of one order have the standard error of independent trials", () => {
    expect(figureOf([[1, 3]]).standardError).toBeCloseTo(1, 12);
  });
});

describe("a comparison", () => {
  const published = { mean: 0.8, std: 0.02, trials: 100 };

  it.each([
    [0.8, true],
    [0.8199, true],
    [0.7801, true],
    [0.8201, false],
    [0.77, false],
  ])("of 0.8 (0.02) with %f agrees: %s", (mean, agrees) => {
    expect(compare("x", published, exactFigure(mean)).agrees).toBe(agrees);
  });

  it("is not won over by a wide spread of our own", () => {
    const wide = figureOf([[0.5], [1.2]]);
    const { agrees, standardErrors } = compare("x", published, wide);
    expect(agrees).toBe(false);
    expect(Math.abs(standardErrors)).toBeLessThan(1);
  });
});

describe("a table", () => {
  const table = {
    name: "t",
    title: "T",
    columns: ["a, b", "c"],
    rows: [
      ['say "x"', 0.5],
      [null, 12345],
    ],
  };

  it("becomes CSV with what needs it in quotes", () => {
    expect(toCsv(table)).toBe('"a, b",c\n"say ""x""",0.5\n,12345\n');
  });

  it("becomes Markdown", () => {
    expect(toMarkdown(table)).toBe('| a, b | c |\n| --- | --- |\n| say "x" | 0.5 |\n| – | 12,345 |');
  });
});
