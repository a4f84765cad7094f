import { privacyOfLearning } from "../accounting/privacy-of-learning.js";
import type { Dataset } from "../data/dataset.js";
import { type ModelTimeline, processAfter, type TrainingPlan } from "../records/training-plan.js";
import { askedOf } from "./asked.js";
import type { Begun, KeeperOf } from "./begun.js";
import { type CorrectRequest, correctionOf, resolveAny } from "./correction.js";
import { disclosureWithTails } from "./disclosure-limit.js";
import { type Correction, carryOut } from "./forget.js";
import { type ForgetOptions, requireForgetOptions, requirePreviewOptions } from "./forget-options.js";
import { type ForgetOutcome, outcomeOf } from "./forget-outcome.js";
import {
  carryOutLesson,
  type KernelFor,
  type LearnOptions,
  type LessonOutcome,
  type LessonPreview,
  previewLesson,
} from "./lesson.js";
import { type Evaluation, evaluateModel, type ThresholdOptions } from "./metrics.js";
import { ModelChain } from "./model-chain.js";
import type { DataDescription, ModelState } from "./model-state.js";
import { meanLoss, namesOf, type PredictionRows, predict, predictProbability, score } from "./predict.js";
import { type Preview, previewRequest } from "./preview.js";
import type { ProcessKernel, Row } from "./process-kernel.js";
import type { Proof } from "./proof.js";
import { type ForgetRequest, type ResolvedRequest, resolveRequest } from "./request.js";
import { type RunOptions, runOptionsOf } from "./run-steps.js";

/** The outcome of a deletion request. */
export interface ForgetResult extends ForgetOutcome {
  /** The model to use from now on; the same one where everybody named was forgotten before. */
  readonly model: Model;
}

/** The outcome of a correction: that of the old values' deletion. */
export interface CorrectResult extends ForgetResult {
  /** Numbers of the corrected rows, in the order of the request; the old numbers are those of forgotten rows. */
  readonly rows: readonly number[];
}

/** The outcome of going on to learn. */
export interface LearnResult extends LessonOutcome {
  /** The model to use from now on. */
  readonly model: Model;
}

/**
 * A trained model with the process that made it. Models are values: forgetting returns a new one, and the old one can
 * still predict but no longer go on (two continuations of one process would together reveal more than either certificate says).
 */
export class Model {
  readonly state: ModelState;
  private readonly process: ModelChain<Model>;

  private constructor(state: ModelState, process: ModelChain<Model>) {
    this.state = state;
    this.process = process;
  }

  /** Takes over a kernel that stands at the state. @internal */
  static begin(state: ModelState, kernel: ProcessKernel): Model {
    const process = new ModelChain<Model>(kernel);
    process.head = new Model(state, process);
    return process.head;
  }

  /** The plan, fixed before training. */
  get plan(): TrainingPlan {
    return this.state.plan;
  }

  /** What has happened to the process: steps, deletions, releases. */
  get timeline(): ModelTimeline {
    return this.state.timeline;
  }

  /** What the model knows of its data: task, features, labels, scaling. */
  get description(): DataDescription {
    return this.state.description;
  }

  /** A copy, outputCount x featureCount, row-major. */
  get weights(): Float64Array {
    return Float64Array.from(this.state.weights);
  }

  /** Whether a later model goes on with the process; then this one can only predict. */
  get isSuperseded(): boolean {
    return this.process.head !== this;
  }

  /** Predicted labels: -1/+1, class numbers, or values; `threshold` is as for `evaluate`. @throws ExpungeError E_DATA, E_OPTION */
  predict(rows: PredictionRows, options: ThresholdOptions = {}): Float64Array {
    return predict(this.state, rows, options);
  }

  /** The same labels as the data called them, such as "yes" or "5". @throws ExpungeError E_DATA, E_OPTION; E_OPTION for regression */
  predictNames(rows: PredictionRows, options: ThresholdOptions = {}): string[] {
    return namesOf(this.description, this.predict(rows, options));
  }

  /** Probability of the positive label, or of each class. @throws ExpungeError E_DATA, E_OPTION */
  predictProbability(rows: PredictionRows): Float64Array {
    return predictProbability(this.state, rows);
  }

  /** Share predicted right; R^2 for regression. @throws ExpungeError E_DATA */
  score(dataset: Dataset): number {
    return score(this.state, dataset);
  }

  /** Mean loss, without the regulariser. @throws ExpungeError E_DATA */
  loss(dataset: Dataset): number {
    return meanLoss(this.state, dataset);
  }

  /** Every measure of quality on labelled rows; `threshold` is for binary labels. @throws ExpungeError E_DATA */
  evaluate(dataset: Dataset, options: ThresholdOptions = {}): Evaluation {
    return evaluateModel(this.state, dataset, options);
  }

  /** Differential privacy of this model for any record still in use; null for noise on release, which proves nothing of those who stay. */
  privacy(delta: number = this.plan.target.delta): Proof | null {
    const { noise } = this.plan;
    if (noise.kind === "on-release") return null;
    const { mu, epsilon } = privacyOfLearning({
      process: processAfter(this.plan, this.timeline),
      sigma: noise.sigma,
      steps: this.timeline.steps,
      delta,
    });
    return { mu, epsilon, delta };
  }

  /** What everything released so far reveals of any `records` records together; null as for `privacy`. */
  disclosure(
    records: number = this.plan.limit?.records ?? 1,
    delta: number = (this.plan.limit ?? this.plan.target).delta,
  ): Proof | null {
    const process = processAfter(this.plan, this.timeline);
    return disclosureWithTails({ ...this.plan, process }, this.timeline.releases, { records, delta });
  }

  /** What a request will cost, before anything is done: a deletion, or a correction. @throws ExpungeError as `forget` and `correct` */
  async preview(
    request: ForgetRequest | CorrectRequest,
    options: Omit<ForgetOptions, "signer" | keyof RunOptions> & { readonly evaluateOn?: Dataset } = {},
  ): Promise<Preview> {
    const { process, state } = this;
    process.requireHead(this);
    requirePreviewOptions(options);
    const { evaluateOn } = options;
    const { resolved, correction } = resolveAny(state, request);
    const asked = { ...askedOf(this.plan, options), ...(evaluateOn && { evaluateOn }) };
    return process.alone(() => previewRequest(state, process.kernel, resolved, asked, correction));
  }

  /** What `learn` would take, before anything is done. @throws ExpungeError as `learn` */
  previewLesson(rows: Dataset, options: LearnOptions = {}): LessonPreview {
    this.process.requireHead(this);
    return previewLesson(this.state, rows, options);
  }

  /**
   * Adds rows, of new subjects or known ones, and goes on with further steps of the same process. Their features are made as the training rows' were;
   * each gets a free slot, drawn at random. It weakens no claim about anybody, and issues no certificate. All or nothing: on any error this model
   * stands as it was.
   * Source: docs/theory.md, "People who join, and rows that are corrected".
   * @throws ExpungeError E_DATA, E_ASSUMPTION for rows that do not fit the model; E_OPTION, E_INFEASIBLE, E_SUPERSEDED, E_ABORTED
   */
  async learn(rows: Dataset, options: LearnOptions = {}): Promise<LearnResult> {
    this.requireOwn();
    return (await this.beginLesson(rows, options)).commit();
  }

  /**
   * Replaces records: the old values are forgotten, with a certificate, and the corrected rows take their slots from now on. The certificate compares
   * with a training in which the corrected rows had been there instead. All or nothing.
   * @throws ExpungeError as `forget`, and as `learn` for rows that do not fit
   */
  async correct(request: CorrectRequest, options: ForgetOptions = {}): Promise<CorrectResult> {
    this.requireOwn();
    return (await this.beginCorrection(request, options)).commit();
  }

  /**
   * Forgets subjects or rows: removes them, runs the least number of further steps that certifies it, and signs a certificate. All or
   * nothing: on any error this model stands as it was.
   * @throws ExpungeError E_UNKNOWN_SUBJECT, E_INFEASIBLE, E_SUPERSEDED, E_ABORTED
   */
  async forget(request: ForgetRequest, options: ForgetOptions = {}): Promise<ForgetResult> {
    this.requireOwn();
    return (await this.beginForget(request, options)).commit();
  }

  /**
   * Makes over the right to go on to a keeper of durable state, which shows every new state only once it is kept. This model and those after it
   * predict and preview, and refuse to go on by themselves. @internal
   *
   * @throws ExpungeError E_SUPERSEDED
   */
  entrust(): Keeper {
    this.requireOwn();
    const { process } = this;
    process.isKept = true;
    return {
      beginForget: (request, options) => (process.head ?? this).beginForget(request, options),
      beginCorrection: (request, options, kernelFor) =>
        (process.head ?? this).beginCorrection(request, options, kernelFor),
      beginLesson: (rows, options, kernelFor) => (process.head ?? this).beginLesson(rows, options, kernelFor),
      end: () => {
        process.head = null;
      },
    };
  }

  /** The first half of `forget`: the new model is ready but not yet in force. Exactly one of `commit` and `rollback` must follow. */
  private async beginForget(request: ForgetRequest, options: ForgetOptions = {}): Promise<BegunForget> {
    this.process.requireHead(this);
    requireForgetOptions(options);
    const resolved = resolveRequest(this.state, request);
    if (resolved.rows.length > 0) return this.unlearn(resolved, options, (result) => result);
    const result: ForgetResult = Object.freeze({ model: this, ...outcomeOf(this.plan, resolved, null) });
    return { result, changed: { slots: [], contents: null }, commit: () => result, rollback: () => {} };
  }

  private async beginCorrection(
    ...asked: Parameters<Keeper["beginCorrection"]>
  ): Promise<Begun<CorrectResult>> {
    this.process.requireHead(this);
    const [request, options = {}, kernelFor] = asked;
    requireForgetOptions(options);
    const { resolved, correction } = correctionOf(this.state, request);
    const rows = correction.rows.map((_, i) => this.description.rowCount + i);
    const resultOf = (result: ForgetResult): CorrectResult => Object.freeze({ ...result, rows });
    return this.unlearn(resolved, options, resultOf, correction, kernelFor);
  }

  private async beginLesson(...asked: Parameters<Keeper["beginLesson"]>): Promise<Begun<LearnResult>> {
    const { process, state } = this;
    const [rows, options = {}, kernelFor] = asked;
    process.requireHead(this);
    return process.begin(
      () => carryOutLesson(state, process.kernel, rows, options, kernelFor),
      (pending) => Object.freeze({ model: new Model(pending.state, process), ...pending.outcome }),
    );
  }

  private unlearn<Result extends ForgetResult>(
    resolved: ResolvedRequest,
    options: ForgetOptions,
    resultOf: (result: ForgetResult) => Result,
    ...change: [Correction?, KernelFor?]
  ): Promise<Begun<Result>> {
    const { process, state, plan } = this;
    const signer = options.signer ?? process.defaultSigner();
    const details = { ...askedOf(plan, options), ...runOptionsOf(options), signer };
    return process.begin(
      () => carryOut(state, process.kernel, resolved, details, ...change),
      (pending) => {
        const model = new Model(pending.state, process);
        return resultOf(Object.freeze({ model, ...outcomeOf(plan, resolved, pending) }));
      },
    );
  }

  /** The public key of the signer made for this process where none was given. */
  defaultPublicKey(): Uint8Array {
    return this.process.defaultSigner().publicKey;
  }

  /** One slot's record as the process holds it, for saving. @internal */
  async readSlot(slot: number): Promise<Row> {
    this.process.requireHead(this);
    return this.process.kernel.readSlot(slot);
  }

  /**
   * Ends this process because its state goes on elsewhere (in a model directory): two continuations of one state would together reveal more
   * than either certificate says. The model can still predict. @internal @returns takes it back, for where it went on nowhere
   */
  handOver(): () => void {
    return this.process.handOver(this);
  }

  /** Frees the rows. The model can still predict. */
  dispose(): void {
    this.process.kernel.dispose();
  }

  /** @internal @throws ExpungeError E_SUPERSEDED where this model cannot go on by itself, E_LOCKED while it is at work */
  requireOwn(): void {
    this.process.requireOwn(this);
  }
}

/** Who alone goes on with a model that was entrusted to them. */
export type Keeper = KeeperOf<ForgetResult, CorrectResult, LearnResult>;
/** A forget that is ready and waits for its keeper's word. */
export type BegunForget = Begun<ForgetResult>;
