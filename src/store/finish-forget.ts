import { join } from "node:path";
import type { DurableFiles } from "./durable-files.js";
import { bytesOf, FILES, generationPath, readFloats } from "./layout.js";
import type { ModelRecord } from "./model-records.js";

/** Left in a generation once the bytes that its request removed are overwritten, so that opening need not do it again. */
const MARKER = "erased";

/**
 * Erases what a generation's request removed, every other generation, and certificates that were never in force. Safe to repeat.
 * @returns whether rows were overwritten
 */
export async function finishErasing(
  files: DurableFiles,
  directory: string,
  generation: number,
  record: ModelRecord,
): Promise<boolean> {
  const home = generationPath(directory, generation);
  const isDone = record.erase.length === 0 || (await files.list(home)).includes(MARKER);
  if (!isDone) {
    await overwriteRows(files, directory, home, record);
    await files.write(join(home, MARKER), "");
  }
  await eraseStrangers(files, directory, generation, record);
  return !isDone;
}

async function overwriteRows(
  files: DurableFiles,
  directory: string,
  home: string,
  record: ModelRecord,
): Promise<void> {
  const { featureCount, process } = record.plan;
  // One record of features and label for each slot removed; zeros make it empty.
  const width = featureCount + 1;
  const floats = record.erase.length * width;
  const contents =
    process.deletion === "replace"
      ? await readFloats(files, join(home, "replacements.f32"), floats)
      : new Float32Array(floats);
  const rows = record.erase.map(({ slot }, i) => ({
    offset: slot * featureCount * 4,
    data: bytesOf(contents.slice(i * width, (i + 1) * width - 1)),
  }));
  const labels = record.erase.map(({ slot }, i) => ({
    offset: slot * 4,
    data: bytesOf(contents.slice((i + 1) * width - 1, (i + 1) * width)),
  }));
  await files.overwrite(join(directory, FILES.rows), rows);
  await files.overwrite(join(directory, FILES.labels), labels);
  if (!record.hasOwners) return;
  const nobody = new Uint8Array(32);
  const owners = record.erase.map(({ row }) => ({ offset: row * 32, data: nobody }));
  await files.overwrite(join(directory, FILES.owners), owners);
}

async function eraseStrangers(
  files: DurableFiles,
  directory: string,
  generation: number,
  record: ModelRecord,
): Promise<void> {
  for (const name of await files.list(join(directory, "generations"))) {
    if (/^\d+$/.test(name) && name !== String(generation))
      await files.erase(join(directory, "generations", name));
  }
  const known = new Set(record.timeline.requests.map(({ certificateId }) => `${certificateId}.json`));
  for (const name of await files.list(join(directory, "certificates"))) {
    // A certificate whose generation never came into force was shown to nobody.
    if (/^[0-9a-f-]{36}\.json$/.test(name) && !known.has(name))
      await files.erase(join(directory, "certificates", name));
  }
}
