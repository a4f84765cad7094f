import { join } from "node:path";
import type { DurableFiles } from "./durable-files.js";
import { bytesOf, FILES, generationPath, readFloats } from "./layout.js";
import type { ModelRecord } from "./model-records.js";

/** Erases what a generation's request removed, and every other generation. Safe to repeat. */
export async function finishErasing(
  files: DurableFiles,
  directory: string,
  generation: number,
  record: ModelRecord,
): Promise<void> {
  const { featureCount, process } = record.plan;
  if (record.erase.length > 0) {
    const replacements =
      process.deletion === "replace"
        ? await readFloats(
            files,
            join(generationPath(directory, generation), "replacements.f32"),
            record.erase.length * (featureCount + 1),
          )
        : new Float32Array(record.erase.length * (featureCount + 1));
    const rowOf = (i: number): Uint8Array =>
      bytesOf(replacements.slice(i * (featureCount + 1), (i + 1) * (featureCount + 1) - 1));
    const labelOf = (i: number): Uint8Array =>
      bytesOf(replacements.slice((i + 1) * (featureCount + 1) - 1, (i + 1) * (featureCount + 1)));
    await files.overwrite(
      join(directory, FILES.rows),
      record.erase.map(({ slot }, i) => ({ offset: slot * featureCount * 4, data: rowOf(i) })),
    );
    await files.overwrite(
      join(directory, FILES.labels),
      record.erase.map(({ slot }, i) => ({ offset: slot * 4, data: labelOf(i) })),
    );
    if (record.hasOwners) {
      const nobody = new Uint8Array(32);
      await files.overwrite(
        join(directory, FILES.owners),
        record.erase.map(({ row }) => ({ offset: row * 32, data: nobody })),
      );
    }
  }
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
