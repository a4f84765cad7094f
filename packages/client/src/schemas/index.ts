/** The API's schemas: what the service checks and describes, and what the client's types are made of. */
export * from "./certificates.js";
export * from "./common.js";
export * from "./datasets.js";
export * from "./evaluation.js";
export * from "./events.js";
export { FitOptions } from "./fit-options.js";
export * from "./keys.js";
export * from "./ledger.js";
export * from "./lessons.js";
export * from "./models.js";
export * from "./opendsr.js";
export * from "./plan.js";
export * from "./request-limits.js";
export * from "./requests.js";
