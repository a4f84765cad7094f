import { expect, it } from "vitest";
import { inWords } from "../packages/web/dashboard/in-words.js";
import { idsInFile } from "../packages/web/dashboard/pages/ids-in-file.js";

it("leaves the header out of a file of ids where it is the subject column's name, and says so", () => {
  const text = 'email,plan\nann@example.com,basic\n"bob@example.com",pro\n';
  const ids = ["ann@example.com", "bob@example.com"];
  expect(idsInFile(text, "email")).toEqual({ ids, header: "email" });
  expect(idsInFile(text, "person")).toEqual({ ids: ["email", ...ids], header: null });
  expect(idsInFile(text, null).header).toBeNull();
  expect(idsInFile("", "email")).toEqual({ ids: [], header: null });
});

it("names the form's control, not the option of the API", () => {
  const text = 'subjects[1] owns no row of this data set. The option unknown: "skip" serves the others.';
  expect(inWords(text)).toBe(
    "Id 2 of your list owns no row of this data set. To serve the others, choose to pass over ids that nobody knows.",
  );
});
