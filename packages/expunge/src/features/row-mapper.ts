import { isInUnitBall, scaleRowInto } from "../data/scale-rows.js";
import { ExpungeError } from "../errors.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import { cosineOfTurns } from "./cosine.js";
import { drawnFractions, drawnNormals } from "./drawn-numbers.js";

/** Maps one scaled row into room for a mapped one; both float32, of norm at most 1. */
export type RowMapper = (row: Float32Array, into: Float32Array) => void;

/** Of Fourier features, float32: turns[k * count + j] turns of wave j for column k, and where each wave begins. */
export interface Waves {
  readonly turns: Float32Array;
  readonly starts: Float64Array;
}

/** Maps in use; drawing one takes up to seconds. */
const KEPT = 4;
const kept = new Map<string, RowMapper>();

/**
 * A map as a function of rows (docs/theory.md, "Features"):
 *
 *   fourier      phi(x) = sqrt(2 / D) cos(W x + u),     W_jk ~ N(0, 1 / bandwidth^2), u_j uniform on a turn
 *   gated-relu   phi(x) = [1(g_p . x >= 0) x]_p / sqrt(P),   g_p ~ N(0, I)
 *
 * and then, where rounding or the waves made it longer than 1, scaled to norm 1. A row of zeros stays one, so that an empty slot is empty whatever the
 * map. The same row gives the same bits on every platform: no library function takes part.
 *
 * Sources: Rahimi, Recht, NeurIPS 2007; Pilanci, Ergen, ICML 2020, with fixed gates as in Romijnders, Koskela 2024 (arXiv 2407.04884).
 */
export function rowMapperOf(map: FeatureMap): RowMapper {
  const name = JSON.stringify([map.kind, map.inputCount, map.count, map.bandwidth, map.seed]);
  const mapper = kept.get(name) ?? (map.kind === "fourier" ? fourierMapper(map) : gatedMapper(map));
  // The newest last.
  kept.delete(name);
  kept.set(name, mapper);
  if (kept.size > KEPT) kept.delete([...kept.keys()][0]!);
  return mapper;
}

/** The waves of a map of kind "fourier". */
export function wavesOf({ inputCount, count, bandwidth, seed }: FeatureMap): Waves {
  const perTurn = 1 / (2 * Math.PI * (bandwidth as number));
  const turns = Float32Array.from(drawnNormals(seed, inputCount * count), (normal) => normal * perTurn);
  return { turns, starts: drawnFractions(seed, count) };
}

/** Of a map of kind "gated-relu": gates[p * inputCount + k], float32. */
export function gatesOf({ inputCount, count, seed }: FeatureMap): Float32Array {
  return Float32Array.from(drawnNormals(seed, inputCount * count));
}

function fourierMapper(map: FeatureMap): RowMapper {
  const { count } = map;
  const { turns, starts } = wavesOf(map);
  const height = Math.sqrt(2 / count);
  const wide = new Float64Array(count);
  return (row, into) => {
    requireScaled(row);
    if (isEmpty(row)) return void into.fill(0);
    wide.set(starts);
    addTurns(row, turns, wide);
    for (let j = 0; j < count; j++) wide[j] = height * cosineOfTurns(wide[j]!);
    scaleRowInto(wide, "clip", into, nowhere);
  };
}

/** Adds each column's turns to the waves, in the order of the columns. Four at a time, since a wave's sum comes from memory each time. */
function addTurns(row: Float32Array, turns: Float32Array, waves: Float64Array): void {
  const count = waves.length;
  const whole = row.length - (row.length % 4);
  for (let k = 0; k < whole; k += 4) {
    const [a, b, c, d] = [row[k]!, row[k + 1]!, row[k + 2]!, row[k + 3]!];
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    const [first, second, third, fourth] = [k * count, (k + 1) * count, (k + 2) * count, (k + 3) * count];
    for (let j = 0; j < count; j++)
      waves[j] =
        waves[j]! +
        a * turns[first + j]! +
        b * turns[second + j]! +
        c * turns[third + j]! +
        d * turns[fourth + j]!;
  }
  for (let k = whole; k < row.length; k++)
    for (let j = 0; j < count; j++) waves[j]! += row[k]! * turns[k * count + j]!;
}

function gatedMapper(map: FeatureMap): RowMapper {
  const { inputCount, count } = map;
  const gates = gatesOf(map);
  const share = 1 / Math.sqrt(count);
  const wide = new Float64Array(mappedCountOf(map));
  return (row, into) => {
    requireScaled(row);
    wide.fill(0);
    for (let p = 0; p < count; p++) {
      const start = p * inputCount;
      let sum = 0;
      for (let k = 0; k < inputCount; k++) sum += row[k]! * gates[start + k]!;
      if (sum < 0) continue;
      for (let k = 0; k < inputCount; k++) wide[start + k] = share * row[k]!;
    }
    scaleRowInto(wide, "clip", into, nowhere);
  };
}

/** Rows that are made by hand may be anything. @throws ExpungeError E_ASSUMPTION */
function requireScaled(row: Float32Array): void {
  if (isInUnitBall(row)) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected a row of finite numbers, of norm at most 1, before the map, found norm ${Math.hypot(...row)}.`,
  );
}

function isEmpty(row: Float32Array): boolean {
  return row.every((value) => value === 0);
}

/** "clip" refuses no row. */
const nowhere = () => ({ file: "features" });
