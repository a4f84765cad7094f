import { setMaxListeners } from "node:events";
import { ExpungeError } from "expunge";
import type { ObjectStore } from "./object-store.js";

/** How long removals go on once the signal has come, all of them together. */
const TIDY_MS = 2000;

/** Whether something ended because it was told to. */
export function isAborted(error: unknown): boolean {
  return error instanceof ExpungeError && error.code === "E_ABORTED";
}

export function toldToEnd(): ExpungeError {
  return new ExpungeError("E_ABORTED", "The work was told to end; nothing of it counts.");
}

/** Waits for something until a signal comes; it is left alone then. @throws ExpungeError E_ABORTED */
export async function until<T>(signal: AbortSignal, use: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw toldToEnd();
  let leave = (): void => {};
  const told = new Promise<never>((_, reject) => {
    leave = () => reject(toldToEnd());
  });
  // One for each of many calls at once.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", leave);
  try {
    return await Promise.race([use(), told]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/**
 * The same objects for work that may be told to end: no call is waited for once the signal has come. What was being written then may be there later; it never
 * counts, as what a dead writer left. What was written before may be removed for two seconds more.
 *
 * @returns its calls throw ExpungeError E_ABORTED then
 */
export function objectsEndingAt(objects: ObjectStore, signal: AbortSignal): ObjectStore {
  let late: AbortSignal | null = null;
  const tidying = (): AbortSignal => {
    if (!signal.aborted) return signal;
    late ??= AbortSignal.timeout(TIDY_MS);
    return late;
  };
  return {
    place: objects.place,
    make: () => until(signal, () => objects.make()),
    put: (name, bytes) => until(signal, () => objects.put(name, bytes)),
    read: (name, ranges) => until(signal, () => objects.read(name, ranges)),
    has: (name) => until(signal, () => objects.has(name)),
    remove: (name) => until(tidying(), () => objects.remove(name)),
    list: () => objects.list(),
    close: () => objects.close(),
  };
}
