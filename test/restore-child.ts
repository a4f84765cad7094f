/** A restore in a process of its own, to be killed: node restore-child.mjs DATABASE BACKUP DELETIONS. Prints a line when it begins. */
import { restoreBackup } from "../packages/service/src/backup/restore-backup.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";

const [location, backup, deletions] = process.argv.slice(2) as [string, string, string];
const database = await openDatabase(location, { connections: 2 });
console.log("begins");
await restoreBackup(database, { backup, deletions });
await database.close();
