import type { Objective } from "./objective.js";

/**
 * The hinge loss of a support vector machine with its corner rounded over a width h of margin z = y o, y in {-1, +1}.
 *
 *   loss = 0                  for z >= 1
 *          (1 - z)^2 / (2h)   for 1 - h < z < 1
 *          1 - z - h/2        for z <= 1 - h
 *
 * Its derivative runs linearly from 0 to -1 over the width: smoothness 1/h, gradient norm <= 1 for row norm <= 1.
 *
 * Source: Shalev-Shwartz, Zhang, JMLR 14 (2013), section 5.1.
 *
 * @param width h > 0
 */
export function smoothedHinge(width: number): Objective {
  return Object.freeze({
    spec: Object.freeze({ kind: "smoothedHinge" as const, width }),
    task: "binary" as const,
    outputCount: 1,
    smoothness: 1 / width,
    lipschitz: 1,
    clippable: true,
    source: "Shalev-Shwartz, Zhang, JMLR 14 (2013), section 5.1",
    loss(outputs: ArrayLike<number>, label: number): number {
      const gap = 1 - label * outputs[0]!;
      if (gap <= 0) return 0;
      return gap < width ? (gap * gap) / (2 * width) : gap - width / 2;
    },
    derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void {
      const gap = 1 - label * outputs[0]!;
      into[0] = -label * Math.min(1, Math.max(0, gap / width));
    },
  });
}
