/*
 * A sparse row comes, and is stored, as pairs of float32 numbers: a column plus 1, and its number (src/records/sparse-rows.ts). Here it becomes entries
 * (sparse.ts), in the same place.
 */

/**
 * Turns a row's pairs into entries.
 *
 * @param room    pairs that the row may have
 * @param columns columns that there are
 * @param square  address of an f64: the sum of the squares of the row's numbers, added up in order
 * @returns how many entries there are; -1 where columns do not ascend, a number is 0 or not finite, or something stands behind the last
 *   pair. The row is then neither.
 */
export function packPairs(row: usize, room: i32, columns: i32, square: usize): i32 {
  const end = row + ((<usize>room) << 3);
  const most = <f32>columns;
  let before: f32 = 0;
  let sum: f64 = 0;
  let at = row;
  for (; at < end; at += 8) {
    const column = load<f32>(at);
    if (column == 0) break;
    const value = load<f32>(at, 4);
    // NaN is above nothing, and infinity less itself is NaN.
    const isPair = column > before && column <= most && floor<f32>(column) == column && value != 0 && value - value == 0;
    if (!isPair) return -1;
    before = column;
    sum += <f64>value * <f64>value;
    store<u32>(at, (<u32>column - 1) << 3);
  }
  store<f64>(square, sum);
  return isEmpty(at, end) ? <i32>((at - row) >> 3) : -1;
}

/** Whether all numbers are 0; they have no sign then. */
function isEmpty(from: usize, end: usize): bool {
  for (let at = from; at < end; at += 4) if (load<f32>(at) != 0) return false;
  memory.fill(from, 0, end - from);
  return true;
}
