import { setMaxListeners } from "node:events";

/** Thrown where something has taken longer than it may. */
export class TookTooLong extends Error {
  constructor(ms: number) {
    super(`no answer after ${Math.round(ms)} ms`);
    this.name = "TookTooLong";
  }
}

/**
 * Does something that ends after some time, whatever it waits for.
 *
 * @param use given a signal that comes when the time is over, to let go of what it holds; it is not waited for then
 * @throws TookTooLong, or whatever `use` throws
 */
export async function withinTime<T>(ms: number, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  // One for each of many reads at once.
  setMaxListeners(0, over.signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TookTooLong(ms));
      over.abort();
    }, ms);
  });
  try {
    return await Promise.race([use(over.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
