import { Command } from "commander";
import { expect, it } from "vitest";
import { DomainError, ExpungeError, messageIn, optionError, wordedError } from "../errors.js";
import { optionWords } from "./option-words.js";
import { inWords, subjectWords } from "./request-words.js";

const words = optionWords(
  new Command("train").option("--max-noise <nu>").option("--noise <when>").option("--rows <list>"),
);

it("errors name fields as options where a command has them, and as in programs where it has not", () => {
  const spoken = (error: ExpungeError | DomainError) => [error.message, messageIn(error, words)];
  expect(spoken(optionError("maxNoise", -1, "in (0, 1]"))).toEqual([
    "Expected maxNoise = -1 in (0, 1].",
    "Expected --max-noise = -1 in (0, 1].",
  ]);
  expect(messageIn(new DomainError("smoothness", -1, "in (0, 1]"), words)).toBe(
    "Expected smoothness = -1 in (0, 1].",
  );
  const mixed = wordedError(
    "E_OPTION",
    ({ field, setting }) => `${field("rows", 3)}, ${field("subjects", 0)}, ${setting("noise", "on-release")}`,
  );
  expect(spoken(mixed)).toEqual([
    'rows[3], subjects[0], noise = "on-release"',
    "number 4 of --rows, subjects[0], --noise on-release",
  ]);
  expect(messageIn(new ExpungeError("E_DATA", "maxNoise is a column."), words)).toBe("maxNoise is a column.");
});

it("what a command knows better goes before its options, and code and details stay", () => {
  const stranger = wordedError("E_UNKNOWN_SUBJECT", ({ field }) => `${field("subjects", 2)} owns no row.`, {
    index: 2,
  });
  const own = { subject: ["a", "b"], subjectsFile: "ids.txt" };
  const said = inWords(stranger, subjectWords(own)) as ExpungeError;
  expect([said.code, said.details, messageIn(said, words)]).toEqual([
    "E_UNKNOWN_SUBJECT",
    { index: 2 },
    "id number 1 of ids.txt owns no row.",
  ]);
  expect(messageIn(inWords(mixedUp(), subjectWords(own)) as ExpungeError, words)).toBe("--max-noise");
});

const mixedUp = (): ExpungeError => wordedError("E_OPTION", ({ field }) => field("maxNoise"));
