/** What the service's bench drives. */
export { openDatabase } from "../src/database/open-database.js";
export { tenants } from "../src/database/tables.js";
export { createApiKey } from "../src/http/api-keys.js";
export { createService } from "../src/service/create-service.js";
export { newId } from "../src/service/ids.js";
export { openQueue } from "../src/service/queue.js";
