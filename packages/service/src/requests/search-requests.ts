import { and, gte, lte, or, type SQL, sql } from "drizzle-orm";
import { requests } from "../database/tables.js";

const HEX_DIGITS = 32;

/** Requests whose reference, in capitals or not, or whose id begins with a text. Both by an index: a million of others are not looked at. */
export function beginsWith(text: string): SQL | undefined {
  const pattern = `${text.replace(/[\\%_]/g, (mark) => `\\${mark}`)}%`;
  // The database's own small letters on both sides: what they are depends on its locale.
  return or(sql`lower(${requests.reference}) like lower(${pattern})`, idBeginsWith(text));
}

function idBeginsWith(text: string): SQL | undefined {
  const digits = text.trim().toLowerCase().replaceAll("-", "");
  if (!/^[0-9a-f]{1,32}$/.test(digits)) return undefined;
  const [first, last] = ["0", "f"].map((digit) => idOf(digits.padEnd(HEX_DIGITS, digit)));
  return and(gte(requests.id, first as string), lte(requests.id, last as string));
}

/** As PostgreSQL writes it: 8-4-4-4-12. */
const idOf = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
