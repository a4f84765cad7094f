import { chmod, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, dataset, type Place, signer } from "../../testing/model-directories.js";
import { readModel } from "./read-model.js";
import { loadModel } from "./stored-model.js";

/** A user who owns nothing here. */
const OTHER = 65534;

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** A model that this process may read, and not write to. */
async function readOnlyModel(): Promise<string> {
  const directory = await place.savedModel();
  await setModes(directory, 0o755, 0o644);
  return directory;
}

async function setModes(directory: string, folders: number, files: number): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  for (const entry of entries)
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? folders : files);
  await chmod(join(directory, ".."), 0o755);
  await chmod(directory, folders);
}

/** Root may write anywhere: its tests run as somebody else. */
async function asReader<T>(directory: string, run: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) {
    await setModes(directory, 0o555, 0o444);
    return run().finally(() => setModes(directory, 0o755, 0o644));
  }
  process.seteuid?.(OTHER);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

describe("a model in a directory that may not be written to", () => {
  it("can be read, which changes nothing, and not be opened", async () => {
    const directory = await readOnlyModel();
    const names = await readdir(directory, { recursive: true });
    await asReader(directory, async () => {
      const { model } = await readModel(directory);
      expect(model.score(dataset)).toBeGreaterThan(0.5);
      await expect(loadModel(directory)).rejects.toMatchObject({ code: "EACCES" });
    });
    expect(await readdir(directory, { recursive: true })).toEqual(names);
  });

  it("is refused while somebody holds it, even by a lock that may not be read", async () => {
    const directory = await readOnlyModel();
    const stored = await loadModel(directory);
    const isRefused = () => expect(readModel(directory)).rejects.toMatchObject({ code: "E_LOCKED" });
    await asReader(directory, isRefused);
    await chmod(join(directory, "lock"), 0o644);
    await asReader(directory, isRefused);
    await stored.close();
    await asReader(directory, () => readModel(directory));
  });

  it("is refused where a change was interrupted, since it cannot be finished", async () => {
    const directory = await readOnlyModel();
    const stored = await loadModel(directory);
    await stored.forget({ rows: [0] }, { signer });
    await stored.close();
    // As if whoever forgot had been killed before the certificate was moved to the others.
    const [name = ""] = await readdir(join(directory, "certificates"));
    await rename(
      join(directory, "certificates", name),
      join(directory, "generations", "2", "certificate.json"),
    );
    await setModes(directory, 0o755, 0o644);
    await asReader(directory, () =>
      expect(readModel(directory)).rejects.toThrow(/interrupted, and this process may not write there/),
    );
  });
});
