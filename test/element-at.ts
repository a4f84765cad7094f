/** An element of a list; a test that asks for one beyond the list fails there, and not later for some other reason. */
export function elementAt<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`Expected index ${index} in [0, ${list.length}).`);
  return element;
}
