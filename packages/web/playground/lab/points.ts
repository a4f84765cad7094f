import { seeded } from "../../shared/seeded.js";
import type { LabData, LabSettings } from "../work/messages.js";

/** A point of the board, both coordinates in [-1, 1]. */
export interface LabPoint {
  readonly x: number;
  readonly y: number;
  readonly label: 1 | -1;
}

export const POINT_NAMES = { "-1": "orange", "1": "blue" } as const;

/** How the first model of points is trained. */
export const POINT_SETTINGS: LabSettings = Object.freeze({
  epsilon: 1,
  delta: 1e-3,
  maxNoise: 0.1,
  batchSize: 10,
  epochs: 40,
});

/** A row is (SCALE x, SCALE y, INTERCEPT): within the unit ball for every place on the board, so that boundaries stay straight. */
const SCALE = 0.6;
const INTERCEPT = 0.5;
const START_COUNT = 160;

/** Two groups that overlap, and a few orange points far on the wrong side: good ones to forget. */
export function startPoints(): readonly LabPoint[] {
  const random = seeded(7);
  const around = (centreX: number, centreY: number, spread: number, label: 1 | -1): LabPoint => ({
    x: clamp(centreX + spread * random.normal()),
    y: clamp(centreY + spread * random.normal()),
    label,
  });
  const groups = Array.from({ length: START_COUNT - 4 }, (_, i) =>
    i % 2 === 0 ? around(0.42, 0.3, 0.26, 1) : around(-0.4, -0.32, 0.27, -1),
  );
  return [...groups, ...Array.from({ length: 4 }, () => around(0.72, 0.74, 0.08, -1))];
}

/** A group with a ring around it: no straight line tells them apart. */
export function ringPoints(): readonly LabPoint[] {
  const random = seeded(5);
  return Array.from({ length: START_COUNT }, (_, i): LabPoint => {
    if (i % 2 === 0) return { x: clamp(0.22 * random.normal()), y: clamp(0.22 * random.normal()), label: 1 };
    const angle = 2 * Math.PI * random.uniform();
    const radius = 0.72 + 0.1 * random.normal();
    return { x: clamp(radius * Math.cos(angle)), y: clamp(radius * Math.sin(angle)), label: -1 };
  });
}

export function clamp(value: number): number {
  return Math.min(0.97, Math.max(-0.97, value));
}

/** What the engine is given of a point. */
export function featuresOf({ x, y }: LabPoint): Float32Array {
  return Float32Array.of(SCALE * x, SCALE * y);
}

export function pointData(points: readonly LabPoint[]): LabData {
  return {
    features: Float32Array.from(points.flatMap((point) => [...featuresOf(point)])),
    labels: Float32Array.from(points, ({ label }) => label),
    ...{ featureCount: 2, task: "binary", scaling: "clip", intercept: INTERCEPT, test: null },
    labelNames: [POINT_NAMES[-1], POINT_NAMES[1]],
  };
}

/** Places of a grid over the board in each direction, from a little outside on one side to as much on the other. */
export const GRID = 65;
const GRID_REACH = 1.05;

/** Where a column or row of the grid is on the board. */
export const gridAt = (place: number): number => GRID_REACH * ((2 * place) / (GRID - 1) - 1);

/** What the engine is given of the grid, row by row from below. */
export function gridFeatures(): Float32Array {
  return Float32Array.from(
    Array.from({ length: GRID * GRID }, (_, i) => [
      SCALE * gridAt(i % GRID),
      SCALE * gridAt(Math.floor(i / GRID)),
    ]).flat(),
  );
}

type Place = readonly [x: number, y: number];

const CORNERS: readonly Place[] = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
];

/** The ends of the line where a model is undecided, inside the board; null where it decides the whole board alike. */
export function boundaryOf(weights: Float64Array): readonly [Place, Place] | null {
  const crossings = blueSideOf(weights).filter((place) => Math.abs(outputAt(weights, place)) < 1e-9);
  return crossings.length < 2 ? null : [crossings[0]!, crossings.at(-1)!];
}

/** The part of the board that a model takes for blue: the square, cut by a half-plane. */
export function blueSideOf(weights: Float64Array): readonly Place[] {
  return CORNERS.flatMap((corner, i) => {
    const next = CORNERS[(i + 1) % CORNERS.length]!;
    const [here, there] = [outputAt(weights, corner), outputAt(weights, next)];
    const kept = here >= 0 ? [corner] : [];
    if (here >= 0 === there >= 0) return kept;
    const share = here / (here - there);
    return [
      ...kept,
      [corner[0] + share * (next[0] - corner[0]), corner[1] + share * (next[1] - corner[1])] as const,
    ];
  });
}

function outputAt(weights: Float64Array, [x, y]: Place): number {
  return weights[0]! * SCALE * x + weights[1]! * SCALE * y + weights[2]! * INTERCEPT;
}
