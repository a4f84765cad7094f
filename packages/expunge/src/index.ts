/** Expunge in Node: the core, and models kept in directories. Browsers get the core alone. */
export * from "./core.js";
export { type FitToDirectoryOptions, fitToDirectory } from "./store/fit-to-directory.js";
export { defaultKeyPath, loadOrCreateSigner } from "./store/signing-key.js";
export { loadModel, StoredModel, saveModel } from "./store/stored-model.js";
