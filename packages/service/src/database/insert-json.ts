import { getTableColumns, getTableName } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { SqlExecutor } from "./open-database.js";

/**
 * Inserts many rows by one statement with one parameter: where a thousand a second come, a parameter for every field costs more than all the
 * rest. Fields that the first row leaves out take their defaults in all.
 *
 * @param tail what follows: "on conflict ...", "returning ..."
 */
export async function insertJson<T extends PgTable>(
  { executeSql }: SqlExecutor,
  table: T,
  rows: readonly T["$inferInsert"][],
  tail = "",
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.entries(getTableColumns(table)).filter(([field]) => field in first);
  const names = columns.map(([, { name }]) => `"${name}"`).join(", ");
  const into = getTableName(table);
  await executeSql(
    `insert into ${into} (${names}) select ${names} from json_populate_recordset(null::${into}, $1::json) ${tail}`,
    [jsonRecords(table, rows)],
  );
}

/** Rows as `json_populate_recordset(null::table, ...)` takes them. */
export function jsonRecords<T extends PgTable>(
  table: T,
  rows: readonly Partial<T["$inferInsert"]>[],
): string {
  const names = new Map(Object.entries(getTableColumns(table)).map(([field, { name }]) => [field, name]));
  const records = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([field, value]) => [names.get(field), jsonOf(value)])),
  );
  return JSON.stringify(records);
}

/** Bytes as PostgreSQL writes them; everything else is what JSON makes of it. */
function jsonOf(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
}
