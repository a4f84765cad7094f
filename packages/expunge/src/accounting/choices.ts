/* What a process may be, by name: small enough to be read by schemas and forms that compute nothing. */

/** What happens to a deleted record: its slot becomes empty, or takes another record (docs/theory.md, "Learning and unlearning are one process"). */
export const DELETIONS = ["tombstone", "replace"] as const;
export type Deletion = (typeof DELETIONS)[number];

/** Which steps carry noise: only the last one before a release, or all of them alike. */
export const NOISE_KINDS = ["on-release", "every-step"] as const;
export type NoiseKind = (typeof NOISE_KINDS)[number];

/** The arithmetic of steps: plain TypeScript and WebAssembly in float64, or WebAssembly in float32. */
export const KERNELS = ["reference", "float64", "float32"] as const;
export type KernelName = (typeof KERNELS)[number];

/** After which steps a model may be released: any, or the last of an epoch. */
export const RELEASE_POINTS = ["step", "epoch"] as const;
export type ReleasePoint = (typeof RELEASE_POINTS)[number];
