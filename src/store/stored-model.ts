import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import type { ForgetOptions, ForgetResult, Model } from "../unlearner/model.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { type DirectoryLock, lockDirectory } from "./directory-lock.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { finishErasing } from "./finish-erasing.js";
import { certificatePath } from "./layout.js";
import {
  commitForget,
  type OpenedModel,
  readModelDirectory,
  writeModelDirectory,
} from "./model-directory.js";
import { loadOrCreateSigner } from "./signing-key.js";

export interface OpenOptions {
  /** Bytes that rows may take in memory, at least 1 MiB; default 1 GiB. Models with more rows read them as they are visited. */
  readonly memoryLimit?: number;
  /** For tests that stop the world between file operations. */
  readonly files?: DurableFiles;
}

/** A model kept in a directory that this process has locked; every forget is on disk before it is visible. */
export class StoredModel {
  readonly directory: string;
  private readonly files: DurableFiles;
  private readonly lock: DirectoryLock;
  private current: Model;
  private generation: number;
  private readonly release: () => Promise<void>;

  private constructor(
    directory: string,
    { model, generation, release }: OpenedModel,
    lock: DirectoryLock,
    files: DurableFiles,
  ) {
    this.directory = directory;
    this.current = model;
    this.generation = generation;
    this.release = release;
    this.lock = lock;
    this.files = files;
  }

  /**
   * Opens a model directory, finishing whatever an interrupted request left to erase.
   * @throws ExpungeError E_MODEL, E_LOCKED
   */
  static async open(directory: string, options: OpenOptions = {}): Promise<StoredModel> {
    const { files = nodeFiles, memoryLimit } = options;
    await files.list(directory).catch(() => {
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

  /** A model in a directory that its maker has just filled, and holds the lock of. */
  static keep(directory: string, opened: OpenedModel, lock: DirectoryLock, files: DurableFiles): StoredModel {
    return new StoredModel(directory, opened, lock, files);
  }

  /** The model in force. */
  get model(): Model {
    return this.current;
  }

  /**
   * Forgets, durably: when the promise resolves, the new model is in force on disk, the certificate is beside it, and the bytes of the
   * forgotten rows and of the old weights are overwritten. On any error before that the old model stays in force.
   *
   * @param options.signer default: the key at `defaultKeyPath()`, made on first use
   * @throws ExpungeError as `Model.forget`; a file system error (a full disk, say) as it came
   */
  async forget(request: ForgetRequest, options: ForgetOptions = {}): Promise<ForgetResult> {
    const signer = options.signer ?? (await loadOrCreateSigner());
    const begun = await this.current.beginForget(request, { ...options, signer });
    if (begun.result.certificate === null) return begun.commit();
    const generation = this.generation + 1;
    const record = await commitForget(begun, this.directory, this.generation, this.files).catch(
      (error: unknown) => {
        begun.rollback();
        // What is in force on disk is not what is in memory: this model must not go on.
        if (error instanceof ExpungeError && error.code === "E_ERASE") this.current.handOver();
        throw error;
      },
    );
    const result = begun.commit();
    this.current = result.model;
    this.generation = generation;
    await finishErasing(this.files, this.directory, generation, record).catch((error: Error) => {
      throw new ExpungeError(
        "E_ERASE",
        `The request is in force (certificate ${result.certificateId}), but old bytes could not be overwritten: ${error.message}. Opening the model again finishes that.`,
        { certificateId: result.certificateId },
      );
    });
    return result;
  }

  /** Path of a certificate of this model. */
  certificatePath(id: string): string {
    return certificatePath(this.directory, id);
  }

  /** Path of the weights in force. */
  get weightsPath(): string {
    return join(this.directory, "generations", String(this.generation), "weights.safetensors");
  }

  async close(): Promise<void> {
    this.current.dispose();
    await this.release();
    await this.lock.release();
  }
}

/** Saves a model to a new directory. @throws ExpungeError E_MODEL where something is there already */
export function saveModel(model: Model, directory: string, files: DurableFiles = nodeFiles): Promise<void> {
  return writeModelDirectory(model, directory, files);
}

/** Opens a saved model; `close` it when done. @throws ExpungeError E_MODEL, E_LOCKED */
export function loadModel(directory: string, options: OpenOptions = {}): Promise<StoredModel> {
  return StoredModel.open(directory, options);
}
