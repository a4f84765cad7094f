import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fit } from "../unlearner/fit.js";
import { encodeTable } from "./encode-table.js";
import { addToken, murmur3, tokensOf } from "./hashed-tokens.js";
import { readFeatureRows, readTable } from "./read-table.js";
import { featureNamesOf, parseSchema } from "./schema.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-hashed-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const label = { column: "spam", positive: ["yes"], negative: ["no"] };
const schemaOf = (...columns: readonly object[]) =>
  parseSchema({ version: 1, task: "binary", label, subject: null, columns });

async function table(lines: readonly string[]): Promise<string> {
  const path = join(folder, `${Math.random()}.csv`);
  await writeFile(path, `${["message,sender,spam", ...lines].join("\n")}\n`);
  return path;
}

describe("murmur3", () => {
  // Published values of MurmurHash3_x86_32, seed 0; scikit-learn's murmurhash3_32 gives the same.
  it.each([
    ["", 0],
    ["a", 0x3c2569b2],
    ["ab", 0x9bbfd75f],
    ["abc", 0xb3dd93fa],
    ["abcd", 0x43ed676a],
    ["hello", 0x248bfa47],
    ["The quick brown fox jumps over the lazy dog", 0x2e4ff723],
  ])("of %j is %i", (text, hash) => {
    expect(murmur3(new TextEncoder().encode(text))).toBe(hash);
  });
});

describe("tokens", () => {
  it("are word n-grams and character n-grams within words", () => {
    expect([...tokensOf("Free, FREE money!", { words: 2, characters: null })]).toEqual([
      "w free",
      "w free free",
      "w free",
      "w free money",
      "w money",
    ]);
    expect([...tokensOf("Ab", { words: 0, characters: [3, 4] })]).toEqual(["c  ab", "c ab ", "c  ab "]);
  });

  it("do not depend on how a letter is composed, and take letters of any script", () => {
    const of = (text: string) => [...tokensOf(text, { words: 1, characters: [2, 2] })];
    expect(of("Cafe\u0301")).toEqual(of("caf\u00e9"));
    expect(of("наука 科学 x2")).toContain("w наука");
    expect(of("\u{1f600}")).toEqual([]);
  });

  it("cancel or add up where they meet", () => {
    const counts = new Map<number, number>();
    for (const token of ["w a", "w a", "w b"]) addToken(token, 4, counts);
    const values = [...counts.values()].map(Math.abs);
    expect([...counts.keys()].every((place) => place >= 0 && place < 16)).toBe(true);
    expect(values.reduce((sum, value) => sum + value)).toBeLessThanOrEqual(3);
    expect(Math.max(...values)).toBeGreaterThanOrEqual(2);
  });
});

describe("text and hashed columns", () => {
  const schema = schemaOf(
    { name: "message", kind: "text", bits: 6, characters: [2, 3] },
    { name: "sender", kind: "hashed", bits: 5 },
  );

  it("make 2^bits features each: a text's of norm 1, and one of a category", async () => {
    const path = await table(["Win a prize,bob,yes", ",eve,no", "!!!,bob,no"]);
    const [row, empty, marks] = await readFeatureRows(path, schema);
    expect(featureNamesOf(schema)).toHaveLength(96);
    expect(featureNamesOf(schema).slice(63, 66)).toEqual(["message #63", "sender #0", "sender #1"]);
    expect(Math.hypot(...row!.subarray(0, 64))).toBeCloseTo(1, 12);
    expect(row!.subarray(64).filter((value) => value !== 0)).toHaveLength(1);
    // A missing text and one without a word.
    for (const none of [empty!, marks!])
      expect(none.subarray(0, 64).every((value) => value === 0)).toBe(true);
    expect(marks!.subarray(64)).toEqual(row!.subarray(64));
    const { chunks, featureNames } = await encodeTable(path, schema, { isRaw: true, hasLabels: false });
    for await (const { features } of chunks) expect(features.length).toBe(3 * featureNames.length);
  });

  it("learn: words of one kind of message, whoever sent it, and messages never seen", async () => {
    const spam = ["win a big prize now", "free money for you", "claim your free prize", "cheap pills now"];
    const ham = ["lunch at noon", "the report is ready", "see you at the meeting", "notes of the meeting"];
    const lines = Array.from({ length: 200 }, (_, i) => {
      const isSpam = i % 2 === 0;
      return `${(isSpam ? spam : ham)[(i >> 1) % 4]} ${i},s${i % 37},${isSpam ? "yes" : "no"}`;
    });
    const wide = schemaOf(
      { name: "message", kind: "text", bits: 10 },
      { name: "sender", kind: "hashed", bits: 6 },
    );
    const dataset = await readTable(await table(lines), wide);
    const model = await fit(dataset, {});
    const fresh = await readTable(
      await table(["a free prize now,new,yes", "report of the meeting,new,no"]),
      wide,
      { allowOneClass: true },
    );
    expect(model.predictNames(fresh)).toEqual(["yes", "no"]);
  });

  it.each([
    [{ name: "m", kind: "text", bits: 21 }, /columns\.0\.bits \(column "m"\)/],
    [{ name: "m", kind: "text", bits: 3 }, /columns\.0\.bits/],
    [{ name: "m", kind: "text", words: 0 }, /"m": expected words > 0 or characters/],
    [{ name: "m", kind: "text", characters: [4, 3] }, /"m": characters: expected \[least, most\]/],
    [{ name: "m", kind: "hashed", unknown: "other" }, /expected no field "unknown"/],
  ])("of %o are refused", (column, message) => {
    expect(() => schemaOf(column)).toThrow(message);
  });

  it("refuse a missing cell where it is an error, by row and column", async () => {
    const strict = schemaOf(
      { name: "message", kind: "text", missing: "error" },
      { name: "sender", kind: "hashed" },
    );
    await expect(readTable(await table(["hi,bob,yes", ",eve,no"]), strict)).rejects.toThrow(
      /row 2.*"message".*a text \(missing is not allowed here\)/,
    );
    await expect(readTable(await table(["hi,bob,yes", "ho,,no"]), strict)).rejects.toThrow(
      /row 2.*"sender".*a text/,
    );
  });
});
