import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syntheticDataset } from "../../../test/synthetic.js";
import { createSigner } from "../src/certificate/dsse.js";
import { type StoredModel, saveModel } from "../src/store/stored-model.js";
import { fit } from "../src/unlearner/fit.js";
import type { FitOptions } from "../src/unlearner/options.js";

export const signer = createSigner(new Uint8Array(32).fill(3));
export const dataset = syntheticDataset({ rowCount: 120 });
export const options = { epsilon: 1, delta: 1e-3, epochs: 2, batchSize: 10, maxSteps: 10_000 } as const;

/** A place for model directories, each of a name of its own. */
export interface Place {
  newPath(): string;
  savedModel(over?: FitOptions): Promise<string>;
  remove(): Promise<void>;
}

export async function createPlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "expunge-store-"));
  let count = 0;
  const newPath = (): string => join(root, String(count++));
  return {
    newPath,
    async savedModel(over = {}) {
      const directory = newPath();
      const model = await fit(dataset, { ...options, ...over });
      await saveModel(model, directory);
      model.dispose();
      return directory;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** All bytes under a directory, for looking whether something is still there. */
export async function allBytes(directory: string): Promise<Buffer> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
}

/** A row of the data set as it lies on disk. */
export function rowBytes(row: number): Buffer {
  const { features, featureCount } = dataset;
  return Buffer.from(features.slice(row * featureCount, (row + 1) * featureCount).buffer);
}

export async function idsOf(stored: StoredModel): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of stored.certificateIds()) ids.push(id);
  return ids;
}

/** Gives a field of the second generation's record another value. @param path names with dots between */
export async function alterRecord(directory: string, path: string, value: unknown): Promise<void> {
  const file = join(directory, "generations/2/model.json");
  const record = JSON.parse(await readFile(file, "utf8"));
  const names = path.split(".");
  const last = names.pop() as string;
  names.reduce((part, name) => part[name], record)[last] = value;
  await writeFile(file, JSON.stringify(record));
}
