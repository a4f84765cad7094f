import { Command } from "commander";
import { afterEach, expect, it, vi } from "vitest";
import { reasonOf, unreadable } from "../data/read-bytes.js";
import { reportError } from "./report-error.js";

afterEach(() => vi.restoreAllMocks());

const denied = (): NodeJS.ErrnoException =>
  Object.assign(new Error("EACCES: permission denied, open 'model/lock'"), {
    code: "EACCES",
    syscall: "open",
  });

it("what the operating system says is said once, with its code before it and no stack", () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(reportError(denied(), new Command("expunge"), [])).toBe(70);
  const said = written.mock.calls.map(([text]) => text).join("");
  expect(said).toMatch(/ EACCES: permission denied, open 'model\/lock'\n$/);
  expect(said.split("EACCES")).toHaveLength(2);
});

it("files that may not be read are named, in words", () => {
  expect(reasonOf(denied())).toBe("you may not read it");
  expect(unreadable("people.csv", denied()).message).toBe("Cannot read people.csv: you may not read it.");
});
