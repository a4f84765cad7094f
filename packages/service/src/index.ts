/**
 * Deletion requests as a service: data sets, models, requests, certificates and a ledger in a database, workers, and the HTTP API with its
 * dashboard. The command line `expunge` starts it: serve, worker, tenant, rotate-keys, backup, restore.
 */
export { restoreBackup } from "./backup/restore-backup.js";
export { writeBackup } from "./backup/write-backup.js";
export { openDatabase } from "./database/open-database.js";
export { dashboardFolder } from "./http/dashboard-folder.js";
export * from "./http/index.js";
export { rotateKey, rotateLogKey } from "./keys/signing-keys.js";
export { openRuntime, type Runtime } from "./service/runtime.js";
