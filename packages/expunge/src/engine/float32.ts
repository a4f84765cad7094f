/*
 * Rounding a parameter to float32 on the safe side: the process that runs must be no less private than the one accounted
 * for, so step lengths and limits round down, decay and noise round up.
 */

/** The greatest float32 <= x, for x >= 0. */
export function float32AtMost(x: number): number {
  const nearest = Math.fround(x);
  return nearest > x ? neighbour(nearest, -1) : nearest;
}

/** The least float32 >= x, for x >= 0. */
export function float32AtLeast(x: number): number {
  const nearest = Math.fround(x);
  return nearest < x ? neighbour(nearest, 1) : nearest;
}

const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);

/** The next float32 up or down from a non-negative one: their bit patterns are in order. */
function neighbour(x: number, by: 1 | -1): number {
  FLOAT[0] = x;
  BITS[0]! += by;
  return FLOAT[0]!;
}
