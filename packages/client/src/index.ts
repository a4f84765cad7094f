/** The client of a service. */

export {
  type Client,
  createClient,
  type DatasetInput,
  type SubmitOptions,
  type WaitOptions,
} from "./client.js";
export { ClientError } from "./client-error.js";
export { everyItem } from "./every-item.js";
export type { CertificateView } from "./schemas/certificates.js";
export type { DatasetView } from "./schemas/datasets.js";
export type { Evaluation } from "./schemas/evaluation.js";
export type { ActivityView } from "./schemas/events.js";
export type { CreatedKey, KeyView, Me } from "./schemas/keys.js";
export type { ModelView, NewModel, ReleasePage, ReleaseView } from "./schemas/models.js";
export type { OnReleasePlanInput, OnReleasePlanView, PlanInput, PlanView } from "./schemas/plan.js";
export type {
  AcceptedRequest,
  NewRequest,
  ReceiptList,
  RequestPreview,
  RequestView,
} from "./schemas/requests.js";
export type { ClientOptions } from "./transport.js";
export type { WatchOptions } from "./watch.js";
