import type { ExperimentSet } from "./data-sets.js";
import { processOf } from "./data-sets.js";
import type { Experiment } from "./experiment.js";
import { EPSILONS } from "./fig3a.js";
import { BATCH_SIZES, type BatchSize, batchRows, nameOf } from "./fig3b-methods.js";
import { learnEpochsOf, paperSigma, paperSigmaNotConverged, timelineSigma } from "./noise-levels.js";
import type { Table, Value } from "./outcome.js";
import type { KnownConstants, Published } from "./published.js";

/** The constants, the epochs of learning, and the noise found: ours beside the authors'. Calculated, nothing is trained. */
export const tables: Experiment = {
  name: "tables",
  title: "Tables 1 to 3: constants, burn-in, noise",
  sets: ["mnist", "cifar10"],
  plan: ({ set, published }) => ({
    cells: [],
    outcome: () => ({
      trials: 0,
      notes: [
        "Figures called theirs are computed with the authors' own formulas. A dash means that nothing of theirs is known. Their search for the noise stops at an absolute width of about 1e-6, so its smallest figures have few correct digits.",
        "Their bound without convergence takes R = 0 where there is no projection. Its column stands beside one with R = 100. The two differ only where learning is too short to forget its start.",
        "Expunge's noise is computed for exact arithmetic, as the paper's is. Its certificates also cover the rounding of every step and release.",
      ],
      charts: [],
      tables: [
        constantsTable(set, published.constants ?? null),
        burnInTable(set),
        noiseTable(set, published),
        radiusTable(set),
      ],
      comparisons: [],
      aims: [],
    }),
  }),
};

function constantsTable(set: ExperimentSet, theirs: KnownConstants | null): Table {
  const process = processOf(set, { batchSize: 128 });
  const { rowCount, strongConvexity, smoothness, lipschitz, eta, contraction } = process;
  const rows: Value[][] = [
    ["n, rows", rowCount, theirs?.n ?? null],
    ["d, features", set.train.featureCount, null],
    ["test rows", set.test.rowCount, null],
    ["M, bound on a gradient", lipschitz, theirs?.M ?? null],
    ["m, strong convexity", strongConvexity, theirs?.m ?? null],
    ["L, smoothness", smoothness, theirs?.L ?? null],
    ["eta, step size", eta, theirs?.eta ?? null],
    ["c, contraction of a step", contraction, theirs?.c ?? null],
    ["delta", set.delta, theirs?.delta ?? null],
  ];
  return { name: "constants", title: "Table 1: constants", columns: ["constant", "ours", "theirs"], rows };
}

/** Share of the start's distance that is called forgotten. */
const FORGOTTEN = 1e-6;

function burnInTable(set: ExperimentSet): Table {
  return {
    name: "burn-in",
    title:
      "Table 2: epochs of learning until the start is forgotten (to a millionth of its distance), and those run in the figures",
    columns: [
      "batch",
      "steps an epoch",
      "epochs to forget the start",
      "epochs run",
      "left of the start then",
    ],
    rows: BATCH_SIZES.map((size): Value[] => {
      const process = processOf(set, { batchSize: batchRows(set, size) });
      const { batchCount, contraction } = process;
      const epochs = learnEpochsOf(process);
      const needed = Math.ceil(Math.log(FORGOTTEN) / Math.log(contraction) / batchCount);
      return [nameOf(size), batchCount, needed, epochs, contraction ** (epochs * batchCount)];
    }),
  };
}

/** Batches that something of theirs is known about. */
const NOISE_BATCHES = [32, 128, 512, "full"] as const satisfies readonly BatchSize[];

function noiseTable(set: ExperimentSet, { sigmaForK1 = [], sigmaNonconvergent = [] }: Published): Table {
  const rows = NOISE_BATCHES.flatMap((size) =>
    EPSILONS.map((epsilon): Value[] => {
      const batchSize = batchRows(set, size);
      const process = processOf(set, { batchSize });
      const learnEpochs = learnEpochsOf(process);
      const isThis = (known: { readonly b: number; readonly epsilon: number }): boolean =>
        known.b === batchSize && known.epsilon === epsilon;
      const ours = (deletion: "replace" | "tombstone"): number =>
        timelineSigma(processOf(set, { batchSize, deletion }), epsilon, set.delta);
      return [
        nameOf(size),
        epsilon,
        paperSigma(process, epsilon, set.delta),
        sigmaForK1.find(isThis)?.sigma ?? null,
        paperSigmaNotConverged(set, { batchSize, epsilon, learnEpochs, radius: null }),
        sigmaNonconvergent.find((known) => isThis(known) && known.T === learnEpochs)?.sigma ?? null,
        ours("replace"),
        ours("tombstone"),
      ];
    }),
  );
  return {
    name: "noise",
    title: "Table 3: noise found for one request and one epoch",
    columns: [
      "batch",
      "epsilon",
      "converged",
      "converged, theirs",
      "not converged",
      "not converged, theirs",
      "Expunge, replace",
      "Expunge, tombstone",
    ],
    rows,
  };
}

function radiusTable(set: ExperimentSet): Table {
  const rows = ([128, "full"] as const).flatMap((size) =>
    [1, 2, 5, 10, 100, 200, 3000].map((learnEpochs): Value[] => {
      const question = { batchSize: batchRows(set, size), epsilon: 1, learnEpochs };
      const none = paperSigmaNotConverged(set, { ...question, radius: null });
      const honest = paperSigmaNotConverged(set, { ...question, radius: 100 });
      return [nameOf(size), learnEpochs, none, honest, honest / none];
    }),
  );
  return {
    name: "radius",
    title:
      "Noise by the bound without convergence, epsilon = 1: R = 0, as their program without projection, and R = 100",
    columns: ["batch", "epochs of learning", "R = 0", "R = 100", "ratio"],
    rows,
  };
}
