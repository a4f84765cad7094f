import type { ObjectiveDefinition, ObjectiveOf } from "./definition.js";

export interface SmoothedHingeSpec {
  readonly kind: "smoothedHinge";
  readonly width: number;
}

const USUAL_WIDTH = 0.5;

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
 */
export const smoothedHinge = Object.freeze<ObjectiveDefinition<SmoothedHingeSpec>>({
  kind: "smoothedHinge",
  task: "binary",
  words: "support vector machine",
  hasProbabilities: false,
  kernelNumber: 2,
  parameters: { width: { min: 0, openMin: true, words: (value) => `corner ${value} wide` } },
  usual: () => ({ kind: "smoothedHinge", width: USUAL_WIDTH }),
  create: ({ width }) =>
    Object.freeze<ObjectiveOf<SmoothedHingeSpec>>({
      spec: Object.freeze({ kind: "smoothedHinge", width }),
      task: "binary",
      outputCount: 1,
      smoothness: 1 / width,
      lipschitz: 1,
      clippable: true,
      offset: 0,
      shape: 1 / width,
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
    }),
});
