import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "rolldown";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Bundles one TypeScript file as it stands now, so that plain Node runs it: no build is needed.
 *
 * @param input its path
 * @param directory where the bundle is kept
 * @param external which packages stay outside, as rolldown takes it; they are looked for from the directory
 * @returns the bundle's path
 */
export async function bundle(input, directory, external = []) {
  const file = join(directory, `${relative(ROOT, input).replaceAll("/", "-")}.mjs`);
  await build({
    input,
    output: { file, format: "esm", codeSplitting: false },
    platform: "node",
    resolve: { conditionNames: ["@expunge/source"] },
    external,
    logLevel: "silent",
  });
  return file;
}

/**
 * Bundles one entry of the library's src/ and imports it.
 *
 * @param entry path below src/
 * @param directory where the bundle is kept; workers started from it need the file for as long as they run
 */
export async function importSource(entry, directory) {
  const file = await bundle(join(ROOT, "packages/expunge/src", entry), directory);
  return import(pathToFileURL(file).href);
}

/** What bundles of the service leave outside: packages with files of their own. */
const OUTSIDE_SERVICES = [/^node:/, "pg", "pg-boss", "@electric-sql/pglite", /^drizzle-orm/];

/** Bundles one file that opens a service, as `bundle` does. @param path below the repository */
export function bundleService(path, directory) {
  return bundle(join(ROOT, path), directory, OUTSIDE_SERVICES);
}

/** The same, and imports it. */
export async function importService(path, directory) {
  return import(pathToFileURL(await bundleService(path, directory)).href);
}

/** Makes an empty directory inside the repository, where packages are found, for bundles that need them. */
export async function cacheDirectory(name) {
  const directory = join(ROOT, "node_modules/.cache", name);
  await mkdir(directory, { recursive: true });
  return directory;
}

/** Says where the rows of services are, here and in processes started from here: as EXPUNGE_ROWS does, or in a folder. @returns what removes it */
export async function placeRows() {
  if (process.env.EXPUNGE_ROWS) return async () => {};
  const folder = await mkdtemp(join(tmpdir(), "expunge-bench-rows-"));
  process.env.EXPUNGE_ROWS = folder;
  return () => rm(folder, { recursive: true });
}

/** Calls `use` with a fresh temporary directory that is removed afterwards, come what may. */
export async function withTemporaryDirectory(use) {
  const directory = await mkdtemp(join(tmpdir(), "expunge-bench-"));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
