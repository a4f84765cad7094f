/**
 * The core of Expunge, which runs in Node and in browsers alike: train with `fit`, forget with `model.forget`, check with `verify`. The mathematics
 * is in `expunge/accounting`.
 */

export { type Plan, type PlanOptions, planUnlearning } from "./accounting/plan.js";
export {
  type OnReleasePlan,
  type OnReleasePlanOptions,
  planOnRelease,
} from "./accounting/plan-on-release.js";
export type { PlanRequest } from "./accounting/plan-requests.js";
export { createSigner, publicKeyToPem, readPublicKey, type Signer } from "./certificate/dsse.js";
export {
  type Issue,
  type ModelEvidence,
  type PublicKey,
  type RequestKind,
  type SubjectEvidence,
  type SubjectProof,
  subjectDigest,
  type Verification,
  type VerifyOptions,
  verify,
} from "./certificate/verify-index.js";
export { createDataset } from "./data/create-dataset.js";
export type { Dataset, RowScaling, ScaledRows } from "./data/dataset.js";
export type { SparseInput } from "./data/sparse-input.js";
export { DomainError, type ErrorCode, ExpungeError } from "./errors.js";
export { encodeOnnx, type OnnxOptions } from "./export/onnx.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorData,
  type TensorDtype,
} from "./export/safetensors.js";
export type { ObjectiveSpec, Task } from "./objective/objective.js";
export type { Envelope, Holds, Statement, UnlearningPredicate } from "./records/certificate.js";
export type { FeatureKind, FeatureMap } from "./records/feature-map.js";
export type { SparseRows, SparseStorage } from "./records/sparse-rows.js";
export type {
  DisclosureLimit,
  Lives,
  ModelTimeline,
  PlannedNoise,
  Requesters,
  TrainingPlan,
  TunedOn,
  Weighting,
} from "./records/training-plan.js";
export * from "./unlearner/index.js";
export { VERSION } from "./version.js";
