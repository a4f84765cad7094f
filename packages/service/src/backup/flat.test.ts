import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyDatabase } from "../../testing/databases.js";
import { fillLedger } from "../../testing/long-history.js";
import type { Database, SqlExecutor } from "../database/open-database.js";
import { logVerifiers } from "../keys/signing-keys.js";
import { checkLedger } from "../ledger/ledger-check.js";
import { latestCheckpoint } from "../ledger/ledger-checkpoints.js";
import { TABLES } from "./copy-rows.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

/** Two entries a request, each some 700 characters in a backup. */
const REQUESTS = 8_000;
const LOT_CHARACTERS = 4e6;

/** The largest statement and answer that went over a database's wire, in characters and rows. */
interface Watched {
  readonly database: Database;
  readonly most: { sent: number; rows: number };
}

function watch(database: Database): Watched {
  const most = { sent: 0, rows: 0 };
  const watched = ({ executeSql }: SqlExecutor): SqlExecutor => ({
    async executeSql<Row>(text: string, values?: unknown[]) {
      const answer = await executeSql<Row>(text, values);
      most.sent = Math.max(most.sent, JSON.stringify(values ?? []).length);
      most.rows = Math.max(most.rows, answer.rows.length);
      return answer;
    },
  });
  return {
    most,
    database: {
      ...database,
      transaction: (use, kind) =>
        database.transaction(
          (transaction) => use({ ...transaction, executor: watched(transaction.executor) }),
          kind,
        ),
    },
  };
}

describe("backups of a long history", () => {
  const old = emptyDatabase("postgres");
  const fresh = emptyDatabase("postgres");
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-flat-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it("never hold a table, whether they are written, restored or checked", { timeout: 300_000 }, async () => {
    const [full, deletions] = [join(root, "full.backup"), join(root, "deletions")];
    await fillLedger(old(), REQUESTS / 2);
    const written = watch(old());
    await writeBackup(written.database, full);
    await fillLedger(old(), REQUESTS / 2);
    await writeDeletions(written.database, deletions);
    expect(written.most.rows).toBeLessThanOrEqual(2000);

    const { note = "" } = (await latestCheckpoint(old().queries)) ?? {};
    const restored = watch(fresh());
    const outcome = await restoreBackup(restored.database, { backup: full, deletions, checkpoint: note });
    expect(outcome.requests).toBe(REQUESTS / 2);
    expect(restored.most.rows).toBeLessThanOrEqual(2000);
    // A lot and its last row, with what JSON escapes in it.
    expect(restored.most.sent).toBeLessThan(1.5 * LOT_CHARACTERS);
    const { rows } = await fresh().executor.executeSql(
      "select sum(length(row_to_json(e)::text))::int as characters from ledger_entries e",
    );
    expect((rows as { characters: number }[])[0]?.characters).toBeGreaterThan(2 * LOT_CHARACTERS);
    const verifiers = await logVerifiers(fresh().queries);
    expect(await checkLedger(fresh().queries, verifiers)).toEqual({
      ok: true,
      issues: [],
      size: 2 * REQUESTS,
    });
  });

  it("know every table", async () => {
    const { rows } = await old().executor.executeSql(
      "select table_name as name from information_schema.tables where table_schema = 'public' order by name",
    );
    // The ledger's have their own way, and nodes follow from entries, as counts follow from requests. Migrations, restores and what they owe, leases and checkpoints
    // of trainings are this database's own, and so are the place of its rows and what is to be vacuumed.
    const ofLedger = ["ledger_checkpoints", "ledger_entries", "ledger_nodes"];
    const counted = ["request_count_changes", "request_counts"];
    const others = [
      ...ofLedger,
      ...counted,
      "expunge_migrations",
      "leases",
      "owed_tasks",
      "restores",
      "row_objects",
      "row_store",
      "training_checkpoints",
      "unvacuumed",
    ];
    expect(rows.map((row) => (row as { name: string }).name)).toEqual([...TABLES, ...others].sort());
  });
});
