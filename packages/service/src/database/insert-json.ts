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
): Promise<unknown[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const columns = Object.entries(getTableColumns(table)).filter(([field]) => field in first);
  const text = JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        columns.map(([field, { name }]) => [name, jsonOf((row as Record<string, unknown>)[field])]),
      ),
    ),
  );
  const names = columns.map(([, { name }]) => `"${name}"`).join(", ");
  const into = getTableName(table);
  const { rows: found } = await executeSql(
    `insert into ${into} (${names}) select ${names} from json_populate_recordset(null::${into}, $1::json) ${tail}`,
    [text],
  );
  return found;
}

/** Bytes as PostgreSQL writes them; everything else is what JSON makes of it. */
function jsonOf(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
}
