import { type Seeded, seeded } from "../../shared/seeded";
import type { Digits } from "../work/messages";

/** Pixels a side. */
export const SIDE = 14;
const PIXELS = SIDE * SIDE;
/** Half the width of a stroke, in pixels. */
const STROKE = 0.85;
/** Grey on every pixel, at most. */
const SPECKLE = 0.15;

/**
 * Digits 3 (label -1) and 8 (label +1), drawn by two bowed strokes each: shifted, turned, slanted, of uneven width, on noise; some hardly
 * legible, as with real handwriting. The same for every visitor.
 */
export function digitData(trainRows: number, testRows: number, seed: number): Digits {
  const random = seeded(seed);
  const train = drawMany(random, trainRows);
  const test = drawMany(random, testRows);
  const pictures = train.features.slice();
  const average = averagePicture();
  for (const { features } of [train, test])
    for (let i = 0; i < features.length; i++) features[i]! -= average[i % PIXELS]!;
  return {
    pictures,
    data: {
      ...train,
      ...{ featureCount: PIXELS, task: "binary", labelNames: ["3", "8"], scaling: "l2", intercept: 0, test },
    },
  };
}

/** Of other digits than those that are trained on, so that it says nothing of any of them. */
function averagePicture(): Float32Array {
  const count = 400;
  const { features } = drawMany(seeded(99), count);
  const average = new Float32Array(PIXELS);
  for (let i = 0; i < features.length; i++) average[i % PIXELS]! += features[i]! / count;
  return average;
}

function drawMany(random: Seeded, count: number): { features: Float32Array; labels: Float32Array } {
  const features = new Float32Array(count * PIXELS);
  const labels = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = random.uniform() < 0.5 ? -1 : 1;
    drawDigit(random, labels[i]! > 0, features.subarray(i * PIXELS, (i + 1) * PIXELS));
  }
  return { features, labels };
}

/** Points along the two bowls. A 3 is open to the left; how far differs from writer to writer. */
function strokesOf(random: Seeded, isEight: boolean): readonly (readonly [number, number])[] {
  const points: [number, number][] = [];
  for (const [centre, radiusX, radiusY] of [
    [-0.27, 0.24 + 0.03 * random.normal(), 0.24],
    [0.25, 0.28 + 0.03 * random.normal(), 0.27],
  ] as const) {
    // Half the opening, in radians: a careless 8 does not quite close, a careless 3 nearly does.
    const opening = isEight ? 0.35 * random.uniform() : 0.55 + 0.8 * random.uniform();
    for (let step = 0; step <= 18; step++) {
      const angle = -Math.PI + opening + ((2 * Math.PI - 2 * opening) * step) / 18;
      points.push([radiusX * Math.cos(angle), centre + radiusY * Math.sin(angle)]);
    }
  }
  return points;
}

function drawDigit(random: Seeded, isEight: boolean, into: Float32Array): void {
  const turn = 0.16 * random.normal();
  const slant = 0.18 * random.normal();
  const size = SIDE * (0.82 + 0.07 * random.normal());
  const [shiftX, shiftY] = [0.8 * random.normal(), 0.6 * random.normal()];
  const width = STROKE * (0.8 + 0.5 * random.uniform());
  const strokes = strokesOf(random, isEight);
  const xs = new Float64Array(strokes.length);
  const ys = new Float64Array(strokes.length);
  strokes.forEach(([x, y], i) => {
    const leaning = x - slant * y;
    xs[i] = SIDE / 2 + shiftX + size * (leaning * Math.cos(turn) - y * Math.sin(turn));
    ys[i] = SIDE / 2 + shiftY + size * (leaning * Math.sin(turn) + y * Math.cos(turn));
  });
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const distance = nearest(xs, ys, (pixel % SIDE) + 0.5, Math.floor(pixel / SIDE) + 0.5);
    const speckle = SPECKLE * (random.uniform() + random.uniform() - 1);
    into[pixel] = Math.min(1, Math.max(0, Math.exp(-distance / (2 * width * width)) + speckle));
  }
}

/** Square of the distance to the nearest point. */
function nearest(xs: Float64Array, ys: Float64Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < xs.length; i++) {
    const distance = (xs[i]! - x) * (xs[i]! - x) + (ys[i]! - y) * (ys[i]! - y);
    if (distance < least) least = distance;
  }
  return least;
}
