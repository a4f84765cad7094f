import { ExpungeError } from "expunge";
import type { SqlExecutor } from "../database/open-database.js";

/*
 * Rows out of a database and into one, as JSON, a few megabytes at a time.
 */

/** All tables of a backup but the ledger's own, each after those that it refers to. */
export const TABLES = [
  "tenants",
  "api_keys",
  "datasets",
  "dataset_pages",
  "owners",
  "models",
  "model_pages",
  "model_order",
  "joined_rows",
  "returned_rows",
  "additions",
  "lessons",
  "requests",
  "named_subjects",
  "claimed_rows",
  "corrected_rows",
  "certificates",
  "certified_subjects",
  "tasks",
  "erasures",
  "callbacks",
  "request_news",
  "releases",
  "signing_keys",
  "ledger_origin",
  "ledger_staged",
] as const;

export type TableName = (typeof TABLES)[number];

/** Characters of rows that are held at once. */
const LOT_CHARACTERS = 4e6;
const MOST_ROWS = 2000;

/**
 * What a query gives, each row as JSON, by a cursor: however much it is, little is held. Only one may be under way in a transaction.
 *
 * @param values of its parameters, in JSON
 */
export async function* rowsOfQuery(
  { executeSql }: SqlExecutor,
  query: string,
  values: unknown[] = [],
): AsyncGenerator<string> {
  await executeSql(
    `declare copied no scroll cursor for select row_to_json(t)::text as row from (${query}) t`,
    values,
  );
  // As many as fit: a row may be a page of numbers, or a few ids.
  let most = 16;
  for (;;) {
    const { rows } = await executeSql<{ row: string }>(`fetch ${most} from copied`);
    let size = 0;
    for (const { row } of rows) {
      size += row.length;
      yield row;
    }
    if (rows.length < most) break;
    if (size < LOT_CHARACTERS / 4) most = Math.min(2 * most, MOST_ROWS);
    else if (size > LOT_CHARACTERS / 2) most = Math.max(1, most >> 1);
  }
  await executeSql("close copied");
}

/** Rows on their way into tables. */
export interface Lots {
  /** @throws ExpungeError E_DATABASE for a table that is not among those expected */
  add(table: string, row: string): Promise<void>;
  /** Inserts what is held. */
  flush(): Promise<void>;
  /** Rows so far. */
  readonly count: number;
}

/**
 * Collects rows and inserts those of a table together, in the order of the tables.
 *
 * @param prefix of the names of the tables that they go into: their columns are those of the tables without it
 */
export function createLots({ executeSql }: SqlExecutor, tables: readonly string[], prefix = ""): Lots {
  const held = new Map<string, string[]>(tables.map((table) => [table, []]));
  let size = 0;
  let count = 0;
  const flush = async (): Promise<void> => {
    for (const [table, rows] of held) {
      if (rows.length === 0) continue;
      await executeSql(
        `insert into ${prefix}${table} overriding system value select * from json_populate_recordset(null::${table}, $1::json)`,
        [`[${rows.join()}]`],
      );
      held.set(table, []);
    }
    size = 0;
  };
  return {
    async add(table, row) {
      const rows = held.get(table);
      if (!rows)
        throw new ExpungeError(
          "E_DATABASE",
          `The backup holds a table ${JSON.stringify(table)} that is not known here.`,
        );
      rows.push(row);
      count += 1;
      size += row.length;
      if (size > LOT_CHARACTERS) await flush();
    },
    flush,
    get count() {
      return count;
    },
  };
}
