import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDataset } from "../data/create-dataset.js";
import { FIT_OPTIONS } from "./fit-option-table.js";
import { type OptionEntry, sentencesOf } from "./option-entry.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { TUNE_OPTIONS } from "./tune-option-table.js";

/** Optional properties of an interface with their documentation, as one line each, in the order of the source. */
function documentedIn(file: string, name: string): Record<string, string> {
  const text = readFileSync(join(import.meta.dirname, file), "utf8");
  const start = text.indexOf(`export interface ${name} `);
  const body = text.slice(start, text.indexOf("\n}\n", start));
  const found = body.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+)\?:/g);
  return Object.fromEntries(
    [...found].map(([, comment = "", property = ""]) => [
      property,
      comment
        .replaceAll(/\n\s*\*/g, " ")
        .replaceAll(/\s+/g, " ")
        .trim(),
    ]),
  );
}

const sentences = (table: Readonly<Record<string, OptionEntry>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, sentencesOf(option, (other) => `\`${other}\``)]),
  );

describe("the table of options", () => {
  it("of fit is what the interface says, option for option", () => {
    expect(documentedIn("options.ts", "FitOptions")).toEqual(sentences(FIT_OPTIONS));
  });

  it("of tune is what the interface says", () => {
    expect(documentedIn("tune-options.ts", "TuneOptions")).toMatchObject(sentences(TUNE_OPTIONS));
  });

  it("has the defaults that a plan takes", () => {
    const rows = [
      [1, 0],
      [0, 1],
      [1, 1],
      [0.5, 0],
    ];
    const dataset = createDataset({ features: rows, labels: [1, -1, 1, -1] });
    const usual = (names: readonly (keyof FitOptions)[]): FitOptions =>
      Object.fromEntries(names.map((name) => [name, (FIT_OPTIONS[name] as OptionEntry).usual]));
    const always = usual(["epsilon", "delta", "requesters", "deletion", "kernel"]);
    expect(makeTrainingPlan(dataset, always)).toEqual(makeTrainingPlan(dataset, {}));
    const everyStep = { ...always, ...usual(["requests", "rowsPerRequest", "releaseAt"]) };
    expect(makeTrainingPlan(dataset, { ...everyStep, noise: "every-step", epochs: 300 })).toEqual(
      makeTrainingPlan(dataset, { noise: "every-step", epochs: 300 }),
    );
  });
});
