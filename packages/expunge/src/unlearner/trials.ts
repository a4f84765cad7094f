import type { Dataset } from "../data/dataset.js";
import {
  createTrialPool,
  gradientWeight,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
  type TrialPool,
} from "../engine/index.js";
import { ExpungeError, optionError } from "../errors.js";
import { given } from "../given.js";
import { randomBytes } from "../records/bytes.js";
import type { Standing, TrainingPlan } from "../records/training-plan.js";
import { drawOrder } from "./fit.js";
import { Forgotten } from "./forgotten.js";
import { type ModelState, slotsOf } from "./model-state.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";
import { meanLoss, score } from "./predict.js";
import { parametersOf, planNoiseStd, rowWidthAt } from "./process-kernel.js";
import type { Proof } from "./proof.js";
import { type ForgetRequest, resolveRequest } from "./request.js";
import { costOf } from "./request-cost.js";
import type { ReleaseSteps } from "./run-release.js";
import { storageAt } from "./sparse-storage.js";
import { SubjectIndex } from "./subject-index.js";
import { timelineAfter, trainedTimeline } from "./timeline.js";
import { entriesOf, type TrialRow } from "./trial-row.js";
import { replacementFor, type SlotContents } from "./unlearn-slots.js";

/** What to do in every trial of a run. */
export interface TrialOptions {
  /** Independent trials, 1 to 2^20. */
  readonly trials: number;
  /** Threads; default one a core, 0 for the calling thread. */
  readonly workers?: number;
  /** Steps of training, default the plan's epochs; ascending numbers for a stage at each of them. */
  readonly steps?: number | readonly number[];
  /** Requests served one after another once trained, each with the steps that certify it. */
  readonly forget?: readonly ForgetRequest[];
  /** Rows that are not there from the start: retraining without them, in the same batch order. */
  readonly without?: ForgetRequest;
  /** Releases at the same steps and with the same noise as these stages of another run, instead of `steps` and `forget`: its schedule. */
  readonly like?: readonly Pick<TrialStage, "steps" | "noise">[];
  /** Leaves the noise out; nothing is certified then. */
  readonly isNoiseless?: boolean;
  readonly signal?: AbortSignal;
  /** Stages done, of how many. */
  readonly onProgress?: (progress: { readonly stagesDone: number; readonly stagesTotal: number }) => void;
}

/** Where all trials stand after training, or after a request. */
export interface TrialStage {
  /** Steps of the process so far. */
  readonly steps: number;
  /** Rows that this stage's request removed; 0 for training. */
  readonly rowCount: number;
  /** What a certificate of this request would prove, rounding included; null for training or without noise. */
  readonly proof: Proof | null;
  /** Standard deviation of the noise that the release added to each weight. */
  readonly noise: number;
  /** Of each trial: outputCount x featureCount, row-major. */
  readonly weights: readonly Float64Array[];
}

/** Of training first, at least one, then of the requests. */
export type TrialStages = readonly [TrialStage, ...TrialStage[]];

/** What trials run on: a plan, its rows in batch order, and who is where. `forgotten` rows are no longer in `rows`. */
export type TrialMaterial = Pick<ModelState, "plan" | "description" | "slotOfRow" | "index" | "forgotten"> &
  Partial<Pick<ModelState, "timeline">> & { readonly rows: PackedRows };

/**
 * Many independent models on one data set, for experiments and audits: same plan, same batch order (which every certificate
 * takes as given), noise of their own.
 */
export class Trials {
  readonly plan: TrainingPlan;
  private readonly material: TrialMaterial;
  /** A slot is replaced by the same record in every run, as certificates compare them. */
  private readonly replacements = new Map<number, SlotContents>();
  private runCount = 0;

  /** @throws as `fit`; ExpungeError E_OPTION for the reference kernel */
  constructor(dataset: Dataset, options: FitOptions);
  /** Trials of a model that there is already. @throws ExpungeError E_OPTION for the reference kernel */
  constructor(material: TrialMaterial);
  constructor(source: Dataset | TrialMaterial, options?: FitOptions) {
    this.material = "plan" in source ? source : materialOf(source, options as FitOptions);
    this.plan = this.material.plan;
    if (this.plan.kernel === "reference")
      throw new ExpungeError("E_OPTION", "Trials run on kernel float64 or float32, not reference.");
  }

  /**
   * Trains, then serves the requests, in every trial. A seeded plan gives the same results for the same runs in the same
   * order; two runs of it never share noise.
   *
   * @returns one stage for training (or for each of its `steps`) and one for each request
   * @throws ExpungeError E_UNKNOWN_SUBJECT, E_INFEASIBLE, E_WORKER, E_ABORTED, E_OPTION
   */
  async run(options: TrialOptions): Promise<TrialStages> {
    const { forget = [], without, isNoiseless = false, signal, onProgress } = options;
    const { plan } = this;
    const { rows: packed } = this.material;
    const stops = stopsOf(plan, options);
    const noise = this.nextNoise();
    const parameters = parametersOf(plan, isNoiseless ? 0 : planNoiseStd(plan));
    const { trials, workers } = options;
    const pool = await createTrialPool(packed, parameters, {
      kernel: plan.kernel === "float32" ? "float32" : "float64",
      trials,
      ...given({ workers, sparse: storageAt(this.standing) }),
    });
    try {
      const gone = new Set<number>();
      if (without) this.remove(pool, this.resolve(without, gone), gone);
      const stagesTotal = stops.length + forget.length;
      const stages: TrialStage[] = [];
      const run = signal ? { signal } : {};
      let steps = 0;
      for (const stop of stops) {
        const std = isNoiseless ? 0 : stop.noise;
        await releaseTrials(pool, plan, { firstStep: steps + 1, steps: stop.steps - steps, std }, noise, run);
        steps = stop.steps;
        stages.push({ steps, rowCount: 0, proof: null, noise: std, weights: weightsOf(pool) });
      }
      let timeline = trainedTimeline(plan, steps);
      for (const request of forget) {
        onProgress?.({ stagesDone: stages.length, stagesTotal });
        const rows = this.resolve(request, gone);
        const cost = costOf({ plan, timeline }, slotsOf(this.material, rows), { target: plan.target });
        this.remove(pool, rows, gone);
        const release = {
          ...cost.release,
          firstStep: timeline.steps + 1,
          ...(isNoiseless ? { std: 0 } : {}),
        };
        await releaseTrials(pool, plan, release, noise, run);
        timeline = timelineAfter(plan, timeline, cost, "");
        const proof = isNoiseless ? null : cost.proof;
        const { std } = release;
        stages.push({
          steps: timeline.steps,
          rowCount: rows.length,
          proof,
          noise: std,
          weights: weightsOf(pool),
        });
      }
      onProgress?.({ stagesDone: stagesTotal, stagesTotal });
      return stages as [TrialStage, ...TrialStage[]];
    } finally {
      pool.dispose();
    }
  }

  /** Share of rows that weights predict right; R^2 for regression. */
  score(weights: Float64Array, dataset: Dataset): number {
    return score({ plan: this.plan, weights, description: this.material.description }, dataset);
  }

  /** Mean loss of weights over rows, without the regulariser. */
  loss(weights: Float64Array, dataset: Dataset): number {
    return meanLoss({ plan: this.plan, weights, description: this.material.description }, dataset);
  }

  /**
   * Slots of rows, which batch they are in included: what an attacker who knows everything but the noise knows.
   * @throws ExpungeError E_OPTION for a row that never was
   */
  slotsOf(rows: readonly number[]): readonly number[] {
    return rows.map((row) => this.slotOf(row));
  }

  /**
   * The rows that a request names and that are there, ascending.
   * @throws ExpungeError E_UNKNOWN_SUBJECT, E_OPTION
   */
  rowsOf(request: ForgetRequest): readonly number[] {
    return resolveRequest(this.material, request).rows;
  }

  /** Rows at the start, those forgotten included. */
  get rowCount(): number {
    return this.material.description.rowCount;
  }

  /**
   * The numbers of a row other than 0 as the process sees it, scaled, with their columns, and what its gradient is multiplied by; null where it was
   * forgotten before the trials began.
   * @throws ExpungeError E_OPTION for a row that never was
   */
  rowAt(row: number): TrialRow | null {
    const { rows, forgotten } = this.material;
    if (forgotten.hasRow(row)) return null;
    const slot = this.slotOf(row);
    const { weighting } = this.plan;
    const width = rowWidthAt(this.standing);
    const stored = rows.features.subarray(slot * width, (slot + 1) * width);
    const label = rows.labels[slot]!;
    const sampleWeight = weighting?.samples ? stored[width - 1]! : 1;
    const { task } = this.material.description;
    const weight = weighting ? gradientWeight(weighting, task, label, sampleWeight) : 1;
    return { ...entriesOf(this.plan, storageAt(this.standing), stored), label, weight };
  }

  private get standing(): Standing {
    const { plan, timeline = trainedTimeline(plan, 0) } = this.material;
    return { plan, timeline };
  }

  private slotOf(row: number): number {
    const slot = this.material.slotOfRow[row];
    if (slot !== undefined) return slot;
    throw optionError("row", row, `to be an integer in [0, ${this.rowCount - 1}]`);
  }

  private resolve(request: ForgetRequest, gone: ReadonlySet<number>): readonly number[] {
    return this.rowsOf(request).filter((row) => !gone.has(row));
  }

  private remove(pool: TrialPool, rows: readonly number[], gone: Set<number>): void {
    for (const row of rows) {
      const slot = this.slotOf(row);
      if (!this.replacements.has(slot)) {
        this.replacements.set(slot, replacementFor(this.material, slot));
      }
      pool.writeSlot(slot, this.replacements.get(slot) ?? null);
      gone.add(row);
    }
  }

  private nextNoise(): NoiseOrigin {
    const run = this.runCount++;
    const { seed } = this.plan;
    return seed === null
      ? { kind: "system" }
      : { kind: "seed", key: noiseKeyFromSeed(`${seed}/trials/${run}`) };
  }
}

/** Where training stops, and with what noise. @throws ExpungeError E_OPTION where it stops nowhere */
function stopsOf(plan: TrainingPlan, { like, steps }: TrialOptions): NonNullable<TrialOptions["like"]> {
  const asked = steps ?? plan.epochs * plan.process.batchCount;
  const noise = plan.noise.kind === "every-step" ? plan.noise.std : 0;
  const stops = like ?? (typeof asked === "number" ? [asked] : asked).map((at) => ({ steps: at, noise }));
  if (stops.length > 0) return stops;
  throw optionError(like ? "like.length" : "steps.length", 0, "to be at least 1: training is a stage");
}

function materialOf(dataset: Dataset, options: FitOptions): TrialMaterial {
  const plan = makeTrainingPlan(dataset, options);
  const slotOfRow = drawOrder(plan);
  const { batchCount, batchSize } = plan.process;
  return {
    plan,
    description: dataset,
    slotOfRow,
    rows: packRows(dataset, slotOfRow, batchCount * batchSize, plan),
    index: SubjectIndex.fromSubjects(randomBytes(32), dataset.subjects, dataset.subjectForm),
    forgotten: Forgotten.none(),
  };
}

/** `runRelease` for all trials at once. */
async function releaseTrials(
  pool: TrialPool,
  { noise }: TrainingPlan,
  { firstStep, steps, std }: ReleaseSteps,
  origin: NoiseOrigin,
  run: { readonly signal?: AbortSignal },
): Promise<void> {
  if (steps === 0) return;
  await pool.advance(firstStep, steps - 1, noise.kind === "every-step" ? origin : null, run);
  await pool.advance(firstStep + steps - 1, 1, null, run);
  if (std > 0) pool.release(firstStep + steps - 1, std, origin);
}

function weightsOf(pool: TrialPool): Float64Array[] {
  return Array.from({ length: pool.trials }, (_, trial) => pool.weights(trial));
}

/**
 * Many independent models at once: trained, and unlearned as asked.
 *
 * @throws as `fit` and `Trials.run`
 */
export function runTrials(dataset: Dataset, options: FitOptions & TrialOptions): Promise<TrialStages> {
  const { trials, workers, steps, forget, without, like, isNoiseless, signal, onProgress, ...fitOptions } =
    options;
  const rest = given({ workers, steps, forget, without, like, isNoiseless, signal, onProgress });
  return new Trials(dataset, fitOptions).run({ trials, ...rest });
}
