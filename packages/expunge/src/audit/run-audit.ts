import { NO_RELEASES, withReleaseAt } from "../accounting/index.js";
import type { Dataset } from "../data/dataset.js";
import { DomainError, ExpungeError, optionError, throwIfAborted, wordedError } from "../errors.js";
import { given } from "../given.js";
import { disclosureProof } from "../unlearner/disclosure-limit.js";
import type { FitOptions } from "../unlearner/options.js";
import type { Proof } from "../unlearner/proof.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { type TrialOptions, type TrialStage, Trials } from "../unlearner/trials.js";
import { auditSamples } from "./audit.js";
import type { AuditedProcess, AuditedRequest, AuditReport } from "./audit-report.js";
import type { AuditResult } from "./audit-result.js";
import { linesOf } from "./audit-text.js";
import { MIN_RUNS } from "./check-samples.js";
import { forgottenLoss, knownDirection, type Statistic } from "./directions.js";
import { limitsOf } from "./limits.js";
import { impossibleNoise } from "./low-order-bits.js";
import { lossOfRows } from "./rows.js";

/** How many models an audit trains, of which process, and how sure it is to be. */
export interface AuditRunOptions {
  /** What is deleted: one request, or several served one after another, of which the last one's erasure is audited. */
  readonly forget: ForgetRequest | readonly ForgetRequest[];
  /** Models in each of three samples, 50 to 2^20. Some 2,000 show a mu of up to about 5, and 1 to within a sixth. */
  readonly trials: number;
  /**
   * Audits the claim about everything released too; it takes noise at every step, and memory for every release. Default: where the plan
   * has a limit on it, because then that is what holds.
   */
  readonly disclosure?: boolean;
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
 * rows by the same schedule of steps, noise and releases, and lets attackers who know everything but the noise try to tell them apart.
 *
 * Source: docs/theory.md, "What is claimed"; `auditSamples` (the bounds).
 * Checked: worst-case data, on which the certified mu is attained, and builds broken on purpose (run-audit.test.ts).
 *
 * @param options those of `fit` and of the audit; a seed makes the audit repeatable, save for deletion "replace"
 * @throws as `fit` and `Model.forget`; ExpungeError E_OPTION for fewer than 50 trials, or where there is nothing to delete
 */
export async function runAudit(
  dataset: Dataset,
  options: FitOptions & AuditRunOptions,
): Promise<AuditReport> {
  const { forget, trials, disclosure, confidence, workers, signal, onProgress, ...fitOptions } = options;
  const given = { disclosure, confidence, workers, signal, onProgress };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return auditTrials(new Trials(dataset, fitOptions), { forget, trials, ...present });
}

/** `runAudit` of a process that stands ready: a model's own plan, batch order and rows, say. @throws as `runAudit` */
export async function auditTrials(process: Trials, options: AuditRunOptions): Promise<AuditReport> {
  const { plan } = process;
  const { confidence = 0.95, disclosure: isDisclosure = plan.limit !== null } = options;
  const forget = listOf(options.forget);
  requireAuditable(process, forget, options);
  const given = { ...options, disclosure: isDisclosure };
  const next = partCounter(options);
  const rowsOfRequests = newRowsOf(process, forget);
  const rows = rowsOfRequests.flat();
  const quiet = { trials: 1, workers: 0, isNoiseless: true };

  const unlearned = await runMany(process, { forget }, given, next);
  const without = { without: { rows }, like: unlearned };
  const retrained = await runMany(process, without, given, next);
  const again = lastOf(await runMany(process, without, { ...given, disclosure: false }, next));
  const worlds = {
    noisy: [unlearned, retrained],
    quiet: [await process.run({ ...quiet, forget }), await process.run({ ...quiet, ...without })],
  } as const;
  next();

  const attacks = attacksOf(process, rows, worlds);
  const claim = lastStage(unlearned).proof as Proof;
  const result = auditSamples({
    unlearned: lastOf(unlearned),
    retrained: lastOf(retrained),
    certified: claim,
    statistics: attacks,
    confidence,
  });
  const control = auditSamples({
    unlearned: lastOf(retrained),
    retrained: again,
    certified: { mu: 0, epsilon: 0, delta: claim.delta },
    statistics: attacks,
    confidence: CONTROL_CONFIDENCE,
  });
  const disclosure = isDisclosure ? auditDisclosure(process, rows.length, confidence, worlds) : null;
  next();

  const found = {
    version: 2 as const,
    verdict: verdictOf(control, disclosure === null ? [result] : [result, disclosure.result]),
    process: describeProcess(process),
    requests: requestsOf(process, rowsOfRequests, unlearned),
    steps: lastStage(unlearned).steps,
    trials: options.trials,
    isSeeded: plan.seed !== null,
    erasure: Object.freeze({ claim, result }),
    disclosure,
    control,
  };
  return Object.freeze({ ...found, lines: linesOf(found), limits: limitsOf(found) });
}

type Stages = readonly TrialStage[];

/** Stages of the unlearned models, and of those that the rows never were in. */
interface Worlds {
  readonly noisy: readonly [Stages, Stages];
  readonly quiet: readonly [Stages, Stages];
}

/** Counts the parts of an audit: those of three samples, the runs without noise, and the statistics. */
function partCounter({ trials, signal, onProgress }: AuditRunOptions): () => void {
  const partsTotal = 3 * Math.ceil(trials / MODELS_A_PART) + 2;
  let partsDone = 0;
  return () => {
    throwIfAborted(signal);
    onProgress?.({ partsDone: ++partsDone, partsTotal });
  };
}

/** One sample, a part after the other. Only an audit of disclosure looks at the weights of any stage but the last. */
async function runMany(
  process: Trials,
  what: Pick<TrialOptions, "forget" | "without" | "like">,
  { trials, workers, signal, disclosure }: AuditRunOptions,
  next: () => void,
): Promise<Stages> {
  const threads = given({ workers });
  const stages: (TrialStage & { readonly weights: Float64Array[] })[] = [];
  for (let done = 0; done < trials; done += MODELS_A_PART) {
    const size = { trials: Math.min(MODELS_A_PART, trials - done) };
    const part = await process.run({ ...what, ...size, ...threads, ...(signal ? { signal } : {}) });
    part.forEach((stage, i) => {
      const sample = (stages[i] ??= { ...stage, weights: [] });
      if (disclosure || i === part.length - 1) sample.weights.push(...stage.weights);
    });
    next();
  }
  return stages;
}

/** Attacks on the model released last, built on nothing that is judged. */
function attacksOf(
  process: Trials,
  rows: readonly number[],
  { noisy: [unlearned], quiet }: Worlds,
): Statistic[] {
  const [p, q] = [lastOf(quiet[0])[0]!, lastOf(quiet[1])[0]!];
  const direction = directionOf(p, q);
  const loss = forgottenLoss(lossOfRows(process, rows));
  // Who knows the state before the one noisy step knows all but its noise.
  const isLaidBare = direction.length > 0 && noisySteps(process, unlearned) === 1;
  const { kernel } = process.plan;
  const std = Math.max(...unlearned.map(({ noise }) => noise));
  return [...direction, ...(isLaidBare ? [impossibleNoise(p, q, { std, kernel })] : []), loss];
}

function noisySteps(process: Trials, stages: Stages): number {
  if (process.plan.noise.kind === "every-step") return lastStage(stages).steps;
  return stages.filter(({ noise }) => noise > 0).length;
}

/** What was seen at every release, one after another, as one vector. */
function auditDisclosure(
  { plan }: Trials,
  records: number,
  confidence: number,
  { noisy, quiet }: Worlds,
): NonNullable<AuditReport["disclosure"]> {
  const steps = [...new Set(noisy[0].map((stage) => stage.steps))];
  const releases = steps.reduce(withReleaseAt, NO_RELEASES);
  const claim = disclosureProof(plan, releases, records, plan.limit ?? plan.target) as Proof;
  const [unlearned, retrained] = [joined(noisy[0], steps), joined(noisy[1], steps)];
  const [p, q] = [joined(quiet[0], steps)[0]!, joined(quiet[1], steps)[0]!];
  const statistics = directionOf(p, q);
  const result = auditSamples({ unlearned, retrained, certified: claim, statistics, confidence });
  return Object.freeze({ claim, releases: steps, records, result });
}

/** The weights of each trial at the given steps, joined. A request that took no steps is the same release as the one before. */
function joined(stages: Stages, steps: readonly number[]): Float64Array[] {
  const seen = steps.map((step) => stages.find((stage) => stage.steps === step) as TrialStage);
  return seen[0]!.weights.map((_, trial) =>
    Float64Array.from(seen.flatMap(({ weights }) => [...weights[trial]!])),
  );
}

/** The direction in which the two worlds differ without noise: nothing that is judged went into it. */
function directionOf(unlearned: Float64Array, retrained: Float64Array): Statistic[] {
  const difference = unlearned.map((weight, j) => weight - retrained[j]!);
  if (difference.every((value) => value === 0)) return [];
  return [knownDirection(difference, "difference without noise")];
}

function verdictOf(control: AuditResult, results: readonly AuditResult[]): AuditReport["verdict"] {
  if (control.verdict === "violated") return "void";
  return results.some(({ verdict }) => verdict === "violated") ? "violated" : "consistent";
}

function describeProcess({ plan }: Trials): AuditedProcess {
  const { objective, process, featureCount, outputCount, epochs, requesters, noise, limit, kernel } = plan;
  return Object.freeze({
    objective,
    constants: process,
    featureCount,
    outputCount,
    epochs,
    requesters,
    noise,
    limit,
    kernel,
  });
}

function requestsOf(
  process: Trials,
  rowsOfRequests: readonly (readonly number[])[],
  stages: Stages,
): readonly AuditedRequest[] {
  const { batchSize } = process.plan.process;
  return rowsOfRequests.map((rows, i) => {
    const [before, after] = [stages[i]!, stages[i + 1]!];
    return Object.freeze({
      rows,
      batches: process.slotsOf(rows).map((slot) => Math.floor(slot / batchSize)),
      stepsBefore: before.steps,
      stepsAfter: after.steps,
      noise: after.noise,
    });
  });
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

/** Not only once the models have been trained. */
function requireAuditable(
  { plan }: Trials,
  forget: readonly ForgetRequest[],
  { trials, disclosure = false, confidence = 0.95 }: AuditRunOptions,
): void {
  if (!(confidence >= 0.5 && confidence < 1)) throw new DomainError("confidence", confidence, "in [0.5, 1)");
  if (disclosure && plan.noise.kind === "on-release")
    throw wordedError(
      "E_OPTION",
      ({ setting }) =>
        `Expected ${setting("noise", "every-step")} to audit everything released: where noise comes on release, the model before the first request has none, and nothing is claimed.`,
    );
  if (forget.length === 0) throw new ExpungeError("E_OPTION", "Expected at least one request to audit.");
  if (trials >= MIN_RUNS) return;
  throw optionError("trials", trials, `to be at least ${MIN_RUNS}`);
}

function listOf(forget: AuditRunOptions["forget"]): readonly ForgetRequest[] {
  return Array.isArray(forget) ? forget : [forget as ForgetRequest];
}

function lastStage(stages: Stages): TrialStage {
  return stages.at(-1)!;
}

function lastOf(stages: Stages): readonly Float64Array[] {
  return lastStage(stages).weights;
}
