import { sql } from "drizzle-orm";
import type { Queries } from "./queries.js";

/*
 * Time is the database's wherever it is written, compared or signed: the clocks of servers and workers may be off by days. Their own clocks measure
 * how long something takes, and nothing else.
 */

/** The time now, not when the transaction began: for what is written. */
export const NOW = sql`clock_timestamp()`;

/** The time now, to the millisecond: for what is signed, or compared here. */
export async function databaseTime(queries: Queries): Promise<Date> {
  const { rows } = (await queries.execute(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000)::double precision as ms`,
  )) as unknown as { readonly rows: readonly { readonly ms: number }[] };
  return new Date((rows[0] as { ms: number }).ms);
}
