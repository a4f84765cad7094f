/** Whole numbers from first to last, about `count` of them, at round distances; the last one is always named. */
export function requestTicks(first: number, last: number, count: number): number[] {
  const distance = Math.max(1, (last - first) / count);
  const power = 10 ** Math.floor(Math.log10(distance));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= distance - 1e-9)!;
  const ticks = new Set([first]);
  for (let tick = Math.ceil((first + 1) / step) * step; tick < last; tick += step) {
    // A tick next to the end would run into its label.
    if (tick >= first + step / 2 && tick <= last - step / 2) ticks.add(tick);
  }
  ticks.add(last);
  return [...ticks];
}
