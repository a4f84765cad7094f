import { type Claim, claimFromEnergy, jointEnergy, mergeDeletedSlots } from "../accounting/index.js";
import type { Dataset } from "../data/dataset.js";
import { DomainError, ExpungeError, throwIfAborted } from "../errors.js";
import type { FitOptions } from "../unlearner/options.js";
import { planNoiseStd } from "../unlearner/process-kernel.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { type TrialOptions, type TrialStage, Trials } from "../unlearner/trials.js";
import { auditSamples } from "./audit.js";
import type { AuditedProcess, AuditedRequest, AuditReport } from "./audit-report.js";
import type { AuditResult, CertifiedClaim } from "./audit-result.js";
import { linesOf } from "./audit-text.js";
import { LEAST_RUNS } from "./check-samples.js";
import { forgottenLoss, knownDirection, type Statistic } from "./directions.js";
import { limitsOf } from "./limits.js";
import { lossOfRows } from "./rows.js";

export interface AuditRunOptions {
  /** What is deleted: one request, or several served one after another, of which the last one's claim is audited. */
  readonly forget: ForgetRequest | readonly ForgetRequest[];
  /** Models in each of three samples, 50 to 2^20. Some 2,000 show a mu of up to about 5, and 1 to within a sixth. */
  readonly trials: number;
  /** Audits the claim about all releases seen together too; takes memory for every release. Default false. */
  readonly joint?: boolean;
  /** Of each claim's verdict, in [0.5, 1); default 0.95. */
  readonly confidence?: number;
  /** Threads; default one a core, 0 for the calling thread. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Parts of the audit done, of how many. */
  readonly onProgress?: (progress: { readonly partsDone: number; readonly partsTotal: number }) => void;
}

/** The control must be wrong far less often than the audit: one false alarm in a thousand. */
const CONTROL_CONFIDENCE = 0.999;
/** Models run at once: few enough for a progress bar. It does not depend on the threads, so neither do seeded results. */
const MODELS_A_PART = 250;

/**
 * Puts the certificate of a deletion on trial: trains many models on the data and has them forget, trains as many without the
 * rows for as many steps, and lets attackers who know everything but the noise try to tell them apart.
 *
 * Source: theory.md sections 2 and 6 (the claims); `auditSamples` (the bounds).
 * Checked: worst-case data, on which the certified mu is attained, and builds broken on purpose (run-audit.test.ts).
 *
 * @param options those of `fit` and of the audit; a seed makes the audit repeatable, save for deletion "replace"
 * @throws as `fit` and `Model.forget`; ExpungeError E_OPTION for fewer than 50 trials, or where there is nothing to delete
 */
export async function runAudit(
  dataset: Dataset,
  options: FitOptions & AuditRunOptions,
): Promise<AuditReport> {
  const { forget, trials, joint, confidence, workers, signal, onProgress, ...fitOptions } = options;
  const given = { joint, confidence, workers, signal, onProgress };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return auditTrials(new Trials(dataset, fitOptions), { forget, trials, ...present });
}

/** `runAudit` of a process that stands ready: a model's own plan, batch order and rows, say. @throws as `runAudit` */
export async function auditTrials(process: Trials, options: AuditRunOptions): Promise<AuditReport> {
  const { joint: isJoint = false, confidence = 0.95 } = options;
  const forget = listOf(options.forget);
  requireEnough(options.trials, forget);
  // Not only where the models have been trained.
  if (!(confidence >= 0.5 && confidence < 1)) throw new DomainError("confidence", confidence, "in [0.5, 1)");
  const next = partCounter(options);
  const rowsOfRequests = newRowsOf(process, forget);
  const rows = rowsOfRequests.flat();
  const quiet = { trials: 1, workers: 0, isNoiseless: true };

  const unlearned = await runMany(process, { forget }, options, next);
  const requests = requestsOf(process, rowsOfRequests, unlearned);
  const releases = [...new Set(unlearned.map(({ steps }) => steps))];
  const steps = releases.at(-1) as number;
  const stops = isJoint ? releases : steps;
  const retrained = await runMany(process, { without: { rows }, steps: stops }, options, next);
  const again = lastOf(await runMany(process, { without: { rows }, steps }, options, next));
  const quietUnlearned = await process.run({ ...quiet, forget });
  const quietRetrained = await process.run({ ...quiet, without: { rows }, steps: stops });
  next();

  const claim = lastStage(unlearned).claim as Claim;
  const loss = forgottenLoss(lossOfRows(process, rows));
  const lastAttacks = [...directionOf(lastOf(quietUnlearned), lastOf(quietRetrained)), loss];
  const last = auditSamples({
    unlearned: lastOf(unlearned),
    retrained: lastOf(retrained),
    certified: certified(claim),
    statistics: lastAttacks,
    confidence,
  });
  const control = auditSamples({
    unlearned: lastOf(retrained),
    retrained: again,
    certified: { mu: 0, epsilon: 0, delta: claim.delta },
    statistics: lastAttacks,
    confidence: CONTROL_CONFIDENCE,
  });
  const joint = isJoint
    ? auditJointly(process, requests, releases, confidence, {
        noisy: [unlearned, retrained],
        quiet: [quietUnlearned, quietRetrained],
      })
    : null;
  next();

  const found = {
    version: 1 as const,
    verdict: verdictOf(control, joint === null ? [last] : [last, joint.result]),
    process: describeProcess(process),
    requests,
    steps,
    trials: options.trials,
    isSeeded: process.plan.seed !== null,
    last: Object.freeze({ claim, result: last }),
    joint,
    control,
  };
  return Object.freeze({ ...found, lines: linesOf(found), limits: limitsOf(found) });
}

type Stages = readonly TrialStage[];

/** Counts the parts of an audit: those of three samples, the runs without noise, and the statistics. */
function partCounter({ trials, signal, onProgress }: AuditRunOptions): () => void {
  const partsTotal = 3 * Math.ceil(trials / MODELS_A_PART) + 2;
  let partsDone = 0;
  return () => {
    throwIfAborted(signal);
    onProgress?.({ partsDone: ++partsDone, partsTotal });
  };
}

/** One sample, a part after the other. Only a joint audit looks at the weights of any stage but the last. */
async function runMany(
  process: Trials,
  what: Pick<TrialOptions, "forget" | "without" | "steps">,
  { trials, workers, signal, joint }: AuditRunOptions,
  next: () => void,
): Promise<Stages> {
  const threads = workers === undefined ? {} : { workers };
  const stages: (TrialStage & { readonly weights: Float64Array[] })[] = [];
  for (let done = 0; done < trials; done += MODELS_A_PART) {
    const size = { trials: Math.min(MODELS_A_PART, trials - done) };
    const part = await process.run({ ...what, ...size, ...threads, ...(signal ? { signal } : {}) });
    part.forEach((stage, i) => {
      if (done === 0) stages.push({ ...stage, weights: [] });
      if (joint || i === part.length - 1) stages[i].weights.push(...stage.weights);
    });
    next();
  }
  return stages;
}

/** What was seen at every release, one after another, as one vector. */
function auditJointly(
  process: Trials,
  requests: readonly AuditedRequest[],
  releases: readonly number[],
  confidence: number,
  { noisy, quiet }: { readonly noisy: readonly [Stages, Stages]; readonly quiet: readonly [Stages, Stages] },
): NonNullable<AuditReport["joint"]> {
  const { process: constants, sigma, target } = process.plan;
  const deleted = mergeDeletedSlots(
    requests.flatMap(({ batches, stepsBefore }) =>
      batches.map((batch) => ({ batch, count: 1, through: stepsBefore })),
    ),
  );
  const energy = jointEnergy({ process: constants, deleted, releases });
  const claim = claimFromEnergy(constants, sigma, energy, target.delta);
  const [unlearned, retrained] = noisy.map((stages) => joined(stages, releases));
  const result = auditSamples({
    unlearned,
    retrained,
    certified: certified(claim),
    statistics: directionOf(joined(quiet[0], releases), joined(quiet[1], releases)),
    confidence,
  });
  return Object.freeze({ claim, releases, result });
}

/** The weights of each trial at the given steps, joined. A request that took no steps is the same release as the one before. */
function joined(stages: Stages, releases: readonly number[]): Float64Array[] {
  const seen = releases.map((step) => stages.find(({ steps }) => steps === step) as TrialStage);
  return seen[0].weights.map((_, trial) =>
    Float64Array.from(seen.flatMap(({ weights }) => [...weights[trial]])),
  );
}

/** The direction in which the two worlds differ without noise: nothing that is judged went into it. */
function directionOf(
  [unlearned]: readonly Float64Array[],
  [retrained]: readonly Float64Array[],
): Statistic[] {
  const difference = unlearned.map((weight, j) => weight - retrained[j]);
  if (difference.every((value) => value === 0)) return [];
  return [knownDirection(difference, "difference without noise")];
}

function certified({ mu, epsilon, delta }: Claim): CertifiedClaim {
  return { mu, epsilon, delta };
}

function verdictOf(control: AuditResult, results: readonly AuditResult[]): AuditReport["verdict"] {
  if (control.verdict === "violated") return "void";
  return results.some(({ verdict }) => verdict === "violated") ? "violated" : "consistent";
}

function describeProcess({ plan }: Trials): AuditedProcess {
  const { objective, featureCount, outputCount, epochs, sigma } = plan;
  const { radius } = plan.process;
  const constants = { ...plan.process, radius: Number.isFinite(radius) ? radius : null };
  const noiseStd = planNoiseStd(plan);
  return Object.freeze({ objective, constants, featureCount, outputCount, epochs, sigma, noiseStd });
}

function requestsOf(
  process: Trials,
  rowsOfRequests: readonly (readonly number[])[],
  stages: Stages,
): readonly AuditedRequest[] {
  const { batchSize } = process.plan.process;
  return rowsOfRequests.map((rows, i) =>
    Object.freeze({
      rows,
      batches: process.slotsOf(rows).map((slot) => Math.floor(slot / batchSize)),
      stepsBefore: stages[i].steps,
      stepsAfter: stages[i + 1].steps,
    }),
  );
}

/** The rows of each request that no earlier one names. */
function newRowsOf(process: Trials, forget: readonly ForgetRequest[]): readonly (readonly number[])[] {
  const gone = new Set<number>();
  return forget.map((request, i) => {
    const rows = process.rowsOf(request).filter((row) => !gone.has(row));
    for (const row of rows) gone.add(row);
    if (rows.length > 0) return rows;
    throw new ExpungeError(
      "E_OPTION",
      `Expected every request to delete something; all that forget[${i}] names is gone before it.`,
      { request: i },
    );
  });
}

function requireEnough(trials: number, forget: readonly ForgetRequest[]): void {
  if (forget.length === 0) throw new ExpungeError("E_OPTION", "Expected at least one request to audit.");
  if (trials >= LEAST_RUNS) return;
  throw new ExpungeError("E_OPTION", `Expected trials = ${trials} to be at least ${LEAST_RUNS}.`, {
    field: "trials",
    found: trials,
  });
}

function listOf(forget: AuditRunOptions["forget"]): readonly ForgetRequest[] {
  return Array.isArray(forget) ? forget : [forget as ForgetRequest];
}

function lastStage(stages: Stages): TrialStage {
  return stages[stages.length - 1];
}

function lastOf(stages: Stages): readonly Float64Array[] {
  return lastStage(stages).weights;
}
