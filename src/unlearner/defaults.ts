import type { NoiseKind } from "../accounting/history.js";

/** What defaults are chosen from: public facts, never a row. */
export interface DefaultFacts {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly outputCount: number;
  /** Smoothness of one record's loss. */
  readonly recordSmoothness: number;
  readonly noise: NoiseKind;
}

/** Settings of a process that nobody chose. */
export interface DefaultSettings {
  readonly l2: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** null: 1 / L. */
  readonly eta: number | null;
  /** Most noise in a row's score that a release may add; noise on release only. */
  readonly maxNoise: number;
}

/** Match and delta that requests are certified to where nothing else is asked. */
export const DEFAULT_TARGET = Object.freeze({ epsilon: 1, delta: 1e-5 });

/** l2, batch size, epochs, step size and allowance of noise where none are given (docs/defaults.md says how they were found). */
export function defaultSettings({ rowCount, noise }: DefaultFacts): DefaultSettings {
  if (noise === "every-step")
    return { l2: 0.01, batchSize: Math.min(128, rowCount), epochs: 20, eta: null, maxNoise: 0.1 };
  return {
    l2: Math.min(0.1, 10 / rowCount),
    batchSize: Math.min(256, rowCount),
    epochs: 50,
    eta: null,
    maxNoise: 0.1,
  };
}
