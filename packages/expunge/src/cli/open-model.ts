import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { ExpungeError, throwIfAborted } from "../errors.js";
import { given } from "../given.js";
import { loadModel, type StoredModel } from "../store/stored-model.js";
import { seconds } from "./arguments.js";

/** The note under --help of the commands that only read. */
export const READER_NOTE = `
The model is read in one piece, as it stands; a forget that begins meanwhile neither waits nor disturbs. While another process is
forgetting, this command waits for it up to --wait seconds, then ends with exit code 7.`;

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
export async function openModel(
  directory: string,
  { wait, memoryLimit }: { readonly wait: number; readonly memoryLimit?: number },
  signal?: AbortSignal,
): Promise<StoredModel> {
  const end = performance.now() + wait * 1000;
  for (;;) {
    throwIfAborted(signal);
    try {
      return await loadModel(directory, given({ memoryLimit }));
    } catch (error) {
      const isLocked = error instanceof ExpungeError && error.code === "E_LOCKED";
      if (!isLocked || performance.now() >= end) throw error;
    }
    await setTimeout(50);
  }
}

/** A model as it was read, its directory let go. */
export type ReadModel = Pick<
  StoredModel,
  "model" | "directory" | "weightsPath" | "certificateIds" | "certificatePath" | "readCertificate"
>;

/** Reads a model and lets go of its directory at once: what it was then can still predict, and nobody is kept waiting. */
export async function readModel(directory: string, options: { readonly wait: number }): Promise<ReadModel> {
  const stored = await openModel(directory, options);
  await stored.close();
  return stored;
}
