import { FIT_OPTIONS, type OptionEntry, sentencesOf } from "expunge/options";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { FitOptions } from "./fit-options.js";

describe("the API's options of fit", () => {
  const schemas: Readonly<Record<string, z.ZodType>> = FitOptions.shape;
  const shared = Object.entries<OptionEntry>(FIT_OPTIONS).filter(([name]) => name !== "seed");

  it("are the library's, but for seeds", () => {
    expect(Object.keys(schemas).sort()).toEqual(shared.map(([name]) => name).sort());
  });

  it.each(shared)("say of %s what the library says", (name, option) => {
    expect(schemas[name]?.description).toBe(sentencesOf(option, (other) => other));
  });

  it("end where the library's end", () => {
    expect(FitOptions.safeParse({ epsilon: 20, delta: 1e-10, l2: 0 }).success).toBe(true);
    for (const beyond of [{ epsilon: 20.1 }, { delta: 1 }, { delta: 0 }, { adaptiveEpsilon: 0 }, { l2: -1 }])
      expect(FitOptions.safeParse(beyond).success, JSON.stringify(beyond)).toBe(false);
  });
});
