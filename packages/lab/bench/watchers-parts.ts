/** What the bench of watchers drives. */

export { newId } from "../../service/src/database/ids.js";
export { openDatabase } from "../../service/src/database/open-database.js";
export { openQueue } from "../../service/src/database/queue.js";
export { tenants } from "../../service/src/database/tables.js";
export { Watchers } from "../../service/src/http/watchers.js";
export { createService } from "../../service/src/service/create-service.js";
