/** What the bench of long histories drives. */

export { newId } from "../../service/src/database/ids.js";
export { openDatabase } from "../../service/src/database/open-database.js";
export { openQueue } from "../../service/src/database/queue.js";
export { tenants } from "../../service/src/database/tables.js";
export { latestCheckpoint } from "../../service/src/ledger/ledger-checkpoints.js";
export { sequenceLedger } from "../../service/src/ledger/ledger-sequencer.js";
export { takeTasks } from "../../service/src/models/take-tasks.js";
export { claimCallbacks } from "../../service/src/protocols/callback-queue.js";
export { countOverdue, countRequests, foldRequestCounts } from "../../service/src/requests/request-counts.js";
export { createService } from "../../service/src/service/create-service.js";
export { modelsToServe } from "../../service/src/work/waiting-models.js";
