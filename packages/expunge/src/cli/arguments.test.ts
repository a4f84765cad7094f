import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { linesOf, readText } from "./arguments.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-lines-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("reads lines that lie across the pieces a file comes in, without blanks, whatever they end with", async () => {
  // Longer than a piece of 64 KiB, with characters of several bytes at every place.
  const ids = Array.from({ length: 20_000 }, (_, i) => `pérson-${i}-日本`);
  const path = join(folder, "ids.txt");
  await writeFile(path, `\n${ids.map((id, i) => `  ${id}${i % 2 === 0 ? "\r\n" : " \n\n"}`).join("")}last`);
  expect(await linesOf(path)).toEqual([...ids, "last"]);
});

it("names a file that cannot be read", async () => {
  await expect(linesOf(join(folder, "nowhere.txt"))).rejects.toMatchObject({
    code: "E_OPTION",
    message: expect.stringMatching(/nowhere\.txt: there is no such file/),
  });
  await expect(linesOf(folder)).rejects.toMatchObject({ code: "E_OPTION" });
});

it("reads UTF-16 by its byte-order mark, and drops the mark of UTF-8", async () => {
  const path = join(folder, "marked.txt");
  for (const [encoding, text] of [
    ["utf8", "\ufeffann\nzoë\n"],
    ["utf16le", "\ufeffann\r\nzoë\r\n"],
  ] as const) {
    await writeFile(path, text, encoding);
    expect(await linesOf(path)).toEqual(["ann", "zoë"]);
    expect(await readText(path)).toBe(text.slice(1));
  }
});
