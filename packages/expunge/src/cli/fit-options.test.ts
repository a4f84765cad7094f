import { describe, expect, it } from "vitest";
import { FIT_OPTIONS, type FitOptionName } from "../unlearner/fit-option-table.js";
import { helpOf, type OptionEntry } from "../unlearner/option-entry.js";
import { TUNE_OPTIONS } from "../unlearner/tune-option-table.js";
import { flagOf } from "./fit-options.js";
import { createProgram } from "./program.js";

/** Help by flag. */
function helpOfCommand(name: string): Record<string, string> {
  const command = createProgram().commands.find((one) => one.name() === name);
  return Object.fromEntries(command?.options.map(({ long, description }) => [long, description]) ?? []);
}

const textOf = (option: OptionEntry): string => helpOf(option, flagOf);

describe("options of commands", () => {
  const train = helpOfCommand("train");
  const tune = helpOfCommand("tune");

  /** `tunedOn` comes with --plan. */
  it.each((Object.keys(FIT_OPTIONS) as FitOptionName[]).filter((name) => name !== "tunedOn"))(
    "train says of %s what the table says",
    (name) => {
      expect(train[flagOf(name)]).toContain(textOf(FIT_OPTIONS[name]));
    },
  );

  it("tune says the same of those of fit that it takes", () => {
    for (const name of ["epsilon", "delta", "maxNoise", "objective", "deletion"] as const)
      expect(tune[flagOf(name)]).toBe(train[flagOf(name)]);
    for (const [name, option] of Object.entries(TUNE_OPTIONS))
      expect(tune[flagOf(name)]).toBe(textOf(option));
  });

  it("name others as the command line does", () => {
    expect(train["--sigma"]).toContain("--unlearn-steps");
    expect(Object.values({ ...train, ...tune }).join()).not.toMatch(/[{}]/);
  });
});
