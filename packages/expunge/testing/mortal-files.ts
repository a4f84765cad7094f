import { mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type DurableFiles, nodeFiles, type Patch } from "../src/store/durable-files.js";
import { eraseTree } from "../src/store/erase-tree.js";
import { loadModel, type StoredModel } from "../src/store/stored-model.js";

/** How a machine stops: in the middle of an operation, or before it and without any name that was not yet synced. */
export type Death = "torn" | "power lost";

export interface MortalFiles {
  readonly files: DurableFiles;
  readonly isDead: () => boolean;
  /** Names that were changed and not yet synced. */
  readonly unsynced: () => readonly Unsynced[];
  /** What the disk holds once the machine is on again. */
  restart(): Promise<void>;
}

/** Makes a change of a name that was not synced as if it had not been. */
interface Unsynced {
  readonly directory: string;
  undo(): Promise<void>;
}

/**
 * Real files until the n-th operation that changes anything; from then on every operation fails.
 *
 * @param before what a process that was killed had left unsynced
 */
export function mortalFiles(deadline: number, death: Death, before: readonly Unsynced[] = []): MortalFiles {
  let operations = 0;
  let isDead = false;
  let unsynced = [...before];

  /** Runs a change, or the half of it that a torn one gets done. */
  async function change(whole: () => Promise<void>, half: () => Promise<void>): Promise<void> {
    if (!isDead && ++operations < deadline) return whole();
    if (!isDead && death === "torn") await half();
    return die();
  }

  function die(): never {
    isDead = true;
    throw new Error("The machine has stopped.");
  }

  const nothing = async (): Promise<void> => {};
  const remember = (path: string, undo: () => Promise<void>): void => {
    unsynced.push({ directory: dirname(path), undo });
  };

  const files: DurableFiles = {
    makeDirectory: (path) =>
      change(async () => {
        const isNew = !(await exists(path));
        await nodeFiles.makeDirectory(path);
        if (isNew) remember(path, () => rm(path, { recursive: true }));
      }, nothing),
    write: (path, data) =>
      change(
        async () => {
          const isNew = !(await exists(path));
          await nodeFiles.write(path, data);
          if (isNew) remember(path, () => rm(path, { force: true }));
        },
        () => writeFile(path, data.slice(0, data.length / 2)),
      ),
    rename: (from, to) =>
      change(async () => {
        const [moved, replaced] = [await readFile(from), await readFile(to).catch(() => null)];
        await nodeFiles.rename(from, to);
        remember(to, () => (replaced === null ? rm(to, { force: true }) : writeFile(to, replaced)));
        remember(from, () => writeFile(from, moved));
      }, nothing),
    sync: (directory) =>
      change(async () => {
        await nodeFiles.sync(directory);
        unsynced = unsynced.filter((entry) => entry.directory !== directory);
      }, nothing),
    overwrite: (path, patches) =>
      change(
        () => nodeFiles.overwrite(path, patches),
        () => nodeFiles.overwrite(path, half([...patches])),
      ),
    erase: (path) =>
      change(
        async () => {
          const names = await readdir(path).catch(() => null);
          await nodeFiles.erase(path);
          remember(path, () => comeBackEmpty(path, names));
        },
        async () => {
          const names = await readdir(path).catch(() => null);
          // A file has been overwritten and is still there.
          if (names === null) await writeFile(path, new Uint8Array((await stat(path)).size));
          const [first] = names ?? [];
          if (first !== undefined) await nodeFiles.erase(join(path, first));
        },
      ),
    read: (path) => (isDead ? die() : nodeFiles.read(path)),
    largest: nodeFiles.largest,
    list: (path) => (isDead ? die() : nodeFiles.list(path)),
  };

  return {
    files,
    isDead: () => isDead,
    unsynced: () => unsynced,
    async restart() {
      if (death === "torn") return;
      for (const { undo } of unsynced.reverse()) await undo();
    },
  };
}

/** Real files, of which the n-th operation that changes anything fails, before it is done or behind it; those after it work. */
export function failingFiles(
  deadline: number,
  when: "before" | "behind",
): { readonly files: DurableFiles; readonly hasFailed: () => boolean } {
  let operations = 0;
  const failing =
    <Args extends unknown[]>(run: (...args: Args) => Promise<void>) =>
    async (...args: Args): Promise<void> => {
      const isIt = ++operations === deadline;
      if (isIt && when === "before") throw new Error("The disk failed.");
      await run(...args);
      if (isIt) throw new Error("The disk failed.");
    };
  const { makeDirectory, write, rename, sync, overwrite, erase, read, largest, list } = nodeFiles;
  const files = {
    ...{ read, largest, list },
    makeDirectory: failing(makeDirectory),
    write: failing(write),
    rename: failing(rename),
    sync: failing(sync),
    overwrite: failing(overwrite),
    erase: failing(erase),
  };
  return { files, hasFailed: () => operations >= deadline };
}

/** Real files, some of which cannot be opened by whoever would overwrite them before they are removed. @param codeFor null for those that can */
export function unopenableFiles(codeFor: (path: string) => string | null): DurableFiles {
  const openFile: typeof open = async (path, ...rest) => {
    const code = codeFor(String(path));
    if (code !== null) throw Object.assign(new Error(`${code}: cannot open ${path}`), { code });
    return open(path, ...rest);
  };
  return { ...nodeFiles, erase: (path) => eraseTree(path, openFile) };
}

/** Half of the patches, and half of the bytes of the last of these. */
function half(patches: readonly Patch[]): Patch[] {
  const kept = patches.slice(0, Math.ceil(patches.length / 2));
  const last = kept.pop();
  if (last === undefined) return [];
  return [...kept, { offset: last.offset, data: last.data.slice(0, last.data.length / 2) }];
}

/** The names of an erased tree, whose bytes are gone. */
async function comeBackEmpty(path: string, names: readonly string[] | null): Promise<void> {
  if (names === null) return;
  await mkdir(path, { recursive: true });
  for (const name of names) await writeFile(join(path, name), new Uint8Array(100));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Opens a model directory again and again, stopped one operation later each time, until an opening gets through. */
export async function openInterrupted(directory: string, death: Death): Promise<void> {
  for (let operation = 1; ; operation++) {
    const { files, isDead, restart } = mortalFiles(operation, death);
    const opened = await loadModel(directory, { files }).catch((error: Error) => error);
    if (!isDead()) return (opened as StoredModel).close();
    if (!(opened as Error).message.includes("The machine has stopped.")) throw opened;
    await restart();
  }
}
