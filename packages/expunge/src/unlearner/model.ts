import { privacyOfLearning } from "../accounting/privacy-of-learning.js";
import { createSigner, type Signer } from "../certificate/dsse.js";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import type { ModelTimeline, TrainingPlan } from "../records/training-plan.js";
import { askedOf } from "./asked.js";
import { disclosureWithTails } from "./disclosure-limit.js";
import { carryOut, type PendingForget } from "./forget.js";
import type { ForgetOptions } from "./forget-options.js";
import { type ForgetOutcome, outcomeOf } from "./forget-outcome.js";
import { type Evaluation, evaluateModel } from "./metrics.js";
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

/** The running process behind a chain of models: one kernel, one newest model. */
interface Process {
  readonly kernel: ProcessKernel;
  head: Model | null;
  isBusy: boolean;
  /** Whether a keeper alone goes on. */
  isKept: boolean;
  defaultSigner: Signer | null;
}

/**
 * A trained model with the process that made it. Models are values: forgetting returns a new one, and the old one can
 * still predict but no longer go on (two continuations of one process would together reveal more than either certificate says).
 */
export class Model {
  readonly state: ModelState;
  private readonly process: Process;

  private constructor(state: ModelState, process: Process) {
    this.state = state;
    this.process = process;
  }

  /** Takes over a kernel that stands at the state. @internal */
  static begin(state: ModelState, kernel: ProcessKernel): Model {
    const process: Process = { kernel, head: null, isBusy: false, isKept: false, defaultSigner: null };
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
  predict(rows: PredictionRows, options: { readonly threshold?: number } = {}): Float64Array {
    return predict(this.state, rows, options);
  }

  /** The same labels as the data called them, such as "yes" or "5". @throws ExpungeError E_DATA, E_OPTION; E_OPTION for regression */
  predictNames(rows: PredictionRows, options: { readonly threshold?: number } = {}): string[] {
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
  evaluate(dataset: Dataset, options: { readonly threshold?: number } = {}): Evaluation {
    return evaluateModel(this.state, dataset, options);
  }

  /** Differential privacy of this model for any record still in use; null for noise on release, which proves nothing of those who stay. */
  privacy(delta: number = this.plan.target.delta): Proof | null {
    const { process, noise } = this.plan;
    if (noise.kind === "on-release") return null;
    const { mu, epsilon } = privacyOfLearning({
      process,
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
    return disclosureWithTails(this.plan, this.timeline.releases, { records, delta });
  }

  /** What a request will cost, before anything is done. @throws ExpungeError E_UNKNOWN_SUBJECT, E_INFEASIBLE, E_SUPERSEDED */
  async preview(
    request: ForgetRequest,
    options: Omit<ForgetOptions, "signer" | keyof RunOptions> & { readonly evaluateOn?: Dataset } = {},
  ): Promise<Preview> {
    this.requireHead();
    const { evaluateOn } = options;
    const resolved = resolveRequest(this.state, request);
    const asked = askedOf(this.plan, options);
    const { process } = this;
    process.isBusy = true;
    try {
      const given = { ...asked, ...(evaluateOn ? { evaluateOn } : {}) };
      return await previewRequest(this.state, process.kernel, resolved, given);
    } finally {
      process.isBusy = false;
    }
  }

  /**
   * Forgets subjects or rows: removes them, runs the least number of further steps that certifies it, and signs a certificate. All or
   * nothing: on any error this model stands as it was.
   * @throws ExpungeError E_UNKNOWN_SUBJECT, E_INFEASIBLE, E_SUPERSEDED, E_ABORTED
   */
  async forget(request: ForgetRequest, options: ForgetOptions = {}): Promise<ForgetResult> {
    this.requireOwn();
    const pending = await this.beginForget(request, options);
    return pending.commit();
  }

  /**
   * Makes over the right to go on to a keeper of durable state, which shows every new state only once it is kept. This model and those after it
   * predict and preview, and refuse to forget by themselves. @internal
   *
   * @throws ExpungeError E_SUPERSEDED
   */
  entrust(): Keeper {
    this.requireOwn();
    const { process } = this;
    process.isKept = true;
    return {
      beginForget: (request, options) => (process.head ?? this).beginForget(request, options),
      end: () => {
        process.head = null;
      },
    };
  }

  /** The first half of `forget`: the new model is ready but not yet in force. Exactly one of `commit` and `rollback` must follow. */
  private async beginForget(request: ForgetRequest, options: ForgetOptions = {}): Promise<BegunForget> {
    this.requireHead();
    const resolved = resolveRequest(this.state, request);
    if (resolved.rows.length === 0) return this.nothingToDo(resolved);
    const asked = askedOf(this.plan, options);
    const { process } = this;
    process.isBusy = true;
    try {
      const signer = options.signer ?? this.defaultSigner();
      const given = { ...asked, ...runOptionsOf(options), signer };
      const pending = await carryOut(this.state, process.kernel, resolved, given);
      return this.begun(resolved, pending);
    } catch (error) {
      process.isBusy = false;
      throw error;
    }
  }

  /** The public key of the signer made for this process where none was given. */
  defaultPublicKey(): Uint8Array {
    return this.defaultSigner().publicKey;
  }

  /** One slot's record as the process holds it, for saving. @internal */
  async readSlot(slot: number): Promise<Row> {
    this.requireHead();
    return this.process.kernel.readSlot(slot);
  }

  /**
   * Ends this process because its state goes on elsewhere (in a model directory): two continuations of one state would together reveal more
   * than either certificate says. The model can still predict. @internal
   */
  handOver(): void {
    this.requireOwn();
    this.process.head = null;
  }

  /** Frees the rows. The model can still predict. */
  dispose(): void {
    this.process.kernel.dispose();
  }

  private begun(resolved: ResolvedRequest, pending: PendingForget): BegunForget {
    const { process } = this;
    const model = new Model(pending.state, process);
    const result: ForgetResult = Object.freeze({ model, ...outcomeOf(this.plan, resolved, pending) });
    let isOpen = true;
    const close = (): void => {
      if (!isOpen)
        throw new ExpungeError("E_SUPERSEDED", "This request has been committed or rolled back already.");
      isOpen = false;
      process.isBusy = false;
    };
    return {
      result,
      removed: pending.removed,
      commit: () => {
        close();
        process.head = model;
        return result;
      },
      rollback: () => {
        close();
        pending.rollback();
      },
    };
  }

  private nothingToDo(resolved: ResolvedRequest): BegunForget {
    const result: ForgetResult = Object.freeze({ model: this, ...outcomeOf(this.plan, resolved, null) });
    return { result, removed: { slots: [], contents: null }, commit: () => result, rollback: () => {} };
  }

  private defaultSigner(): Signer {
    this.process.defaultSigner ??= createSigner();
    return this.process.defaultSigner;
  }

  /** @internal @throws ExpungeError E_SUPERSEDED where this model cannot go on by itself, E_LOCKED while it is at work */
  requireOwn(): void {
    this.requireHead();
    if (!this.process.isKept) return;
    throw new ExpungeError(
      "E_SUPERSEDED",
      "This model is kept in a directory, and only the directory goes on with it: call StoredModel.forget.",
    );
  }

  private requireHead(): void {
    if (this.isSuperseded) {
      throw new ExpungeError(
        "E_SUPERSEDED",
        "This model has been superseded: by a later forget (use the model that it returned) or by saving it (open the directory).",
      );
    }
    if (this.process.isBusy) {
      throw new ExpungeError("E_LOCKED", "A forget is running on this model; wait for it to end.");
    }
  }
}

/** Who alone goes on with a model that was entrusted to them. */
export interface Keeper {
  /** The first half of `Model.forget`, on the newest model. */
  beginForget(request: ForgetRequest, options?: ForgetOptions): Promise<BegunForget>;
  /** Nobody goes on from here: what is durable is not what is in memory. */
  end(): void;
}

/** A forget that is ready and waits for its keeper's word. */
export interface BegunForget {
  readonly result: ForgetResult;
  /** New contents of the slots removed, for the keeper's own copy of the rows. */
  readonly removed: PendingForget["removed"];
  /** Puts the new model in force. */
  commit(): ForgetResult;
  /** Puts the rows back; the model stands as it was. */
  rollback(): void;
}
