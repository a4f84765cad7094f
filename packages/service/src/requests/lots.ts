/**
 * What goes together in a lot: so many items, and no more than are of some size together. The first always goes, whatever its size.
 *
 * @param most of items; at least 1
 * @returns a question to be asked with the size of one item after another: whether it goes with those before it. After the first no it is not asked again
 */
export function fittingLot(most: number, mostSize: number): (size: number) => boolean {
  let [count, all] = [0, 0];
  return (size) => {
    all += size;
    if (count > 0 && (count === most || all > mostSize)) return false;
    count += 1;
    return true;
  };
}

/** How many items from the front go together. @param most as of `fittingLot` */
export function lotLength<T>(
  items: readonly T[],
  most: number,
  mostSize: number,
  sizeOf: (item: T) => number,
): number {
  const fits = fittingLot(most, mostSize);
  const end = items.findIndex((item) => !fits(sizeOf(item)));
  return end < 0 ? items.length : end;
}
