import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf, realData, temporaryFiles } from "../../testing/files.js";
import { inferSchema } from "./infer-schema.js";
import { lookAlikeNotes } from "./look-alikes.js";
import { readTable } from "./read-table.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();
const cases = realData("cases");

describe("lookAlikeNotes", () => {
  it("says how ids differ that look alike, and in which rows, never the ids", () => {
    const [note, ...others] = lookAlikeNotes([
      "zo\u00eb@x.org",
      "zoe\u0308@x.org",
      "ann@x.org",
      "Ann@x.org",
      "ann@x.org\u200b",
      "ann@x.org\u00a0",
      " ANN@x.org",
      "Ann@x.org",
      "bob@x.org",
    ]);
    expect(others).toEqual([]);
    expect(note).toMatch(/^5 subject ids differ from another that looks the same: /);
    expect(note).toContain("1 in their Unicode form (rows 1 and 2)");
    expect(note).toContain("1 in upper and lower case (rows 3 and 4)");
    expect(note).toContain("1 in invisible marks (rows 3 and 5)");
    expect(note).toContain("1 in spaces (rows 3 and 6)");
    expect(note).toContain("1 in several ways (rows 3 and 7)");
    expect(note).toContain('"subjectForm": "NFC-trim-lower-case"');
    expect(note).not.toMatch(/x\.org/);
  });

  it("offers the form only where it makes the spellings one", () => {
    const [mended] = lookAlikeNotes(["ann", "ANN", "stra\u00dfe", "STRASSE"]);
    expect(mended).toMatch(
      /^2 subject ids differ from another that looks the same: 1 in upper and lower case \(/,
    );
    expect(mended).toContain("It leaves 1 of them different: mend them in the file.");
    const [unmended] = lookAlikeNotes(["\uff21\uff2e\uff2e", "ANN"]);
    expect(unmended).toMatch(/If they are the same people, mend them in the file\.$/);
    expect(unmended).not.toContain("subjectForm");
    expect(lookAlikeNotes(["ANN", "ann"])[0]).not.toContain("It leaves");
  });

  it("is silent where ids only resemble each other", () => {
    expect(lookAlikeNotes(["ann", "anna", "ann", "1", "1.0", "\u00e4nn"])).toEqual([]);
    expect(lookAlikeNotes(null)).toEqual([]);
  });
});

const table = (ids: readonly string[]) =>
  `id,x,y\n${ids.map((id, i) => `${id},${i},${i % 2 === 0 ? "yes" : "no"}`).join("\n")}\n`;
const draft = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["yes"], negative: ["no"] },
  subject: "id",
  columns: [{ name: "x", kind: "numeric", centre: 0, scale: 1 }],
};

describe("subjectForm", () => {
  it("reads ids in the form that the schema declares", async () => {
    const path = await file("t.csv", table(["Zo\u00eb", '" zoe\u0308 "', "\u200bZOE\u0308", "bob"]));
    const subjectsIn = async (subjectForm?: string) =>
      (await readTable(path, parseSchema({ ...draft, ...(subjectForm ? { subjectForm } : {}) }))).subjects;
    expect(await subjectsIn()).toEqual(["Zo\u00eb", " zoe\u0308 ", "\u200bZOE\u0308", "bob"]);
    expect(await subjectsIn("NFC")).toEqual(["Zo\u00eb", " zo\u00eb ", "\u200bZO\u00cb", "bob"]);
    expect(await subjectsIn("NFC-trim-lower-case")).toEqual(["zo\u00eb", "zo\u00eb", "zo\u00eb", "bob"]);
  });

  it("takes no id that the form leaves empty", async () => {
    const path = await file("t.csv", table(["ann", "\u200b\u00ad"]));
    const schema = parseSchema({ ...draft, subjectForm: "NFC-trim-lower-case" });
    expect((await errorOf("E_DATA", () => readTable(path, schema))).message).toContain(
      'row 2 (line 3), column "id": expected a subject id, found none.',
    );
  });

  it("is declared for a subject column alone, and known by name", async () => {
    const given = { ...draft, subject: null, subjectForm: "NFC" };
    expect((await errorOf("E_SCHEMA", () => parseSchema(given))).message).toMatch(
      /subjectForm: expected none/,
    );
    await errorOf("E_SCHEMA", () => parseSchema({ ...draft, subjectForm: "NFKC" }));
  });

  it("is asked for by a draft where ids look alike", async () => {
    const ids = ["Ann", "ann", ...Array.from({ length: 8 }, (_, i) => `p${i}`)];
    const { notes } = await inferSchema(await file("t.csv", table(ids)), { label: "y", subject: "id" });
    expect(notes.join("\n")).toContain(
      "1 subject id differs from another that looks the same: in upper and lower case (rows 1 and 2)",
    );
  });

  it.skipIf(cases === null)(
    "the case subject-nfc-nfd: noted without a form, two people with one",
    async () => {
      const path = join(cases as string, "subject-nfc-nfd", "in.csv");
      const { schema, notes } = await inferSchema(path, { label: "label", subject: "id" });
      expect(notes.join("\n")).toMatch(/the same: in their Unicode form/);
      const count = async (subjectForm: "none" | "NFC") =>
        new Set((await readTable(path, parseSchema({ ...schema, subjectForm }))).subjects).size;
      expect(await count("NFC")).toBe((await count("none")) - 1);
    },
  );
});
