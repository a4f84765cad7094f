import { createSigner, type Signer } from "../certificate/dsse.js";
import { ExpungeError } from "../errors.js";
import type { ProcessKernel } from "./process-kernel.js";

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
      "This model is kept in a directory, and only the directory goes on with it: call StoredModel.forget.",
    );
  }

  /** @throws ExpungeError E_SUPERSEDED, E_LOCKED */
  requireHead(model: M): void {
    if (this.head !== model) {
      throw new ExpungeError(
        "E_SUPERSEDED",
        "This model has been superseded: by a later forget (use the model that it returned) or by saving it (open the directory).",
      );
    }
    if (this.isBusy) {
      throw new ExpungeError("E_LOCKED", "A forget is running on this model; wait for it to end.");
    }
  }
}
