import type { Database } from "./connection.js";
import type { SqlExecutor } from "./queries.js";

/** What is run now and then, so that old versions of what was erased leave the tables. */
export const VACUUM =
  "vacuum datasets, dataset_pages, model_pages, model_order, row_objects, owners, named_subjects, certified_subjects, claimed_rows, models, training_checkpoints";

/**
 * Runs VACUUM where something was erased that long ago, by whichever process comes first. What it could not remove yet is still due afterwards: what an
 * older snapshot sees, a backup's say, and what was erased after it began; and everything, where it fails.
 *
 * @param afterMs how long it waits for more that is erased
 * @returns whether it was run
 */
export async function vacuumWhenDue(database: Database, afterMs: number): Promise<boolean> {
  const { executor } = database;
  if ((await removable(executor, afterMs)).length === 0) return false;
  const ran = await database.exclusively("vacuum", async () => {
    // Somebody else may just have done it.
    if ((await removable(executor, afterMs)).length === 0) return false;
    const gone = await removable(executor, 0);
    await database.vacuum();
    await executor.executeSql(
      "delete from unvacuumed where xact in (select value::xid8 from json_array_elements_text($1::json))",
      [JSON.stringify(gone)],
    );
    return true;
  });
  return ran ?? false;
}

/** @returns transactions that erased something at least so long ago, whose old versions nobody can see any more */
async function removable({ executeSql }: SqlExecutor, afterMs: number): Promise<string[]> {
  const { rows } = await executeSql<{ xact: string }>(REMOVABLE, [afterMs]);
  return rows.map(({ xact }) => xact);
}

/** As VACUUM finds them: what ended before every snapshot that is open began, in this database, or in a standby that tells of its own. */
const REMOVABLE = `
with oldest as materialized (
  select max(age) as age from (
    select age(pg_snapshot_xmin(pg_current_snapshot())::xid) as age
    union all select age(backend_xmin) from pg_stat_activity
      where backend_xmin is not null and (datname is null or datname = current_database())
    union all select age(xmin) from pg_replication_slots where xmin is not null
  ) held
)
select xact::text as xact from unvacuumed, oldest
where erased_at <= clock_timestamp() - $1 * interval '1 ms'
  and age(xact::xid) > oldest.age + coalesce(current_setting('vacuum_defer_cleanup_age', true)::integer, 0)`;
