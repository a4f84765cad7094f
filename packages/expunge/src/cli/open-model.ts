import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { ExpungeError, throwIfAborted } from "../errors.js";
import { given } from "../given.js";
import { isUnwritable, type ReadModel, readModel as readStored } from "../store/read-model.js";
import { loadModel, type StoredModel } from "../store/stored-model.js";
import { seconds } from "./arguments.js";

/** The note under --help of the commands that only read. */
export const READER_NOTE = `
The model is read in one piece, as it stands; a forget that begins meanwhile neither waits nor disturbs. While another process is
forgetting, this command waits for it up to --wait seconds, then ends with exit code 7. The directory may be one that you may not write to.`;

export function addWaitOption(command: Command): Command {
  return command.option(
    "--wait <seconds>",
    "how long to wait for another process that works on the model",
    seconds,
    10,
  );
}

/**
 * Opens a model directory for writing, trying again while another process holds it. `close` it when done.
 * @throws ExpungeError E_LOCKED after `wait` seconds, E_MODEL, E_ABORTED
 */
export function openModel(
  directory: string,
  { wait, memoryLimit }: { readonly wait: number; readonly memoryLimit?: number },
  signal?: AbortSignal,
): Promise<StoredModel> {
  const open = () => loadModel(directory, given({ memoryLimit }));
  return onceUnlocked(open, wait, signal).catch((error: Error) => {
    if (!isUnwritable(error)) throw error;
    throw new ExpungeError(
      "E_MODEL",
      `You may not write to ${directory} (${(error as NodeJS.ErrnoException).code}), and this command changes the model or may have to finish a change.`,
    );
  });
}

/** Reads a model as it stands. @throws ExpungeError E_LOCKED after `wait` seconds, E_MODEL */
export function readModel(directory: string, { wait }: { readonly wait: number }): Promise<ReadModel> {
  return onceUnlocked(() => readStored(directory), wait);
}

async function onceUnlocked<T>(open: () => Promise<T>, wait: number, signal?: AbortSignal): Promise<T> {
  const end = performance.now() + wait * 1000;
  for (;;) {
    throwIfAborted(signal);
    try {
      return await open();
    } catch (error) {
      const isLocked = error instanceof ExpungeError && error.code === "E_LOCKED";
      if (!isLocked || performance.now() >= end) throw error;
    }
    await setTimeout(50);
  }
}
