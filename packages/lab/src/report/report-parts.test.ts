import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeHtml, Html, html } from "../../../expunge/src/plots/html.js";
import {
  boundWords,
  compactWords,
  durationWords,
  numberWords,
  percentWords,
  plural,
  timesWords,
} from "../../../expunge/src/plots/number-words.js";
import { DARK, LIGHT } from "../../../expunge/src/plots/palette.js";
import { requestTicks } from "../../../expunge/src/plots/request-axis.js";
import { zeroLogScale } from "../../../expunge/src/plots/zero-log-scale.js";
import { mostTrueAlarms } from "./guidance.js";

describe("html", () => {
  it("escapes text, keeps Html, joins lists and drops null and false", () => {
    const items = ["<b>", "\"&'"].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>${null}${false}${new Html("<hr>")}${0}`.text).toBe(
      "<ul><li>&lt;b&gt;</li><li>&quot;&amp;&#39;</li></ul><hr>0",
    );
    expect(escapeHtml("plain")).toBe("plain");
  });
});

describe("number words", () => {
  it.each([
    [numberWords(1e-5), "10⁻⁵"],
    [numberWords(2.5e-6), "2.5 × 10⁻⁶"],
    [numberWords(1.2345e12), "1.23 × 10¹²"],
    [numberWords(0.012345), "0.0123"],
    [numberWords(1), "1"],
    [numberWords(0), "0"],
    [percentWords(0.8412), "84.1\u00a0%"],
    [durationWords(0.42), "0.4\u00a0ms"],
    [durationWords(15_160), "15.2\u00a0s"],
    [durationWords(90_000), "1.5\u00a0min"],
    [durationWords(7_200_000), "2.0\u00a0h"],
    [compactWords(7_680_000), "7.68M"],
    [timesWords(155.04), "155 times"],
    [timesWords(2), "2 times"],
    [plural(1, "person", "people"), "1 person"],
    [plural(2130, "person", "people"), "2,130 people"],
  ])("%s is %s", (found, expected) => {
    expect(found).toBe(expected);
  });

  it("never shows a bound smaller than it is", () => {
    expect(boundWords(0.9981)).toBe("0.999");
    expect(boundWords(1)).toBe("1.000");
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), (bound) => {
        expect(Number(boundWords(bound))).toBeGreaterThanOrEqual(bound - 1e-11);
      }),
    );
  });
});

describe("mostTrueAlarms", () => {
  it("is the false alarms where nothing differs, and e^eps times as many where they are few", () => {
    expect(mostTrueAlarms(0, 0, 0.05)).toBeCloseTo(0.05, 12);
    expect(mostTrueAlarms(1, 1e-5, 0.05)).toBeCloseTo(Math.E * 0.05 + 1e-5, 12);
    expect(mostTrueAlarms(1, 0, 0.9)).toBeCloseTo(1 - 0.1 / Math.E, 12);
    expect(mostTrueAlarms(50, 0.5, 0.5)).toBeLessThanOrEqual(1);
  });
});

describe("zeroLogScale", () => {
  it("keeps order, puts zero below every decade and everything inside the domain", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000_000), { minLength: 1 }), (values) => {
        const scale = zeroLogScale(values);
        const sorted = [...values].sort((a, b) => a - b);
        for (let i = 0; i < sorted.length; i++) {
          const position = scale.position(sorted[i]!);
          expect(position).toBeGreaterThanOrEqual(scale.domain[0]);
          expect(position).toBeLessThanOrEqual(scale.domain[1]);
          if (i > 0 && sorted[i]! > sorted[i - 1]!)
            expect(position).toBeGreaterThan(scale.position(sorted[i - 1]!));
        }
        expect(scale.zero !== null).toBe(values.includes(0));
        for (const tick of scale.ticks) expect(tick).toBeLessThanOrEqual(scale.domain[1]);
      }),
    );
  });

  it("labels zero and the decades", () => {
    const scale = zeroLogScale([0, 3, 1500]);
    expect(scale.ticks.map((tick) => scale.label(tick))).toEqual(["0", "1", "10", "100", "1K"]);
    expect(zeroLogScale([0]).ticks.map((tick) => zeroLogScale([0]).label(tick))).toEqual(["0", "1", "10"]);
  });
});

describe("requestTicks", () => {
  it.each([
    [1, 1, 8, [1]],
    [1, 5, 8, [1, 2, 3, 4, 5]],
    [1, 12, 8, [1, 2, 4, 6, 8, 10, 12]],
    [0, 40, 8, [0, 5, 10, 15, 20, 25, 30, 35, 40]],
    [1, 1000, 5, [1, 200, 400, 600, 800, 1000]],
  ])("%i to %i, about %i", (first, last, count, ticks) => {
    expect(requestTicks(first, last, count)).toEqual(ticks);
  });
});

describe("palette", () => {
  it.each([
    ["light", LIGHT, "#fafaf8"],
    ["dark", DARK, "#121417"],
  ] as const)("%s text has a contrast of 4.5 and marks of 3 on both grounds", (_, palette, page) => {
    for (const ground of [palette.ground, page]) {
      for (const name of ["ink", "soft", "ours", "bad"] as const)
        expect(contrast(palette[name], ground)).toBeGreaterThan(4.5);
      for (const name of ["paper", "retrain"] as const)
        expect(contrast(palette[name], ground)).toBeGreaterThan(3);
    }
  });
});

/** WCAG 2.1, contrast ratio. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
