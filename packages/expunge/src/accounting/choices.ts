/* What a process may be, by name: small enough to be read by schemas and forms that compute nothing. */

/** Every `Deletion`. */
export const DELETIONS = ["tombstone", "replace"] as const;

/** What happens to a deleted record: its slot becomes empty, or takes another record (docs/theory.md, "Learning and unlearning are one process"). */
export type Deletion = (typeof DELETIONS)[number];

/** Every `NoiseKind`. */
export const NOISE_KINDS = ["on-release", "every-step"] as const;

/** Which steps carry noise: only the last one before a release, or all of them alike. */
export type NoiseKind = (typeof NOISE_KINDS)[number];

/** Every `KernelName`. */
export const KERNELS = ["reference", "float64", "float32"] as const;

/** The arithmetic of steps: plain TypeScript and WebAssembly in float64, or WebAssembly in float32. */
export type KernelName = (typeof KERNELS)[number];

/** Every `ReleasePoint`. */
export const RELEASE_POINTS = ["step", "epoch"] as const;

/** After which steps a model may be released: any, or the last of an epoch. */
export type ReleasePoint = (typeof RELEASE_POINTS)[number];
