/**
 * How many items from the front go together: as many as may be, and no more than are of some size together. The first always goes, whatever its size.
 *
 * @param most of items; at least 1
 */
export function lotLength<T>(
  items: readonly T[],
  most: number,
  mostSize: number,
  sizeOf: (item: T) => number,
): number {
  let size = 0;
  let length = 0;
  for (const item of items.slice(0, most)) {
    size += sizeOf(item);
    if (length > 0 && size > mostSize) break;
    length += 1;
  }
  return length;
}
