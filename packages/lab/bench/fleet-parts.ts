/** What the bench of a fleet drives. */

export { newId } from "../../service/src/database/ids.js";
export { openDatabase } from "../../service/src/database/open-database.js";
export { openQueue } from "../../service/src/database/queue.js";
export { tenants } from "../../service/src/database/tables.js";
export { currentSigner } from "../../service/src/keys/signing-keys.js";
export { createService } from "../../service/src/service/create-service.js";
export { startWorker } from "../../service/src/work/worker.js";
