import { join } from "node:path";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import type { Envelope } from "../records/certificate.js";
import type { Standing } from "../records/training-plan.js";
import type { Begun } from "../unlearner/begun.js";
import type { CorrectRequest } from "../unlearner/correction.js";
import type { KernelFor, LearnOptions } from "../unlearner/lesson.js";
import type { CorrectResult, ForgetResult, Keeper, LearnResult, Model } from "../unlearner/model.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { type DirectoryLock, lockDirectory } from "./directory-lock.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { eraseOtherGenerations, finishChange, unfinishedError } from "./finish-change.js";
import { certificatePath, GENERATION_FILES, generationPath } from "./layout.js";
import { commitChange, type KeptRows, type OpenedModel, readModelDirectory } from "./model-directory.js";
import type { ModelRecord } from "./model-schema.js";
import { mustOpenBeside, type OpenedBeside, openBeside } from "./open-beside.js";
import { readCertificateOf } from "./read-certificate.js";
import { readCertificateIds } from "./register.js";
import { loadOrCreateSigner } from "./signing-key.js";
import type { OpenOptions, StoredForgetOptions } from "./stored-options.js";
import { eraseWiderRows } from "./widen-rows.js";

export { writeModelDirectory as saveModel } from "./model-directory.js";
export type { OpenOptions, StoredForgetOptions } from "./stored-options.js";

/** A model kept in a directory that this process has locked; every change is on disk before it is visible. */
export class StoredModel {
  readonly directory: string;
  private readonly files: DurableFiles;
  private readonly lock: DirectoryLock;
  private readonly keeper: Keeper;
  private rows: KeptRows;
  private current: Model;
  private generation: number;
  private record: ModelRecord;
  /** Whether the newest change is in force but not finished, because a file operation failed. */
  private isUnfinished = false;
  /** The change that is running, whatever becomes of it. */
  private running: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  private constructor(directory: string, opened: OpenedModel, lock: DirectoryLock, files: DurableFiles) {
    this.directory = directory;
    this.current = opened.model;
    this.keeper = opened.keeper;
    this.generation = opened.generation;
    this.record = opened.record;
    this.rows = opened.rows;
    this.lock = lock;
    this.files = files;
  }

  /**
   * Opens a model directory, finishing a change that was interrupted.
   * @throws ExpungeError E_MODEL, E_LOCKED; a file system error as it came
   */
  static async open(directory: string, options: OpenOptions = {}): Promise<StoredModel> {
    const { files = nodeFiles, memoryLimit } = options;
    await files.list(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
      throw new ExpungeError("E_MODEL", `There is no directory ${directory}.`);
    });
    const lock = await lockDirectory(directory);
    try {
      const opened = await readModelDirectory(directory, files, memoryLimit);
      return new StoredModel(directory, opened, lock, files);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /**
   * A model in a directory that its maker has just filled, and holds the lock of.
   *
   * @internal
   */
  static keep(directory: string, opened: OpenedModel, lock: DirectoryLock, files: DurableFiles): StoredModel {
    return new StoredModel(directory, opened, lock, files);
  }

  /** The model in force, for predicting and previewing: only this directory goes on with it. */
  get model(): Model {
    return this.current;
  }

  /**
   * Forgets, durably: when the promise resolves, the new model is in force on disk, the certificate is beside it, and the bytes of the
   * forgotten rows and of the old weights are overwritten. On any error before that the old model stays in force. Its cost does not grow with
   * the number of requests before.
   *
   * @param options.signer default: the key at `defaultKeyPath()`, made on first use
   * @throws ExpungeError as `Model.forget`; a file system error (a full disk, say) as it came; E_ERASE where the request is in force but
   *         could not be finished: the next `forget`, or opening the model again, does that first
   */
  forget(request: ForgetRequest, options: StoredForgetOptions = {}): Promise<ForgetResult> {
    const { beforeSwitch, ...rest } = options;
    return this.beforeClose(async () => {
      const signer = options.signer ?? (await loadOrCreateSigner());
      const begun = await this.keeper.beginForget(request, { ...rest, signer });
      return begun.result.certificate === null
        ? begun.commit()
        : this.carryOut(begun, this.rows, beforeSwitch);
    });
  }

  /**
   * Corrects rows, durably, as `forget` forgets them: the bytes of the old values are overwritten by the corrected ones.
   *
   * @param options.signer as for `forget`
   * @throws ExpungeError as `Model.correct`, and as `forget`
   */
  correct(request: CorrectRequest, options: StoredForgetOptions<CorrectResult> = {}): Promise<CorrectResult> {
    const { beforeSwitch, ...rest } = options;
    return this.beforeClose(async (earlier) => {
      const signer = options.signer ?? (await loadOrCreateSigner());
      return this.takeIn(
        earlier,
        (kernelFor) => this.keeper.beginCorrection(request, { ...rest, signer }, kernelFor),
        beforeSwitch,
      );
    });
  }

  /**
   * Takes rows in and goes on learning, durably: when the promise resolves, the new model is in force on disk and the rows are beside the others.
   * On any error before that the old model stays in force.
   *
   * @throws ExpungeError as `Model.learn`; a file system error as it came; E_ERASE as `forget`
   */
  learn(rows: Dataset, options: LearnOptions = {}): Promise<LearnResult> {
    return this.beforeClose((earlier) =>
      this.takeIn(earlier, (kernelFor) => this.keeper.beginLesson(rows, options, kernelFor)),
    );
  }

  /** From its first step on a change holds the directory: who closes it waits for all that was begun. @param change gets the end of those begun earlier */
  private async beforeClose<T>(change: (earlier: Promise<void>) => Promise<T>): Promise<T> {
    if (this.closing !== undefined)
      throw new ExpungeError("E_SUPERSEDED", "The directory was closed: open it again to go on.");
    const earlier = this.running;
    const work = change(earlier);
    // To nothing: what one change came to must not be held by the next.
    this.running = Promise.allSettled([earlier, work]).then(() => {});
    return work;
  }

  /** Carries out a change that brings rows: they may be too many to be held in memory, or longer than there is room for. */
  private async takeIn<Result extends Changed>(
    earlier: Promise<void>,
    begin: (kernelFor: KernelFor) => Promise<Begun<Result>>,
    beforeSwitch?: (result: Result) => Promise<void>,
  ): Promise<Result> {
    const before = this.rows;
    const next = this.generation + 1;
    let rows = before;
    let mayHaveWritten = false;
    try {
      const begun = await begin(async (wider, slotCount) => {
        // A change that failed no longer keeps others out while it erases its rows, which are of the same name.
        await earlier;
        mayHaveWritten = true;
        const opened = await this.openBeside(wider, slotCount);
        rows = opened?.rows ?? rows;
        return opened?.kernel ?? null;
      });
      return await this.carryOut(begun, rows, beforeSwitch);
    } catch (error) {
      // Where this was refused, a file of that name is of the change that is running; where it may be in force, nothing is known to be of no use.
      const isOfNoUse = mayHaveWritten && !(error instanceof ExpungeError && error.code === "E_ERASE");
      if (isOfNoUse) await eraseWiderRows(this.files, this.directory, next).catch(() => {});
      throw error;
    } finally {
      if (rows !== before) await (this.rows === rows ? before : rows).release();
    }
  }

  /** @param rows how they are kept from then on @param beforeSwitch as in `StoredForgetOptions` */
  private async carryOut<Result extends Changed>(
    begun: Begun<Result>,
    rows: KeptRows,
    beforeSwitch: (result: Result) => Promise<void> = async () => {},
  ): Promise<Result> {
    const record = await Promise.resolve(begun.result)
      .then(beforeSwitch)
      .then(() => this.commit(begun, rows))
      .catch((error: unknown) => {
        begun.rollback();
        throw error;
      });
    this.generation += 1;
    this.record = record;
    this.isUnfinished = true;
    try {
      await this.finish(begun.result.model);
    } finally {
      this.current = begun.commit().model;
      this.rows = rows;
    }
    return begun.result;
  }

  private async openBeside(wider: Standing, slotCount: number): Promise<OpenedBeside | null> {
    const { files, directory, rows, generation, current } = this;
    if (!mustOpenBeside(current, wider, slotCount, rows)) return null;
    if (this.isUnfinished) await this.finish(current);
    return openBeside(files, directory, { ...current.state, rows, generation }, wider, slotCount);
  }

  private async commit({ result, changed }: Begun<Changed>, { rowsOf }: KeptRows): Promise<ModelRecord> {
    const { files, directory, generation } = this;
    // What the change before left undone would never be seen to again.
    if (this.isUnfinished) await this.finish(this.current);
    const { certificate = null, model } = result;
    try {
      const change = { certificate, changed, rowsOf };
      return await commitChange(model.state, change, directory, generation, this.record, files);
    } catch (error) {
      // What is in force on disk may not be what is in memory: this model must not go on.
      if (error instanceof ExpungeError && error.code === "E_ERASE") this.keeper.end();
      throw error;
    }
  }

  private async finish({ state }: Model): Promise<void> {
    const { files, directory, generation, record } = this;
    try {
      await finishChange(files, directory, generation, record, state.slotOfRow);
      await eraseOtherGenerations(files, directory, generation);
    } catch (error) {
      throw unfinishedError(record, error as Error);
    }
    this.isUnfinished = false;
  }

  /** Ids of this model's certificates, in order. */
  async *certificateIds(): AsyncGenerator<string> {
    const { requestCount, certificateId } = this.record.timeline;
    // The newest may not be in the log yet.
    if (requestCount > 0) {
      yield* await readCertificateIds(this.files, this.directory, requestCount - 1);
      yield certificateId as string;
    }
  }

  /**
   * A certificate of this model.
   * @throws ExpungeError E_NOT_FOUND where there is none of this id; one that was issued before the model was saved here is not here
   */
  async readCertificate(id: string): Promise<Envelope> {
    return readCertificateOf(this.files, this.directory, id, this.certificatePath(id));
  }

  /** Path of a certificate of this model. */
  certificatePath(id: string): string {
    const isNewest = this.record.removal !== null && id === this.record.timeline.certificateId;
    return this.isUnfinished && isNewest
      ? join(generationPath(this.directory, this.generation), GENERATION_FILES.certificate)
      : certificatePath(this.directory, id);
  }

  /** Path of the weights in force. */
  get weightsPath(): string {
    return join(generationPath(this.directory, this.generation), GENERATION_FILES.weights);
  }

  /** Lets go of the directory, once a change that is running has ended. Closing again is waiting for the same. */
  close(): Promise<void> {
    this.closing ??= this.letGo();
    return this.closing;
  }

  private async letGo(): Promise<void> {
    await this.running;
    this.current.dispose();
    await this.rows.release();
    await this.lock.release();
  }
}

/** What a change came to. */
interface Changed {
  readonly model: Model;
  readonly certificate?: Envelope | null;
}

/** Opens a saved model; `close` it when done. @throws ExpungeError E_MODEL, E_LOCKED; a file system error as it came */
export function loadModel(directory: string, options: OpenOptions = {}): Promise<StoredModel> {
  return StoredModel.open(directory, options);
}
