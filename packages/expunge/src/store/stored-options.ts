import type { ForgetOptions } from "../unlearner/forget-options.js";
import type { ForgetResult } from "../unlearner/model.js";
import type { DurableFiles } from "./durable-files.js";

/** How to open a model directory. */
export interface OpenOptions {
  /**
   * Bytes that rows may take in memory, at least 1 MiB; default 1 GiB. Models with more rows read them as they are visited; so does one that a
   * lesson makes grow beyond it, from that lesson on.
   */
  readonly memoryLimit?: number;
  /** For tests that stop the world between file operations. @internal */
  readonly files?: DurableFiles;
}

/** How a request is to be served by a directory. */
export interface StoredForgetOptions<Result = ForgetResult> extends ForgetOptions {
  /** Gets the result while nothing is in force yet, such as to keep its receipts; where it fails, the old model stays. Not called where nothing changes. */
  readonly beforeSwitch?: (result: Result) => Promise<void>;
}
