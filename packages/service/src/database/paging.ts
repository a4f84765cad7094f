import { type AnyColumn, type SQL, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";

/** A page of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Hand back as `after` for the next page; null at the end. */
  readonly next: string | null;
}

export interface PageOptions {
  readonly after?: string;
  /** 1 to 200, default 50. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Where a page begins: the last item of the one before, by time and id. */
interface Cursor {
  readonly time: string;
  readonly id: string;
}

/** @throws ExpungeError E_OPTION */
export function limitOf({ limit = DEFAULT_LIMIT }: PageOptions): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new ExpungeError(
    "E_OPTION",
    `Expected limit = ${String(limit)} to be an integer from 1 to ${MAX_LIMIT}.`,
  );
}

/** Condition for what comes after a cursor, newest first. @throws ExpungeError E_OPTION */
export function afterCursor(options: PageOptions, time: AnyColumn, id: AnyColumn): SQL | undefined {
  if (options.after === undefined) return undefined;
  const cursor = decode(options.after);
  return sql`(${time}, ${id}) < (${cursor.time}::timestamptz, ${cursor.id}::uuid)`;
}

/** The version before which a page of a model's releases begins; null for the newest. @throws ExpungeError E_OPTION */
export function beforeVersion({ after }: PageOptions): number | null {
  if (after === undefined) return null;
  if (/^\d{1,9}$/.test(after)) return Number(after);
  throw new ExpungeError("E_OPTION", NO_CURSOR);
}

const NO_CURSOR = "Expected `after` to be what a page said is next.";

/** A page of one item more than the limit, or fewer: the one more says that there is another page. */
export function pageOf<Row, View>(
  rows: readonly Row[],
  views: readonly View[],
  limit: number,
  cursorOf: (row: Row) => { readonly time: Date; readonly id: string },
): Page<View> {
  if (rows.length <= limit) return { items: views, next: null };
  const { time, id } = cursorOf(rows[limit - 1] as Row);
  const next = Buffer.from(JSON.stringify({ time: time.toISOString(), id })).toString("base64url");
  return { items: views.slice(0, limit), next };
}

function decode(text: string): Cursor {
  try {
    const { time, id } = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Cursor;
    if (!Number.isNaN(Date.parse(time)) && /^[0-9a-f-]{36}$/.test(id)) return { time, id };
  } catch {
    // Said below.
  }
  throw new ExpungeError("E_OPTION", NO_CURSOR);
}
