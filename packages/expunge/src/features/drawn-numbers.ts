import { noiseKeyFromSeed } from "../engine/noise-key.js";
import { releaseBits } from "../engine/random-bits.js";
import { roundedNormals } from "../engine/rounded-normals.js";

/*
 * The numbers that a map is made of, from its seed. They are the same on every engine: normals are rounded correctly, each pair from bits of its own, so
 * that how many bits a pair took makes no difference to the next.
 */

/** Normals are whole multiples of 2^-20. */
const UNITS = 2 ** 20;

/** Standard normals of a seed, rounded to multiples of 2^-20. */
export function drawnNormals(seed: string, count: number): Float64Array {
  const key = noiseKeyFromSeed(`features/normals/${seed}`);
  const normals = new Float64Array(count);
  for (let at = 0; at < count; at += 2)
    roundedNormals(UNITS, releaseBits(key, at / 2), normals.subarray(at, Math.min(at + 2, count)));
  return normals.map((units) => units / UNITS);
}

/** Numbers of a seed, uniform on the multiples of 2^-32 in [0, 1). */
export function drawnFractions(seed: string, count: number): Float64Array {
  const key = noiseKeyFromSeed(`features/fractions/${seed}`);
  return Float64Array.from({ length: count }, (_, i) => {
    const word = new Uint32Array(1);
    releaseBits(key, i).fill(word);
    return word[0]! * 2 ** -32;
  });
}
