import {
  baselines,
  EMPTY_HISTORY,
  muFromEpsilonDelta,
  type ProcessConstants,
  releaseWithNoise,
  stepsToUnlearn,
  withDeleted,
} from "expunge/accounting";
import type { BatchOrder } from "./batch-orders.js";
import { type ExperimentSet, processOf } from "./data-sets.js";
import {
  descentProcess,
  langevinSigma,
  learnEpochsOf,
  paperSigma,
  paperSigmaNotConverged,
  remembered,
  timelineSigma,
} from "./noise-levels.js";

/** A way to serve one request: its noise, and its steps. */
export interface Method {
  readonly id: string;
  readonly label: string;
  readonly process: ProcessConstants;
  sigma(epsilon: number): number;
  /** Steps of learning and of the request. */
  readonly learnSteps: number;
  unlearnSteps(epsilon: number, order: BatchOrder, row: number): number;
  /** Noise on the weights when they are released. */
  outputStd?(epsilon: number): number;
  /** Whether the model has none of it before the request. */
  readonly isLearnedWithoutNoise?: boolean;
  readonly isRetrained?: boolean;
  /** What the authors call it, where they published its accuracy. */
  readonly publishedAs?: "b128" | "b0";
}

/** Every way of paying for a request that Figure 3a shows. */
export function methodsFor(set: ExperimentSet): readonly Method[] {
  const rows = set.train.rowCount;
  const full = processOf(set, { batchSize: rows });
  return [
    paperMethod(set, 128, "converged"),
    paperMethod(set, 128, "published"),
    paperMethod(set, rows, "converged"),
    paperMethod(set, rows, "published"),
    timelineMethod(set, "replace"),
    timelineMethod(set, "tombstone"),
    onReleaseMethod(set),
    descentMethod(set, 1),
    descentMethod(set, 5),
    {
      id: "langevin",
      label: "Langevin unlearning",
      process: full,
      sigma: remembered((epsilon) => langevinSigma(full, epsilon, set.delta)),
      learnSteps: learnEpochsOf(full),
      unlearnSteps: () => 1,
    },
  ];
}

function paperMethod(set: ExperimentSet, batchSize: number, kind: "converged" | "published"): Method {
  const process = processOf(set, { batchSize });
  const learnEpochs = learnEpochsOf(process);
  const isPublished = kind === "published";
  const batch = process.batchCount === 1 ? "full batch" : `b = ${batchSize}`;
  // One epoch more on every call, as their program.
  const extra = isPublished ? 1 : 0;
  return {
    id: `paper-${process.batchCount === 1 ? "full" : `b${batchSize}`}-${kind}`,
    label: `PNSGD, ${batch}, ${isPublished ? "not converged" : "converged"}`,
    process,
    sigma: (epsilon) =>
      isPublished
        ? paperSigmaNotConverged(set, { batchSize, epsilon, learnEpochs, radius: null })
        : paperSigma(process, epsilon, set.delta),
    learnSteps: (learnEpochs + extra) * process.batchCount,
    unlearnSteps: () => (1 + extra) * process.batchCount,
    isRetrained: isPublished,
    ...(isPublished ? { publishedAs: process.batchCount === 1 ? "b0" : "b128" } : {}),
  };
}

function timelineMethod(set: ExperimentSet, deletion: "replace" | "tombstone"): Method {
  const process = processOf(set, { batchSize: 128, deletion });
  const learnSteps = learnEpochsOf(process) * process.batchCount;
  const sigma = remembered((epsilon) => timelineSigma(process, epsilon, set.delta));
  return {
    id: `expunge-${deletion}`,
    label: `Expunge, ${deletion}`,
    process,
    sigma,
    learnSteps,
    unlearnSteps: (epsilon, order, row) => {
      const deleted = [{ batch: order.batchOf(row), count: 1, through: learnSteps }];
      const target = { epsilon, delta: set.delta };
      const answer = stepsToUnlearn({
        process,
        sigma: sigma(epsilon),
        ...target,
        deleted,
        steps: learnSteps,
      });
      if (answer === null) throw new RangeError(`No number of steps meets epsilon = ${epsilon}.`);
      return answer.steps;
    },
  };
}

/** An epoch without noise, and the noise of a release at its end. */
function onReleaseMethod(set: ExperimentSet): Method {
  const process = processOf(set, { batchSize: 128, deletion: "tombstone" });
  const { batchCount } = process;
  const learnSteps = learnEpochsOf(process) * batchCount;
  const deleted = [{ batch: batchCount - 1, count: 1 }];
  const history = withDeleted(process, "on-release", EMPTY_HISTORY, deleted, learnSteps);
  return {
    id: "expunge-on-release",
    label: "Expunge, noise on release",
    process,
    sigma: () => 0,
    learnSteps,
    unlearnSteps: () => batchCount,
    outputStd: remembered((epsilon) => {
      const mu = muFromEpsilonDelta(epsilon, set.delta);
      const effort = { steps: batchCount };
      const release = releaseWithNoise(process, history, learnSteps, { mu, maxSteps: batchCount, effort });
      if (release === null) throw new RangeError(`No noise meets epsilon = ${epsilon}.`);
      return release.std;
    }),
    isLearnedWithoutNoise: true,
  };
}

function descentMethod(set: ExperimentSet, iterations: number): Method {
  const process = descentProcess(set);
  return {
    id: `descent-${iterations}`,
    label: `Descent-to-Delete, ${iterations === 1 ? "1 epoch" : `${iterations} epochs`}`,
    process,
    sigma: () => 0,
    learnSteps: learnEpochsOf(process),
    unlearnSteps: () => iterations,
    outputStd: (epsilon) =>
      baselines.descentToDeleteSigma({ process, epsilon, delta: set.delta, iterations }),
  };
}
