import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

/**
 * Bundles one entry of src/ as it stands now and imports it: no build is needed.
 *
 * @param entry path below src/
 * @param directory where the bundle is kept; workers started from it need the file for as long as they run
 */
export async function importSource(entry, directory) {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`../../expunge/src/${entry}`, import.meta.url)),
  });
  const file = join(directory, `${entry.replaceAll("/", "-")}.mjs`);
  await bundle.write({ file, format: "esm" });
  return import(pathToFileURL(file).href);
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
