import { createSigner, type Signer } from "../certificate/dsse.js";
import { ExpungeError } from "../errors.js";
import { type Begun, begun } from "./begun.js";
import type { ProcessKernel } from "./process-kernel.js";
import type { SlotRecords } from "./unlearn-slots.js";

/** A change carried out in memory but not yet visible. */
interface PendingChange {
  readonly changed: SlotRecords;
  /** The kernel that stands at the new state, where it is another one. */
  readonly kernel?: ProcessKernel;
  rollback(): void;
}

/** The running process behind a chain of models: one kernel, and one newest model, which alone goes on. */
export class ModelChain<M> {
  kernel: ProcessKernel;
  head: M | null = null;
  isBusy = false;
  /** Whether a keeper alone goes on. */
  isKept = false;
  private signer: Signer | null = null;

  constructor(kernel: ProcessKernel) {
    this.kernel = kernel;
  }

  /** The signer of whatever nobody gave one for. */
  defaultSigner(): Signer {
    this.signer ??= createSigner();
    return this.signer;
  }

  /** Carries a change out in memory; whoever asked says what becomes of it. Until then nothing else runs. */
  async begin<Pending extends PendingChange, Result extends { readonly model: M }>(
    carryOut: () => Promise<Pending>,
    resultOf: (pending: Pending) => Result,
  ): Promise<Begun<Result>> {
    this.isBusy = true;
    const onEnd = (): void => {
      this.isBusy = false;
    };
    try {
      const pending = await carryOut();
      const result = resultOf(pending);
      return begun(result, pending, { onEnd, onCommit: () => this.goOn(result.model, pending.kernel) });
    } catch (error) {
      onEnd();
      throw error;
    }
  }

  /** Runs one thing at a time. */
  async alone<T>(run: () => Promise<T>): Promise<T> {
    this.isBusy = true;
    try {
      return await run();
    } finally {
      this.isBusy = false;
    }
  }

  /** @throws ExpungeError E_SUPERSEDED where a model cannot go on by itself, E_LOCKED while the chain is at work */
  requireOwn(model: M): void {
    this.requireHead(model);
    if (!this.isKept) return;
    throw new ExpungeError(
      "E_SUPERSEDED",
      "This model is kept in a directory, and only the directory goes on with it: call StoredModel.forget, StoredModel.learn or StoredModel.correct.",
    );
  }

  /** @throws ExpungeError E_SUPERSEDED, E_LOCKED */
  requireHead(model: M): void {
    if (this.head !== model) {
      throw new ExpungeError(
        "E_SUPERSEDED",
        "This model has been superseded: by a later forget, learn or correct (use the model that it returned) or by saving it (open the directory).",
      );
    }
    if (this.isBusy) {
      throw new ExpungeError(
        "E_LOCKED",
        "A forget, learn, correct or preview is running on this model; wait for it to end.",
      );
    }
  }

  /** Nothing goes on here from now on. @returns takes that back @throws ExpungeError as `requireOwn` */
  handOver(model: M): () => void {
    this.requireOwn(model);
    this.head = null;
    return () => {
      this.head = model;
    };
  }

  /** Puts the model in force that goes on from here, and its kernel, where it has another one. */
  private goOn(model: M, kernel: ProcessKernel = this.kernel): void {
    if (kernel !== this.kernel) this.kernel.dispose();
    this.kernel = kernel;
    this.head = model;
  }
}
