import { ColumnProfile, USUAL_MARKS } from "./column-profile.js";
import { dateParser } from "./parse-number.js";
import { openTable } from "./read-table.js";

/** Any day would do: the centre of the column makes up for it. */
const ORIGIN = "2020-01-01";
const ORDERS = ["YMD", "DMY", "MDY"] as const;
const NO_MARKS = new Set<string>();

/**
 * Reads the columns of dates once more, in every order, and says how each would be declared: as a whole column, to be put into the schema
 * in place of the ignored one.
 */
export async function dateNotes(
  path: string,
  csv: Parameters<typeof openTable>[1],
  features: readonly ColumnProfile[],
): Promise<readonly string[]> {
  const dated = features.filter(({ isDate }) => isDate);
  if (dated.length === 0) return [];
  const table = await openTable(path, csv);
  const trials = dated.map(({ name }) => ({
    name,
    at: table.columns.indexOf(name),
    ways: ORDERS.map((order) => ({
      order,
      parse: dateParser({ origin: ORIGIN, order }),
      days: new ColumnProfile(name),
    })),
  }));
  for await (const rows of table.batches) {
    for (const trial of trials) {
      for (const { cells, row } of rows) {
        const cell = cells[trial.at];
        const isMissing = cell === null || USUAL_MARKS.has(String(cell));
        for (const { parse, days } of trial.ways) {
          const day = isMissing ? null : parse(String(cell));
          // NaN would count as missing.
          days.add(Number.isNaN(day) ? Number.POSITIVE_INFINITY : day, NO_MARKS, row);
        }
      }
      trial.ways = trial.ways.filter(({ days }) => days.isNumeric);
    }
  }
  return trials.map(({ name, ways }) => {
    const [first, second] = ways;
    if (first === undefined)
      return `Ignored, because it holds dates in a form that is not read (years of four digits, one order): "${name}".`;
    const { order, days } = first;
    const missing = days.missing > 0 ? "indicator" : "error";
    const column = { name, kind: "numeric", date: { origin: ORIGIN, order }, ...days.spread, missing };
    const doubt = second === undefined ? "" : ` The order may be ${second.order} as well: look at it.`;
    return `Ignored, because it holds dates: "${name}". To use them as days since ${ORIGIN}, declare ${JSON.stringify(column)}.${doubt}`;
  });
}
