/** Repeatable standard normal numbers: splitmix32 and Box-Muller's transform. */
export function normalSource(seed: number): () => number {
  let counter = seed | 0;
  let spare: number | null = null;
  const uniform = (): number => {
    let mixed = 0;
    for (let i = 0; i < 2; i++) {
      counter = (counter + 0x9e3779b9) | 0;
      mixed = Math.imul(counter ^ (counter >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      mixed ^= mixed >>> 15;
    }
    return ((mixed >>> 0) + 0.5) / 2 ** 32;
  };
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** m vectors of N(shift, diag(deviations^2)). */
export function gaussianRuns(
  normal: () => number,
  m: number,
  shift: readonly number[],
  deviations: readonly number[] = shift.map(() => 1),
): Float64Array[] {
  return Array.from({ length: m }, () =>
    Float64Array.from(shift, (mean, j) => mean + deviations[j]! * normal()),
  );
}
