import type { Releases } from "../accounting/disclosure.js";
import type { Noise } from "../accounting/erasure.js";
import type { History } from "../accounting/history.js";
import { checkPhases } from "../accounting/phases.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "../accounting/process.js";
import { DomainError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { type FeatureMap, faultOfMap, mappedCountOf } from "../records/feature-map.js";
import type { DisclosureLimit } from "../records/training-plan.js";
import type { Course } from "./claims.js";

/* What a predicate of the right shape speaks of, in the accountant's terms. */

/**
 * The constants from n, b, lambda, M, eta, R, the kernel and the objective alone, and the cycle's lengths where it has grown.
 *
 * @throws DomainError, ExpungeError where the theory does not allow them
 */
export function processOf(predicate: UnlearningPredicate): ProcessConstants {
  const { process, data, request, lives } = predicate;
  const objective = objectiveFrom(process.objective);
  const { recordSmoothness, lipschitz } = process;
  if (recordSmoothness !== objective.smoothness)
    throw new DomainError("recordSmoothness", recordSmoothness, `to be ${objective.smoothness}`);
  const isBounded = objective.clippable
    ? lipschitz <= objective.lipschitz
    : lipschitz === objective.lipschitz;
  if (!isBounded)
    throw new DomainError("lipschitz", lipschitz, `to fit the objective's bound ${objective.lipschitz}`);
  const map = mapOf(predicate);
  const fault = map && faultOfMap(map);
  if (fault) throw new DomainError(`features.${fault[0]}`, map[fault[0]], `to be ${fault[1]}`);
  if (process.isRowFormFromData && (process.kernel !== "float64" || map || request.deletion === "replace"))
    throw new DomainError(
      "isRowFormFromData",
      true,
      "only with kernel float64, rows that are not mapped, and tombstones",
    );
  const constants = processConstants({
    rowCount: data.rowCount,
    batchSize: process.batchSize,
    l2: process.l2,
    smoothness: objective.smoothness,
    lipschitz,
    eta: process.eta,
    radius: process.radius,
    deletion: request.deletion,
    rounding: {
      kernel: process.kernel,
      featureCount: mappedFeatureCount(predicate),
      outputCount: objective.outputCount,
      noiseStd: stepNoiseOf(predicate),
    },
  });
  if (lives === undefined) return constants;
  const living = { ...constants, phases: lives.phases };
  checkPhases(living);
  return living;
}

/** The map of rows, undefined where there is none. */
function mapOf({ process, data }: UnlearningPredicate): FeatureMap | undefined {
  return process.features && { ...process.features, inputCount: data.featureCount };
}

/** Features of a row as the process sees it: weights of an output. */
export function mappedFeatureCount(predicate: UnlearningPredicate): number {
  const map = mapOf(predicate);
  return map ? mappedCountOf(map) : predicate.data.featureCount;
}

/** s, of every step: sqrt(2 eta) sigma; 0 where steps have no noise. */
export function stepNoiseOf({ noise, process }: UnlearningPredicate): number {
  return noise.kind === "every-step" && noise.sigma !== null ? noiseStdFromSigma(process, noise.sigma) : 0;
}

/** Of cells whose lists have one length, which `checkCells` ensures. */
export function historyOf({ timeline }: UnlearningPredicate): History {
  const { start, cells } = timeline;
  return {
    start,
    cells: cells.steps.map((step, i) => ({
      step,
      shift: cells.shifts[i]!,
      std: cells.stds[i]!,
    })),
  };
}

export function releasesOf({ disclosure }: UnlearningPredicate): Releases | null {
  return disclosure && { older: disclosure.older, from: disclosure.from, lengths: disclosure.lengths };
}

/** The steps at which models were released, as far back as they are listed one by one; null where nothing bounds what they disclosed. */
export function releaseEndsOf(
  predicate: UnlearningPredicate,
): { readonly from: number; readonly steps: ReadonlySet<number> } | null {
  const releases = releasesOf(predicate);
  if (releases === null) return null;
  const { from, lengths } = releases;
  const steps = new Set([from]);
  let end = from;
  for (const length of lengths) {
    end += length;
    steps.add(end);
  }
  return { from, steps };
}

export function limitOf({ disclosure }: UnlearningPredicate): DisclosureLimit | null {
  return disclosure?.limit ? { ...disclosure.limit, records: disclosure.records } : null;
}

/** All that the claims of a predicate depend on. */
export function courseOf(predicate: UnlearningPredicate, process: ProcessConstants): Course {
  const { noise, timeline, request } = predicate;
  const kind: Noise =
    noise.kind === "every-step" ? { kind: noise.kind, std: stepNoiseOf(predicate) } : { kind: noise.kind };
  return {
    process,
    noise: kind,
    history: historyOf(predicate),
    steps: timeline.stepsAfter,
    releaseCount: timeline.releaseCount,
    releases: releasesOf(predicate),
    target: request.target,
    limit: limitOf(predicate),
  };
}
