import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** Rooms from the bottom up: a file imports only from its own room or from those before it. */
const ROOMS = [
  ["errors.ts", "version.ts", "package-file.ts", "math"],
  ["merkle"],
  ["accounting"],
  ["objective"],
  ["records"],
  ["data", "engine", "export"],
  ["row-files"],
  ["certificate"],
  ["ledger"],
  ["unlearner"],
  ["audit"],
  ["store"],
  ["core.ts", "index.ts"],
  ["database"],
  ["service"],
  ["backup"],
  ["http"],
  ["client"],
  ["report"],
  ["demo"],
  ["experiments"],
  ["cli"],
] as const;

const root = join(import.meta.dirname, "..", "src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const sources = files.filter((file) => !file.endsWith(".test.ts") && !file.endsWith("testing.ts"));

function rankOf(file: string): number {
  const [room] = file.split("/");
  const rank = ROOMS.findIndex((rooms) => (rooms as readonly string[]).includes(room));
  if (rank < 0) throw new Error(`src/${file} lies in no known room`);
  return rank;
}

/** Relative imports of a file, as paths under src/; type imports count too. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"(\.[^"]+)"/g)].map(
    ([, specifier]) => specifier,
  );
  return specifiers.map((specifier) => normalize(join(dirname(file), specifier)).replace(/\.js$/, ".ts"));
}

/** What a file imports at run time from outside; types are gone by then. */
function externalImportsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/import type .*|typeof import\(.*/g, "");
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^."][^"]*)"/g)].map(
    ([, specifier]) => specifier,
  );
}

/** All files that a file reaches. */
function reachableFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const next of importsOf(file)) reachableFrom(next, seen);
  return seen;
}

describe("the rooms", () => {
  it.each(sources)("src/%s imports nothing from above", (file) => {
    const upward = importsOf(file).filter((target) => rankOf(target) > rankOf(file));
    expect(upward).toEqual([]);
  });

  it("have no import cycles", () => {
    const state = new Map<string, "open" | "done">();
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") throw new Error(`cycle: ${[...path, file].join(" -> ")}`);
      state.set(file, "open");
      for (const next of importsOf(file)) visit(next, [...path, file]);
      state.set(file, "done");
    };
    for (const file of sources) visit(file, []);
  });

  it("of accounting and verification need nothing of Node's and only small packages", () => {
    for (const entry of ["accounting/index.ts", "certificate/verify-index.ts", "engine/index.ts"]) {
      const external = [...reachableFrom(entry)].flatMap(externalImportsOf);
      const strangers = external.filter((name) => !/^@(noble|stdlib)\//.test(name));
      expect(strangers, entry).toEqual([]);
    }
  });

  it("of the core, which browsers get, need nothing of Node's", () => {
    const external = [...reachableFrom("core.ts")].flatMap(externalImportsOf);
    expect(external.filter((name) => name.startsWith("node:"))).toEqual([]);
  });

  it("hold files of at most 300 lines", () => {
    const long = sources.filter(
      (file) =>
        !file.endsWith(".generated.ts") && readFileSync(join(root, file), "utf8").split("\n").length > 301,
    );
    expect(long.map((file) => relative(".", file))).toEqual([]);
  });
});
