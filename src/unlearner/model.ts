import { type Claim, privacyOfLearning, type Target } from "../accounting/unlearning.js";
import { createSigner, type Signer } from "../certificate/dsse.js";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import type { Chosen, Envelope } from "../records/certificate.js";
import type { ModelTimeline, TrainingPlan } from "../records/training-plan.js";
import { carryOut, type PendingForget } from "./forget.js";
import type { DataDescription, ModelState } from "./model-state.js";
import { meanLoss, type PredictionRows, predict, predictProbability, score } from "./predict.js";
import { type Preview, previewRequest } from "./preview.js";
import type { ProcessKernel } from "./process-kernel.js";
import { type ForgetRequest, type ResolvedRequest, resolveRequest } from "./request.js";
import type { RunOptions } from "./run-steps.js";

export interface ForgetOptions extends RunOptions {
  /** Signs the certificate; default: a key made for this process alone, whose public half is `model.defaultPublicKey()`. */
  readonly signer?: Signer;
  /** Asks for another match than the model was planned for, closer or looser; the certificate states it. Default: the plan's. */
  readonly epsilon?: number;
  readonly delta?: number;
  /**
   * "independently" where whoever asks cannot have been moved to it by a released model: then the certificate's `claim` is the one that holds.
   * Default "adaptively": then `joint` and `transcript` are.
   */
  readonly chosen?: Chosen;
}

/** The outcome of a deletion request. */
export interface ForgetResult {
  /** The model to use from now on; the same one where everybody named was forgotten before. */
  readonly model: Model;
  /** The certificate of this request, null where nothing was left to remove. */
  readonly certificate: Envelope | null;
  readonly certificateId: string | null;
  /** Certificates that cover those named who were forgotten before. */
  readonly earlierCertificates: readonly Envelope[];
  /** Salt under which the certificate names its subjects, for whoever asked; null where no subject was named. */
  readonly salt: string | null;
  readonly rowCount: number;
  readonly steps: number;
  readonly gradientEvaluations: number;
  readonly claim: Claim | null;
}

/** The running process behind a chain of models: one kernel, one newest model. */
interface Process {
  readonly kernel: ProcessKernel;
  head: Model | null;
  isBusy: boolean;
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

  /** Takes over a kernel that stands at the state. */
  static begin(state: ModelState, kernel: ProcessKernel): Model {
    const process: Process = { kernel, head: null, isBusy: false, defaultSigner: null };
    process.head = new Model(state, process);
    return process.head;
  }

  get plan(): TrainingPlan {
    return this.state.plan;
  }

  get timeline(): ModelTimeline {
    return this.state.timeline;
  }

  get description(): DataDescription {
    return this.state.description;
  }

  /** A copy of the weights, outputCount x featureCount, row-major. */
  get weights(): Float64Array {
    return Float64Array.from(this.state.weights);
  }

  get isSuperseded(): boolean {
    return this.process.head !== this;
  }

  /** Predicted labels: -1/+1, class numbers, or values. @throws ExpungeError E_DATA */
  predict(rows: PredictionRows): Float64Array {
    return predict(this.state, rows);
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

  /** Differential privacy of this model for any record still in use. */
  privacy(delta: number = this.plan.target.delta): Claim {
    const { process, sigma } = this.plan;
    return privacyOfLearning({ process, sigma, steps: this.timeline.steps, delta });
  }

  /**
   * What a request will cost, before anything is done.
   * @throws ExpungeError E_UNKNOWN_SUBJECT, E_INFEASIBLE, E_SUPERSEDED
   */
  async preview(
    request: ForgetRequest,
    options: { readonly evaluateOn?: Dataset; readonly epsilon?: number; readonly delta?: number } = {},
  ): Promise<Preview> {
    this.requireHead();
    const { evaluateOn } = options;
    const resolved = resolveRequest(this.state, request);
    const { process } = this;
    process.isBusy = true;
    try {
      return await previewRequest(this.state, process.kernel, resolved, {
        target: this.targetWith(options),
        ...(evaluateOn ? { evaluateOn } : {}),
      });
    } finally {
      process.isBusy = false;
    }
  }

  /**
   * Forgets subjects or rows: removes them, runs the least number of further steps that certifies it, and signs a certificate. All or
   * nothing: on any error this model stands as it was.
   *
   * @throws ExpungeError E_UNKNOWN_SUBJECT, E_INFEASIBLE, E_SUPERSEDED, E_ABORTED
   */
  async forget(request: ForgetRequest, options: ForgetOptions = {}): Promise<ForgetResult> {
    const pending = await this.beginForget(request, options);
    return pending.commit();
  }

  /**
   * The first half of `forget`, for keepers of durable state: the new model is ready but not yet in force. Exactly one of `commit` and
   * `rollback` must follow.
   */
  async beginForget(request: ForgetRequest, options: ForgetOptions = {}): Promise<BegunForget> {
    this.requireHead();
    const resolved = resolveRequest(this.state, request);
    if (resolved.rows.length === 0) return this.nothingToDo(resolved);
    const { process } = this;
    process.isBusy = true;
    try {
      const signer = options.signer ?? this.defaultSigner();
      const pending = await carryOut(this.state, process.kernel, resolved, {
        ...options,
        signer,
        target: this.targetWith(options),
      });
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

  /** One slot's record as the process holds it, for saving. */
  async readSlot(slot: number): Promise<{ readonly features: Float32Array; readonly label: number }> {
    this.requireHead();
    return this.process.kernel.readSlot(slot);
  }

  /**
   * Ends this process because its state goes on elsewhere (in a model directory): two continuations of one state would together reveal more
   * than either certificate says. The model can still predict.
   */
  handOver(): void {
    this.requireHead();
    this.process.head = null;
  }

  /** Frees the rows. The model can still predict. */
  dispose(): void {
    this.process.kernel.dispose();
  }

  private begun(resolved: ResolvedRequest, pending: PendingForget): BegunForget {
    const { process } = this;
    const model = new Model(pending.state, process);
    const { cost, certificate, certificateId } = pending;
    const result: ForgetResult = Object.freeze({
      model,
      certificate,
      certificateId,
      earlierCertificates: this.certificatesOf(resolved.earlier),
      salt: resolved.subjects.length > 0 ? this.state.index.saltOf(certificateId) : null,
      rowCount: resolved.rows.length,
      steps: cost.steps,
      gradientEvaluations: cost.steps * this.plan.process.batchSize,
      claim: cost.claim,
    });
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

  private nothingToDo({ earlier }: ResolvedRequest): BegunForget {
    const result: ForgetResult = Object.freeze({
      model: this,
      certificate: null,
      certificateId: null,
      earlierCertificates: this.certificatesOf(earlier),
      salt: null,
      rowCount: 0,
      steps: 0,
      gradientEvaluations: 0,
      claim: null,
    });
    return { result, removed: [], commit: () => result, rollback: () => {} };
  }

  private certificatesOf(ids: readonly string[]): readonly Envelope[] {
    return ids.map((id) => this.state.certificates.get(id) as Envelope);
  }

  private targetWith({ epsilon, delta }: { readonly epsilon?: number; readonly delta?: number }): Target {
    const { target } = this.plan;
    return { epsilon: epsilon ?? target.epsilon, delta: delta ?? target.delta };
  }

  private defaultSigner(): Signer {
    this.process.defaultSigner ??= createSigner();
    return this.process.defaultSigner;
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

/** A forget that is ready and waits for its keeper's word. */
export interface BegunForget {
  readonly result: ForgetResult;
  /** New contents of the slots removed, for the keeper's own copy of the rows; null for an empty slot. */
  readonly removed: PendingForget["removed"];
  commit(): ForgetResult;
  rollback(): void;
}
