import { ExpungeError } from "expunge";
import { describe, expect, it } from "vitest";
import { BodyError } from "../child/body-error.js";
import { withoutValues } from "../child/without-values.js";
import { publicError } from "./problem.js";

const textOf = (code: "E_SCHEMA" | "E_DATA", details: object, records?: string): string =>
  (withoutValues(new ExpungeError(code, "secret", { ...details }), records) as Error).message;

describe("what is said of a table that came", () => {
  it.each([
    [{ fault: "missing", column: "calls" }, /^data: expected a column "calls", .*; it is missing\.$/],
    [{ fault: "undeclared", column: "zzz" }, /^data: column "zzz" is not declared in the schema\./],
    [{ fault: "lists", column: "x" }, /^data: column "x": expected single values/],
    [{ fault: "no header", column: "y" }, /^data: expected a column "y" and the others .* found none/],
    [{}, /^data: its columns are not those/],
  ])("tells a fault of columns from its opposite: %j", (details, text) => {
    expect(textOf("E_SCHEMA", details)).toMatch(text);
  });

  it("names an empty file, and no cell", () => {
    const expected = "a header line";
    expect(textOf("E_DATA", { expected, found: "an empty file" })).toBe(
      "data: expected a header line, found an empty file.",
    );
    const cell = { row: 2, line: 3, column: "age", expected: "a number", found: "an empty file" };
    expect(textOf("E_DATA", cell)).toBe('data: row 2 (line 3), column "age": expected a number.');
  });

  it("counts rows of JSON as the list does, without lines", () => {
    const cell = { row: 1, line: 2, column: "age", expected: "a number", found: "x" };
    expect(textOf("E_DATA", cell, "rows")).toBe('rows[0]: column "age": expected a number.');
  });
});

describe("what is said of a body that is not as expected", () => {
  it("is its first fault, and a title beside it", () => {
    const issues = [{ instancePath: "/subjects/0", message: "Expected a text.", params: {} }];
    expect(publicError(new BodyError(issues))).toMatchObject({
      title: "The request is not of the form that is expected.",
      detail: "/subjects/0: Expected a text.",
    });
  });

  it("is that it is no JSON, where it is none", () => {
    expect(publicError(new BodyError([]))).toMatchObject({
      code: "E_SYNTAX",
      detail: "The body is no JSON, or was cut off.",
    });
  });
});
