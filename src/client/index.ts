/** The client of a service. */

export type { CertificateView } from "../http/schemas/certificates.js";
export type { DatasetView } from "../http/schemas/datasets.js";
export type { Evaluation } from "../http/schemas/evaluation.js";
export type { ActivityView } from "../http/schemas/events.js";
export type { CreatedKey, KeyView, Me } from "../http/schemas/keys.js";
export type { ModelView, NewModel, ReleasePage, ReleaseView } from "../http/schemas/models.js";
export type { OnReleasePlanInput, OnReleasePlanView, PlanInput, PlanView } from "../http/schemas/plan.js";
export type {
  AcceptedRequest,
  NewRequest,
  ReceiptList,
  RequestPreview,
  RequestView,
} from "../http/schemas/requests.js";
export {
  type Client,
  createClient,
  type DatasetInput,
  type SubmitOptions,
  type WaitOptions,
} from "./client.js";
export { ClientError } from "./client-error.js";
export { everyItem } from "./every-item.js";
export type { ClientOptions } from "./transport.js";
export type { WatchOptions } from "./watch.js";
