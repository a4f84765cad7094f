/**
 * Train with `fit`, forget with `model.forget`, check with `verify`. In Node there are also models that are kept in directories; browsers get the rest.
 *
 * @module expunge
 */
export * from "./core.js";
export type { RowFileProgress } from "./row-files/options.js";
export { type FitToDirectoryOptions, fitToDirectory } from "./store/fit-to-directory.js";
export { defaultKeyPath, loadOrCreateSigner } from "./store/signing-key.js";
export {
  loadModel,
  type OpenOptions,
  type StoredForgetOptions,
  StoredModel,
  saveModel,
} from "./store/stored-model.js";
