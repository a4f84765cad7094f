/** How many of ascending numbers lie below a value, by bisection. */
export function countBelow(ascending: ArrayLike<number>, value: number): number {
  return countWhile(ascending, (number) => number < value);
}

/** How many of ascending numbers are at most a value, by bisection. */
export function countAtMost(ascending: ArrayLike<number>, value: number): number {
  return countWhile(ascending, (number) => number <= value);
}

/** @param holds true of the first numbers, then false */
function countWhile(ascending: ArrayLike<number>, holds: (number: number) => boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(ascending[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
