import { type Column, type SQL, sql } from "drizzle-orm";

/** What the texts of a list are read as; "bytea" from hex. */
type ListType = "integer" | "bigint" | "uuid" | "bytea";

/** `column in (...)` with one parameter however long the list: a statement takes no more than 65,535 of them. */
export function isOneOf(column: Column, values: readonly (string | number)[], type: ListType): SQL {
  const value = type === "bytea" ? sql`decode(value, 'hex')` : sql`value::${sql.raw(type)}`;
  // An array, not a subquery: so that it is looked up in an index.
  return sql`${column} = any(array(select ${value} from json_array_elements_text(${JSON.stringify(values)}::json)))`;
}
