import type { PlotOptions } from "@observablehq/plot";

/** Room below for the label of the axis, which is set larger than Plot's own and would lie over the last number. */
export function withRoom({ x, ...options }: PlotOptions): PlotOptions {
  return { marginBottom: 42, x: { labelOffset: 38, ...x }, ...options };
}
