/** 1 + q + ... + q^(count-1) for q = exp(logQ); accurate where q is close to 1. Zero for count <= 0. */
export function geometricSum(logQ: number, count: number): number {
  if (count <= 0) return 0;
  if (logQ === 0) return count;
  return Math.expm1(count * logQ) / Math.expm1(logQ);
}
