/** What the bench of submissions drives. */

export { createApiKey } from "../../service/src/accounts/api-keys.js";
export { newId } from "../../service/src/database/ids.js";
export { openDatabase } from "../../service/src/database/open-database.js";
export { openQueue } from "../../service/src/database/queue.js";
export { tenants } from "../../service/src/database/tables.js";
export { createService } from "../../service/src/service/create-service.js";
