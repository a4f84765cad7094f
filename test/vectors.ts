import { readFileSync } from "node:fs";

/** Independent figures for the mathematics; the file says where they come from. */
interface Vectors {
  readonly paper: {
    readonly n: number;
    readonly M: number;
    readonly m: number;
    readonly L: number;
    readonly eta: number;
    readonly delta: number;
    readonly c: number;
    readonly Z: Record<string, number>;
    readonly K: readonly { b: number; sigma: number; epsilon: number; K: number }[];
    readonly sigmaForK1: readonly { b: number; epsilon: number; sigma: number }[];
    readonly sequential: readonly { b: number; sigma: number; epsilon: number; K: number[] }[];
    readonly sigmaNonconvergent: readonly {
      R: number;
      b: number;
      T: number;
      epsilon: number;
      sigma: number;
    }[];
  };
  readonly timeline: readonly {
    note?: string;
    c: number;
    N: number;
    visits: number[];
    sensitivities: number[];
    energy: number;
  }[];
  readonly gdp: {
    readonly epsilonOfMuDelta: readonly { mu: number; delta: number; epsilon: string }[];
    readonly muOfEpsilonDelta: readonly { epsilon: number; delta: number; mu: string }[];
    readonly deltaOfMuEpsilon: readonly { mu: number; epsilon: number; delta: string }[];
  };
}

export const vectors = JSON.parse(
  readFileSync(new URL("./figures/accountant.json", import.meta.url), "utf8"),
) as Vectors;
