import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { OBJECTIVE_KINDS } from "../packages/expunge/src/objective/index.js";

/** Packages from the bottom up: what each may import of the others, and its rooms from the bottom up. "." is whatever lies in src itself. */
const PACKAGES: Readonly<
  Record<string, { readonly imports: RegExp; readonly rooms: readonly (readonly string[])[] }>
> = {
  expunge: {
    imports: /^$/,
    rooms: [
      ["errors.ts", "given.ts", "version.ts", "math"],
      ["merkle"],
      ["accounting"],
      ["objective"],
      ["records"],
      ["data", "engine", "features", "export"],
      ["row-files"],
      ["certificate"],
      ["ledger"],
      ["unlearner"],
      ["audit"],
      ["store"],
      ["core.ts", "index.ts", "options.ts", "process.ts"],
      ["plots"],
      ["cli"],
      ["internal.ts"],
    ],
  },
  // Bundled: the tables of what can be chosen, which need nothing.
  client: { imports: /^expunge\/options$/, rooms: [["schemas"], ["."]] },
  service: {
    imports: /^(expunge(\/(?!internal)[a-z]+)?|@expunge\/client(\/schemas)?)$/,
    rooms: [
      ["package-file.ts", "loop.ts", "some-at-once.ts", "objects"],
      ["child"],
      ["database"],
      ["keys", "rows", "accounts"],
      ["ledger", "datasets"],
      ["requests"],
      ["models"],
      ["work"],
      ["service"],
      ["backup", "protocols"],
      ["http"],
      ["index.ts"],
    ],
  },
  lab: {
    imports: /^expunge(\/[a-z]+)?$/,
    rooms: [["package-file.ts"], ["report"], ["demo"], ["experiments"], ["."]],
  },
};
/** The pages are consumers of what is published. */
const PAGES = {
  imports: /^(expunge(\/(?!internal|process)[a-z]+)?|@expunge\/client)$/,
  rooms: ["shared", "dashboard", "playground", "verifier"],
};
/** The command line loads the service, where it is installed. */
const LAZY = /^cli\//;

const packages = join(import.meta.dirname, "../packages");
const isSource = (file: string): boolean => /\.tsx?$/.test(file) && !/\.test\.ts$/.test(file);

function filesOf(folder: string): string[] {
  return readdirSync(join(packages, folder), { recursive: true, encoding: "utf8" }).filter(isSource).sort();
}

const read = (folder: string, file: string): string => readFileSync(join(packages, folder, file), "utf8");
const specifiersOf = (text: string): string[] =>
  [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"]+)"/g)].map(([, specifier]) => specifier as string);

/** Relative imports of a file, as paths under its package's src; type imports count too. */
function importsOf(name: string, file: string): string[] {
  return specifiersOf(read(`${name}/src`, file))
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => normalize(join(dirname(file), specifier)).replace(/\.js$/, ".ts"));
}

/** What a file imports at run time from outside its package; types are gone by then. */
function externalImportsOf(name: string, file: string): string[] {
  const text = read(`${name}/src`, file).replaceAll(/import type [^;]*;|typeof import\([^)]*\)/g, "");
  return specifiersOf(text).filter((specifier) => !specifier.startsWith("."));
}

const KINDS = new RegExp(`"(${OBJECTIVE_KINDS.join("|")})"`);

const ofOurs = (specifiers: readonly string[]): string[] =>
  specifiers.filter((specifier) => /^(expunge|@expunge)(\/|$)/.test(specifier));

function rankOf(name: string, file: string): number {
  const [room = ""] = file.split("/");
  const rooms = PACKAGES[name]?.rooms ?? [];
  const named = rooms.findIndex((rank) => rank.includes(room));
  const rank = named < 0 && !file.includes("/") ? rooms.findIndex((rank) => rank.includes(".")) : named;
  if (rank < 0) throw new Error(`packages/${name}/src/${file} lies in no known room`);
  return rank;
}

/** All files of a package that a file reaches. */
function reachableFrom(name: string, file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const next of importsOf(name, file)) reachableFrom(name, next, seen);
  return seen;
}

describe.each(Object.keys(PACKAGES))("packages/%s", (name) => {
  const files = filesOf(`${name}/src`);

  it.each(files)(
    "src/%s imports nothing from above, and nothing of other packages but what it may",
    (file) => {
      const upward = importsOf(name, file).filter(
        (target) => target.startsWith("..") || rankOf(name, target) > rankOf(name, file),
      );
      expect(upward).toEqual([]);
      const strangers = ofOurs(specifiersOf(read(`${name}/src`, file))).filter(
        (specifier) => !PACKAGES[name]?.imports.test(specifier),
      );
      expect(strangers.filter((specifier) => specifier !== "@expunge/service" || !LAZY.test(file))).toEqual(
        [],
      );
    },
  );

  it("has no import cycles", () => {
    const state = new Map<string, "open" | "done">();
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") throw new Error(`cycle: ${[...path, file].join(" -> ")}`);
      state.set(file, "open");
      for (const next of importsOf(name, file)) visit(next, [...path, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
  });

  it("holds files of at most 300 lines", () => {
    const long = files.filter(
      (file) => !file.endsWith(".generated.ts") && read(`${name}/src`, file).split("\n").length > 301,
    );
    expect(long).toEqual([]);
  });

  it("declares what it imports", () => {
    const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifestOf(name);
    const declared = new Set(Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }));
    const imported = files.flatMap((file) => externalImportsOf(name, file)).map(packageOf);
    const missing = imported.filter((one) => !one.startsWith("node:") && one !== name && !declared.has(one));
    expect([...new Set(missing)]).toEqual([]);
  });
});

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
}

/** "@scope/name/entry" without its entry. */
const packageOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

describe("the packages", () => {
  it("load the service from the command line only when a command needs it", () => {
    const eager = filesOf("expunge/src").filter((file) =>
      /^import (?!type)[^;]*"@expunge\/service"/m.test(read("expunge/src", file)),
    );
    expect(eager).toEqual([]);
  });

  it("take the time from the database in the service, whose machines may have other ideas of it", () => {
    const trusting = filesOf("service/src").filter((file) =>
      /new Date\(\)|Date\.now\(\)/.test(read("service/src", file)),
    );
    expect(trusting).toEqual([]);
  });

  it("have one version", () => {
    const versions = ["expunge", "client", "service", "lab", "web"].map((name) => manifestOf(name).version);
    expect(new Set(versions).size).toBe(1);
    const { dependencies } = manifestOf("service");
    expect([dependencies?.expunge, dependencies?.["@expunge/client"]]).toEqual([versions[0], versions[0]]);
    expect(manifestOf("expunge").peerDependencies?.["@expunge/service"]).toBe(versions[0]);
  });

  it("need nothing of Node's and only what is bundled, for accounting, verification, the engine and the options", () => {
    for (const entry of [
      "accounting/index.ts",
      "certificate/verify-index.ts",
      "engine/index.ts",
      "options.ts",
    ]) {
      const external = [...reachableFrom("expunge", entry)].flatMap((file) =>
        externalImportsOf("expunge", file),
      );
      expect(
        external.filter((one) => !/^@(noble|stdlib)\//.test(one)),
        entry,
      ).toEqual([]);
    }
  });

  it("need nothing of Node's for the core, which browsers get", () => {
    const external = [...reachableFrom("expunge", "core.ts")].flatMap((file) =>
      externalImportsOf("expunge", file),
    );
    expect(external.filter((one) => one.startsWith("node:"))).toEqual([]);
  });

  it("need nothing of Node's for drafts of schemas, which pages make", () => {
    const external = [...runtimeReach("expunge", "data/draft-text.ts")].flatMap((file) =>
      externalImportsOf("expunge", file),
    );
    expect(external.filter((one) => one.startsWith("node:"))).toEqual([]);
  });

  it("give the client's types without a dependency at run time", () => {
    const external = [...runtimeReach("client", "index.ts")].flatMap((file) =>
      externalImportsOf("client", file),
    );
    expect(external).toEqual([]);
  });
});

/** What an entry reaches when types are gone. */
function runtimeReach(name: string, file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = read(`${name}/src`, file).replaceAll(/(import|export) type [^;]*;/g, "");
  for (const specifier of specifiersOf(text))
    if (specifier.startsWith("."))
      runtimeReach(name, normalize(join(dirname(file), specifier)).replace(/\.js$/, ".ts"), seen);
  return seen;
}

describe("names of objectives", () => {
  const folders = [...Object.keys(PACKAGES).map((name) => `${name}/src`), "web"];
  /** What means one objective and no other: made-up data and the paper's experiments. */
  const CHOSEN = ["lab/src/report/sample-report.ts", "lab/src/experiments/simulate.ts"];

  it("are written in objective/ alone: all else reads the registry", () => {
    const named = folders.flatMap((folder) =>
      filesOf(folder)
        .map((file) => `${folder}/${file}`)
        .filter((path) => !/node_modules|\/dist\/|^expunge\/src\/objective\//.test(path))
        .filter((path) => KINDS.test(readFileSync(join(packages, path), "utf8"))),
    );
    expect(named.sort()).toEqual(CHOSEN.sort());
  });
});

describe("packages/web", () => {
  it.each(PAGES.rooms)("%s uses published entries alone", (room) => {
    const files = filesOf(`web/${room}`);
    const strangers = files.flatMap((file) =>
      ofOurs(specifiersOf(read(`web/${room}`, file))).filter((specifier) => !PAGES.imports.test(specifier)),
    );
    expect(strangers).toEqual([]);
  });
});
