/**
 * The client of a service: `createClient` gives the API by its routes, with typed requests and answers. Ranges and units of every
 * field are in the service's own description of the API, `/openapi.json`.
 *
 * @module @expunge/client
 */
export {
  type Client,
  createClient,
  type DatasetInput,
  type Rows,
  type SubmitOptions,
  type WaitOptions,
} from "./client.js";
export { ClientError } from "./client-error.js";
export { everyItem, type Page } from "./every-item.js";
export type { CertificatePage, CertificateQuery, CertificateView } from "./schemas/certificates.js";
export type { PageQuery } from "./schemas/common.js";
export type { AdditionView, DatasetPage, DatasetView, RowRecord, StoredDataset } from "./schemas/datasets.js";
export type {
  ClassEvaluation,
  Evaluation,
  Judgement,
  RegressionEvaluation,
  ReleaseEvaluation,
} from "./schemas/evaluation.js";
export type { ActivityView, WatchedRequest } from "./schemas/events.js";
export type { CreatedKey, KeyList, KeyView, Me, NewKey } from "./schemas/keys.js";
export type { Consistency, KeySet, LogKeys } from "./schemas/ledger.js";
export type { LessonPage, LessonPreview, LessonView, NewLesson, Schedule } from "./schemas/lessons.js";
export type {
  ModelPage,
  ModelPlan,
  ModelPlanInput,
  ModelView,
  NewModel,
  Prediction,
  ReleasePage,
  ReleaseView,
} from "./schemas/models.js";
export type { OnReleasePlanInput, OnReleasePlanView, PlanInput, PlanView } from "./schemas/plan.js";
export type {
  AcceptedCorrection,
  AcceptedRequest,
  CorrectionPreview,
  CorrectionPreviewInput,
  NewCorrection,
  NewRequest,
  PreviewInput,
  ReceiptList,
  ReceiptsInput,
  RequestPage,
  RequestPreview,
  RequestQuery,
  RequestView,
} from "./schemas/requests.js";
export type { ClientOptions } from "./transport.js";
export type { WatchOptions } from "./watch.js";
