import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FirstBytes, readTableHead } from "./draft-text.js";
import { inferSchema } from "./infer-schema.js";

const ROWS = Array.from({ length: 60 }, (_, i) => [
  `p${i}@example.com`,
  String(20 + (i % 40)),
  ["free", "paid"][i % 2]!,
  i % 3 === 0 ? "no" : "yes",
]);
const NAMES = ["email", "age", "plan", "renewed"];
const linesOf = (rows: readonly (readonly string[])[], delimiter: string, end: string): string =>
  rows.map((row) => `${row.join(delimiter)}${end}`).join("");

const bytesOf = (text: string, isWhole = true): FirstBytes => ({
  ...{ name: "people.csv", bytes: new TextEncoder().encode(text), isWhole },
});

describe("a draft from the first bytes", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "expunge-draft-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["commas", linesOf([NAMES, ...ROWS], ",", "\n"), { label: "renewed", subject: "email" }],
    ["semicolons", linesOf([NAMES, ...ROWS], ";", "\r\n"), { label: "renewed", subject: "email" }],
    ["no header", linesOf(ROWS, "\t", "\r"), { label: "column4", subject: "column1" }],
    [
      "quotes",
      linesOf([NAMES, ...ROWS.map(([a, b, c, d]) => [a!, b!, `"${c}\nplan"`, d!])], ",", "\n"),
      { label: "renewed" },
    ],
  ])("is the one of a whole file: %s", async (name, text, asked) => {
    const path = join(folder, `${name}.csv`);
    await writeFile(path, text);
    const head = await readTableHead({ ...bytesOf(text), name: path });
    const drafted = await head.draft(asked);
    const inferred = await inferSchema(path, asked);
    expect(drafted.text).toBe(inferred.text);
    expect(drafted.schema).toEqual(inferred.schema);
    expect(drafted.notes).toEqual(inferred.notes);
  });

  it("says which columns there are, and takes a reader's word on the header", async () => {
    const named = await readTableHead(bytesOf(linesOf([NAMES, ...ROWS], ";", "\n")));
    expect(named).toMatchObject({ columns: NAMES, header: true, delimiter: ";" });
    expect(named.notes.join()).toContain('separated by ";"');
    const text = linesOf(ROWS, ",", "\n");
    const bare = await readTableHead(bytesOf(text));
    expect(bare).toMatchObject({ columns: ["column1", "column2", "column3", "column4"], header: false });
    expect((await readTableHead(bytesOf(text), { header: true })).columns).toEqual(ROWS[0]);
    await expect(bare.draft({ label: "renewed" })).rejects.toMatchObject({ code: "E_SCHEMA" });
  });

  it("leaves out a last line that is cut off, within quotes too, and says that there is more", async () => {
    const text = linesOf([NAMES, ...ROWS], ",", "\n");
    const whole = await (await readTableHead(bytesOf(text))).draft({ label: "renewed", subject: "email" });
    for (const tail of ["p60@examp", '"p60@example.com,5\n6\n']) {
      const head = await readTableHead(bytesOf(text + tail, false));
      const { schema, notes } = await head.draft({ label: "renewed", subject: "email" });
      expect(schema).toEqual(whole.schema);
      expect(notes[0]).toContain("the first 60 rows, though there are more");
    }
  });

  it("refuses what is no text", async () => {
    const bytes = Uint8Array.of(0x61, 0x2c, 0xff, 0xfe, 0x0a);
    await expect(readTableHead({ name: "x.csv", bytes, isWhole: true })).rejects.toMatchObject({
      code: "E_DATA",
    });
    await expect(
      readTableHead({ name: "x.csv", bytes: new Uint8Array(), isWhole: true }),
    ).rejects.toMatchObject({
      code: "E_DATA",
    });
  });
});
