import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import pkg from "../package.json" with { type: "json" };
import { EXIT_CODES } from "../src/cli/exit-codes.js";
import { ERROR_SUMMARIES } from "../src/errors.js";
import { VERSION } from "../src/version.js";

it("docs/errors.md lists every code with its exit code and summary, and no other", () => {
  const rows = readFileSync("docs/errors.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `E_"));
  const expected = Object.entries(ERROR_SUMMARIES).map(
    ([code, summary]) => `| \`${code}\` | ${EXIT_CODES[code as keyof typeof EXIT_CODES]} | ${summary} |`,
  );
  expect([...rows].sort()).toEqual([...expected].sort());
});

it("the version in the code is the package's", () => {
  expect(VERSION).toBe(pkg.version);
});
