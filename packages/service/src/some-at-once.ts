import { ExpungeError } from "expunge";

/** What becomes of work that nobody waits for any more. */
export const hasLeft = (): ExpungeError => new ExpungeError("E_ABORTED", "Whoever waited has left.");

/**
 * Does something with each of some items, so many at once. None is begun after one has failed, or after the signal.
 *
 * @returns what came of each, in the order of the items
 * @throws once those under way have ended: what failed first; ExpungeError E_ABORTED where the signal came before all were begun
 */
export async function someAtOnce<T, R>(
  items: readonly T[],
  most: number,
  use: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const take = async (): Promise<void> => {
    while (next < items.length && failures.length === 0 && !signal?.aborted) {
      const place = next++;
      try {
        results[place] = await use(items[place] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, take));
  if (failures.length > 0) throw failures[0];
  if (next < items.length) throw hasLeft();
  return results;
}
