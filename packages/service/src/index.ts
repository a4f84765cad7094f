/**
 * Deletion requests as a service: data sets, models, requests, certificates and a ledger in a database, workers, and the HTTP API with its
 * dashboard. The command line `expunge` starts it: serve, worker, tenant, quota, callbacks, rotate-keys, public-keys, backup, restore. docs/service.md is the manual.
 *
 * @module @expunge/service
 */
export type { Applied } from "./backup/apply-deletions.js";
export { openToRestore } from "./backup/made-by.js";
export { type Restored, type RestoreOptions, restoreBackup } from "./backup/restore-backup.js";
export { writeBackup } from "./backup/write-backup.js";
export { type WrittenSegment, writeDeletions } from "./backup/write-deletions.js";
export type { TablesUse } from "./database/connection.js";
export { namingLostConnection } from "./database/connection-lost.js";
export { isDatabaseThere, type OpenDatabaseOptions, openDatabase } from "./database/open-database.js";
export type { SqlExecutor } from "./database/queries.js";
export type { QueueName } from "./database/queue.js";
export type { ReachOptions } from "./database/reach.js";
export type { Quotas, Role } from "./database/tables.js";
export type { TimeLimits, WorkKind } from "./database/time-limits.js";
export { dashboardFolder } from "./http/dashboard-folder.js";
export * from "./http/index.js";
export {
  type HeldKey,
  type JsonWebKeySet,
  type KeyOptions,
  logVerifiers,
  type PublicJwk,
  publicKeySet,
  type RotateOptions,
  rotateKey,
  rotateLogKey,
} from "./keys/signing-keys.js";
export { dropGivenUp, type GivenUp, listGivenUp, retryGivenUp } from "./protocols/callback-queue.js";
export { openRuntime, type Runtime, type RuntimeOptions } from "./service/runtime.js";
export type { WorkFailure } from "./work/worker-options.js";
