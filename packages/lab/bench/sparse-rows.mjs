/** Rows of so many entries at random columns, all of the same size, as pairs and, if asked for, with all their numbers. */
export function sparseRows(rowCount, columns, entries, isDense) {
  // As plans have it.
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(1, 1.25 * entries)));
  const pairs = new Float32Array(rowCount * 2 * capacity);
  const dense = new Float32Array(isDense ? rowCount * columns : 0);
  let state = 1;
  const below = (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  for (let row = 0; row < rowCount; row++) {
    const own = new Set();
    while (own.size < entries) own.add(below(columns));
    for (const [i, column] of [...own].sort((a, b) => a - b).entries()) {
      const value = ((below(2) === 0 ? -1 : 1) * (1 - 1e-6)) / Math.sqrt(entries);
      pairs[(row * capacity + i) * 2] = column + 1;
      pairs[(row * capacity + i) * 2 + 1] = value;
      if (isDense) dense[row * columns + column] = value;
    }
  }
  const labels = Float32Array.from({ length: rowCount }, (_, row) => (entries === 0 ? 0 : row % 2 ? 1 : -1));
  const shared = { slotCount: rowCount, featureCount: columns, labels };
  return { capacity, pairs: { ...shared, features: pairs }, dense: { ...shared, features: dense } };
}
