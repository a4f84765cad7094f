/*
 * Logarithm, sine and cosine to any number of digits: integers that stand for themselves times 2^-bits. Slow; for the few
 * cases that float64 cannot decide.
 *
 * Error: at most FIXED_ERROR units of 2^-bits, for up to MAX_BITS bits. Series have fewer than bits terms, each off by at most
 *        three units (a product, a quotient, what it takes over from the term before); 1/2 log 2 and pi/2 come from GUARD more
 *        bits, and are multiplied by at most 2 MAX_BITS.
 */

export const MAX_BITS = 4096;
export const FIXED_ERROR = 2n ** 16n;
const GUARD = 32;

/**
 * -log(numerator 2^-bits).
 *
 * @param numerator in [1, 2^bits)
 */
export function minusLog(numerator: bigint, bits: number): bigint {
  const p = BigInt(bits);
  const one = 1n << p;
  // numerator 2^-bits = m 2^-shift with m in [1, 2), held to bits digits exactly; its root's neighbourhood keeps the series short.
  let shift = bits - bitLength(numerator) + 1;
  const m = numerator << BigInt(shift);
  if (m > (one * 3n) / 2n) {
    // m / 2 in (3/4, 1), with one digit more.
    shift -= 1;
    return logTwo(bits, shift) - twiceAtanh(m - 2n * one, m + 2n * one, bits);
  }
  return logTwo(bits, shift) - twiceAtanh(m - one, m + one, bits);
}

/**
 * The cosine and sine of 2 pi numerator 2^-bits.
 *
 * @param numerator in [0, 2^bits)
 */
export function cosineAndSine(numerator: bigint, bits: number): readonly [bigint, bigint] {
  const quarterBits = BigInt(bits - 2);
  const quarter = Number(numerator >> quarterBits);
  const rest = numerator & ((1n << quarterBits) - 1n);
  // rest 2^-(bits - 2) of a right angle.
  const angle = (rest * halfPi(bits + GUARD)) >> (quarterBits + BigInt(GUARD));
  const cosine = alternating(angle, 0, bits);
  const sine = alternating(angle, 1, bits);
  switch (quarter) {
    case 0:
      return [cosine, sine];
    case 1:
      return [-sine, cosine];
    case 2:
      return [-cosine, -sine];
    default:
      return [sine, -cosine];
  }
}

/** The greatest integer whose square is <= x, for x >= 0 (Newton's iteration from above). */
export function integerRoot(x: bigint): bigint {
  if (x < 2n) return x;
  let root = 1n << BigInt(Math.ceil(bitLength(x) / 2));
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function bitLength(x: bigint): number {
  return x.toString(2).length;
}

/** count * log 2. */
function logTwo(bits: number, count: number): bigint {
  return (BigInt(count) * halfLogTwo(bits + GUARD)) >> BigInt(GUARD - 1);
}

/** 2 atanh(numerator / denominator), which is the logarithm of (denominator + numerator) / (denominator - numerator). */
function twiceAtanh(numerator: bigint, denominator: bigint, bits: number): bigint {
  const p = BigInt(bits);
  const y = (numerator << p) / denominator;
  const square = (y * y) >> p;
  let power = y;
  let sum = 0n;
  for (let k = 1n; magnitude(power) > 1n; k += 2n) {
    sum += power / k;
    power = (power * square) / (1n << p);
  }
  return 2n * sum;
}

/** The series of cos (from = 0) or sin (from = 1) at an angle in [0, pi/2]. */
function alternating(angle: bigint, from: number, bits: number): bigint {
  const p = BigInt(bits);
  const square = (angle * angle) >> p;
  let term = from === 0 ? 1n << p : angle;
  let sum = 0n;
  for (let k = BigInt(from); term !== 0n; k += 2n) {
    sum += term;
    term = -((term * square) / ((k + 1n) * (k + 2n) * (1n << p)));
  }
  return sum;
}

/** 1/2 log 2 = 9 atanh(1/26) - atanh(1/4801) + 4 atanh(1/8749) (a formula of Machin's kind). */
const halfLogTwo = remembered((bits) => {
  const atanh = (x: bigint) => inverseSeries(x, bits, 1n);
  return 9n * atanh(26n) - atanh(4801n) + 4n * atanh(8749n);
});

/** pi/2 = 8 atan(1/5) - 2 atan(1/239) (Machin 1706). */
const halfPi = remembered((bits) => {
  const atan = (x: bigint) => inverseSeries(x, bits, -1n);
  return 8n * atan(5n) - 2n * atan(239n);
});

/** sum_k sign^k / ((2k + 1) x^(2k + 1)) */
function inverseSeries(x: bigint, bits: number, sign: 1n | -1n): bigint {
  let power = (1n << BigInt(bits)) / x;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = (sign * power) / (x * x);
  }
  return sum;
}

function remembered(make: (bits: number) => bigint): (bits: number) => bigint {
  const known = new Map<number, bigint>();
  return (bits) => {
    const value = known.get(bits) ?? make(bits);
    known.set(bits, value);
    return value;
  };
}

function magnitude(x: bigint): bigint {
  return x < 0n ? -x : x;
}
