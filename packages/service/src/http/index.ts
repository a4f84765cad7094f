/** The service over HTTP. */
export {
  type Caller,
  createApiKey,
  createTenant,
  findTenant,
  listApiKeys,
  type NewKey,
  revokeApiKey,
  type StoredKey,
} from "../accounts/api-keys.js";
export { makeFirstTenant } from "../accounts/first-tenant.js";
export { QUOTA_WORDS, type QuotaUse, readQuotas, setQuotas } from "../accounts/quotas.js";
export { type CallbackContext, deliverCallbacks } from "../protocols/callbacks.js";
export type { FidesOptions } from "../protocols/fides.js";
export {
  type CallbackGuard,
  type OpendsrOptions,
  type Processor,
  processorOf,
} from "../protocols/opendsr.js";
export { type Callbacks, startCallbacks } from "../protocols/start-callbacks.js";
export { createHealthServer } from "./health-server.js";
export { describeError } from "./logging.js";
export type { HttpOptions, LogOptions, LogStream } from "./options.js";
export { type PageFile, type Pages, readPages } from "./pages.js";
export { HTTP_ERRORS, STATUSES } from "./problem.js";
export { createServer, drain, type ListenOptions, listen, type ServerParts } from "./server.js";
