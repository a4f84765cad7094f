import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { type DirectoryLock, requireUnlocked } from "./directory-lock.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { FILES } from "./layout.js";
import { type OpenedModel, readModelDirectory } from "./model-directory.js";
import { loadModel, StoredModel } from "./stored-model.js";

/** A model as it was read, its directory let go. */
export type ReadModel = Pick<
  StoredModel,
  "model" | "directory" | "weightsPath" | "certificateIds" | "certificatePath" | "readCertificate"
>;

/**
 * Reads a model and lets go of its directory at once: what it was then can still predict, and nobody is kept waiting. Where this process may not
 * write, and so can take no lock, it makes sure that nobody changed the model meanwhile.
 *
 * @throws ExpungeError E_MODEL, E_LOCKED while somebody changes it; a file system error as it came
 */
export async function readModel(directory: string): Promise<ReadModel> {
  const stored = await loadModel(directory).catch((error: Error) => {
    if (!isUnwritable(error)) throw error;
    return readUnlocked(directory);
  });
  await stored.close();
  return stored;
}

/** Whether the operating system does not let this process write. */
export function isUnwritable(error: Error): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(String((error as NodeJS.ErrnoException).code));
}

const NO_LOCK: DirectoryLock = { release: async () => {} };

async function readUnlocked(directory: string): Promise<StoredModel> {
  const opened = await readBetweenLooks(directory);
  return StoredModel.keep(directory, opened, NO_LOCK, nodeFiles);
}

/** Whoever changes a model holds the lock, and leaves another generation in force: seen by neither look, nobody changed it. */
async function readBetweenLooks(directory: string): Promise<OpenedModel> {
  const before = await look(directory);
  const reading = await Promise.allSettled([readModelDirectory(directory, readOnly(directory))]);
  const isSame = (await look(directory).catch(() => null)) === before;
  const [read] = reading;
  if (!isSame) {
    if (read.status === "fulfilled") await discard(read.value);
    throw new ExpungeError("E_LOCKED", `Another process changed ${directory} while it was read.`);
  }
  if (read.status === "rejected") throw read.reason;
  return read.value;
}

async function discard({ model, rows }: OpenedModel): Promise<void> {
  model.dispose();
  await rows.release();
}

/** @returns the generation in force. @throws ExpungeError E_LOCKED where somebody holds the lock */
async function look(directory: string): Promise<string> {
  await requireUnlocked(directory);
  return new TextDecoder().decode(await nodeFiles.read(join(directory, FILES.current)));
}

/** The files of a directory, none of them to be changed: what is left of an interrupted change cannot be finished here. */
function readOnly(directory: string): DurableFiles {
  const refuse = async () => {
    throw new ExpungeError(
      "E_MODEL",
      `A change of ${directory} was interrupted, and this process may not write there to finish it. Open the model once as a user who may, such as with: expunge inspect ${directory}`,
    );
  };
  return {
    ...nodeFiles,
    isReadOnly: true,
    makeDirectory: refuse,
    write: refuse,
    rename: refuse,
    sync: refuse,
    overwrite: refuse,
    erase: refuse,
  };
}
