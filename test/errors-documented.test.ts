import { readFileSync } from "node:fs";
import { VERSION } from "expunge";
import { expect, it } from "vitest";
import pkg from "../packages/expunge/package.json" with { type: "json" };
import { EXIT_CODES } from "../packages/expunge/src/cli/exit-codes.js";
import { ERROR_SUMMARIES } from "../packages/expunge/src/errors.js";
import { HTTP_ERRORS, STATUSES } from "../packages/service/src/http/problem.js";

it("docs/errors.md lists every code with its exit code and summary, and no other", () => {
  const [ofErrors = ""] = readFileSync("docs/errors.md", "utf8").split("## Over HTTP");
  const rows = ofErrors.split("\n").filter((line) => line.startsWith("| `E_"));
  const expected = Object.entries(ERROR_SUMMARIES).map(
    ([code, summary]) => `| \`${code}\` | ${EXIT_CODES[code as keyof typeof EXIT_CODES]} | ${summary} |`,
  );
  expect([...rows].sort()).toEqual([...expected].sort());
});

it("docs/errors.md lists the HTTP statuses of all codes", () => {
  const [, overHttp = ""] = readFileSync("docs/errors.md", "utf8").split("## Over HTTP");
  const lines = overHttp.split("\n");
  const found = lines.flatMap((line) => {
    const [, status, codes = ""] = /^\| (\d{3}) \| (.*) \|$/.exec(line) ?? [];
    return [...codes.matchAll(/`(E_\w+)`/g)].map(([, code]) => [code, Number(status)]);
  });
  expect(Object.fromEntries(found)).toEqual(STATUSES);
  const expected = Object.entries(HTTP_ERRORS).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
  );
  expect(lines.filter((line) => line.startsWith("| `E_")).sort()).toEqual(expected.sort());
});

it("the version in the code is the package's", () => {
  expect(VERSION).toBe(pkg.version);
});
