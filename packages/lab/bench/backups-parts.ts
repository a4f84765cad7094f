/** What the bench of backups drives. */

export { restoreBackup } from "../../service/src/backup/restore-backup.js";
export { writeBackup } from "../../service/src/backup/write-backup.js";
export { writeDeletions } from "../../service/src/backup/write-deletions.js";
export { openDatabase } from "../../service/src/database/open-database.js";
export { logVerifiers } from "../../service/src/keys/signing-keys.js";
export { checkLedger } from "../../service/src/ledger/ledger-check.js";
export { latestCheckpoint } from "../../service/src/ledger/ledger-checkpoints.js";
export { fillLedger } from "../../service/testing/long-history.js";
