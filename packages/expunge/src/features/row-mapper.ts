import { isInUnitBall, scaleRowInto } from "../data/scale-rows.js";
import { ExpungeError } from "../errors.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import { cosineOfTurns } from "./cosine.js";
import { drawnFractions, drawnNormals } from "./drawn-numbers.js";

/** Maps one scaled row into room for a mapped one; both float32, of norm at most 1. */
export interface RowMapper {
  (row: Float32Array, into: Float32Array): void;
  /**
   * The same, to the last bit, of a row of which only the numbers other than 0 are held: what is 0 adds nothing to a sum.
   *
   * @param columns ascending
   */
  entries(columns: Uint32Array, values: Float32Array, into: Float32Array): void;
}

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
  const mapInto = (into: Float32Array, numbers: Float32Array, add: () => void): void => {
    requireScaled(numbers);
    if (isEmpty(numbers)) return void into.fill(0);
    wide.set(starts);
    add();
    for (let j = 0; j < count; j++) wide[j] = height * cosineOfTurns(wide[j]!);
    scaleRowInto(wide, "clip", into, nowhere);
  };
  return Object.assign(
    (row: Float32Array, into: Float32Array) => mapInto(into, row, () => addTurns(row, turns, wide)),
    {
      entries: (columns: Uint32Array, values: Float32Array, into: Float32Array) =>
        mapInto(into, values, () => addTurnsOf(columns, values, turns, wide)),
    },
  );
}

function addTurnsOf(
  columns: Uint32Array,
  values: Float32Array,
  turns: Float32Array,
  waves: Float64Array,
): void {
  const count = waves.length;
  for (let i = 0; i < columns.length; i++) {
    const value = values[i]!;
    const start = columns[i]! * count;
    for (let j = 0; j < count; j++) waves[j]! += value * turns[start + j]!;
  }
}

/** Adds each column's turns to the waves, in the order of the columns. Four at a time, since a wave's sum comes from memory each time. */
function addTurns(row: Float32Array, turns: Float32Array, waves: Float64Array): void {
  const count = waves.length;
  const whole = row.length - (row.length % 4);
  for (let k = 0; k < whole; k += 4) {
    const a = row[k]!;
    const b = row[k + 1]!;
    const c = row[k + 2]!;
    const d = row[k + 3]!;
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    const first = k * count;
    const second = first + count;
    const third = second + count;
    const fourth = third + count;
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
  const mapper = (row: Float32Array, into: Float32Array): void => {
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
  const entries = (columns: Uint32Array, values: Float32Array, into: Float32Array): void => {
    requireScaled(values);
    wide.fill(0);
    for (let p = 0; p < count; p++) {
      const start = p * inputCount;
      let sum = 0;
      for (let i = 0; i < columns.length; i++) sum += values[i]! * gates[start + columns[i]!]!;
      if (sum < 0) continue;
      for (let i = 0; i < columns.length; i++) wide[start + columns[i]!] = share * values[i]!;
    }
    scaleRowInto(wide, "clip", into, nowhere);
  };
  return Object.assign(mapper, { entries });
}

/** Rows that are made by hand may be anything. @throws ExpungeError E_ASSUMPTION */
function requireScaled(row: Float32Array): void {
  if (isInUnitBall(row)) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected a row of finite numbers, of norm at most 1, before the map, found norm ${Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))}.`,
  );
}

function isEmpty(row: Float32Array): boolean {
  for (let k = 0; k < row.length; k++) if (row[k] !== 0) return false;
  return true;
}

/** "clip" refuses no row. */
const nowhere = () => ({ file: "features" });
