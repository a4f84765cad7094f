import type { Database } from "./connection.js";
import type { SqlExecutor } from "./queries.js";

/**
 * What is run now and then, so that old versions of what was erased leave the tables. By itself VACUUM passes over pages that somebody is just reading, a
 * backup's cursor say, and over indexes where few rows have gone. Where it is to freeze it waits for the reader instead, which nobody else has to wait for.
 */
export const VACUUM = `vacuum (freeze, index_cleanup on) ${[
  ...["datasets", "dataset_pages", "model_pages", "model_order", "row_objects", "owners", "named_subjects"],
  ...["certified_subjects", "claimed_rows", "corrected_rows", "joined_rows", "returned_rows", "additions"],
  ...["models", "training_checkpoints", "signing_keys", "callbacks"],
].join(", ")}`;

/**
 * Runs VACUUM where something was erased that long ago, by whichever process comes first. What it could not remove yet is still due afterwards: what an
 * older snapshot sees, a backup's say, and what was erased after it began; and everything, where it fails.
 *
 * @param afterMs how long it waits for more that is erased
 * @returns whether it was run
 */
export async function vacuumWhenDue(database: Database, afterMs: number): Promise<boolean> {
  const { executor } = database;
  if (!isAnyDue(await removable(executor, afterMs))) return false;
  const ran = await database.exclusively("vacuum", async () => {
    const gone = await removable(executor, afterMs);
    // Somebody else may just have done it.
    if (!isAnyDue(gone)) return false;
    await database.vacuum();
    await executor.executeSql(
      "delete from unvacuumed where xact in (select value::xid8 from json_array_elements_text($1::json))",
      [JSON.stringify(gone.map(({ xact }) => xact))],
    );
    return true;
  });
  return ran ?? false;
}

/** A transaction that erased something, whose old versions nobody can see any more. */
interface Removable {
  readonly xact: string;
  /** Whether that was so long ago that it is not put off any more. */
  readonly is_due: boolean;
}

const isAnyDue = (found: readonly Removable[]): boolean => found.some(({ is_due }) => is_due);

async function removable({ executeSql }: SqlExecutor, afterMs: number): Promise<Removable[]> {
  return (await executeSql<Removable>(REMOVABLE, [afterMs])).rows;
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
select xact::text as xact, erased_at <= clock_timestamp() - $1 * interval '1 ms' as is_due from unvacuumed, oldest
where age(xact::xid) > oldest.age + coalesce(current_setting('vacuum_defer_cleanup_age', true)::integer, 0)`;
