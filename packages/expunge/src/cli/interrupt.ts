import { EXIT_CODES } from "./exit-codes.js";

/**
 * Runs work that Ctrl-C (or SIGTERM) stops in an orderly way: the signal fires, the work throws E_ABORTED and lets go of its locks. A
 * second Ctrl-C ends the process at once; a lock left so is taken over by the next command.
 *
 * Only around work that heeds the signal: elsewhere Ctrl-C does what it always does.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.E_ABORTED);
    if (process.stderr.isTTY) process.stderr.write("\nStopping; once more to stop at once.\n");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
