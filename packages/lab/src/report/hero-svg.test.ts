import { Resvg } from "@resvg/resvg-js";
import { describe, expect, it } from "vitest";
import { DARK, LIGHT } from "../../../expunge/src/plots/palette.js";
import { renderHeroSvg } from "./hero-svg.js";
import { sampleReport } from "./sample-report.js";

describe.each([1, 12, 40, 200])("renderHeroSvg, %i requests", (count) => {
  const svg = renderHeroSvg(sampleReport(count));

  it("is one well-formed picture that needs nothing from outside", () => {
    const rendered = new Resvg(svg).render();
    expect([rendered.width, rendered.height]).toEqual([1000, 440]);
    expect(svg.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|url\(|<script|<image|var\(--/,
    );
    expect(svg).not.toMatch(/NaN|undefined|Infinity|currentColor/);
  });

  it("has its own ground in every corner, and colours for dark pages", () => {
    const { pixels, width, height } = new Resvg(svg).render();
    for (const [x, y] of [
      [20, 20],
      [width - 20, 20],
      [20, height - 20],
      [width - 20, height - 20],
    ] as const) {
      expect([...pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)]).toEqual([
        255, 255, 255, 255,
      ]);
    }
    for (const name of ["ink", "soft", "ground", "ours", "paper", "retrain"] as const) {
      expect(svg).toContain(`[fill="${LIGHT[name]}"]{fill:${DARK[name]}}`);
    }
    // Whatever colour it uses has a dark one to take its place.
    const known = new Set<string>([...Object.values(LIGHT), "none"]);
    for (const [, colour] of svg
      .replace(/<style>[\s\S]*?<\/style>/g, "")
      .matchAll(/(?:fill|stroke)="([^"]+)"/g))
      expect(known).toContain(colour);
  });

  it("names its finding", () => {
    expect(svg).toContain(
      `${count} deletion request${count === 1 ? "" : "s"}: ${sampleReport(count).totals.steps.toLocaleString("en")} step`,
    );
  });
});
