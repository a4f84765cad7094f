import { boundWords, countWords, numberWords, percentWords, plural } from "../shared/numbers";

export { countWords as countText, percentWords as percentText, plural };

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
// With its zone: what is printed or sent on is read elsewhere.
const dateTime = new Intl.DateTimeFormat("en-GB", {
  ...{ day: "numeric", month: "short", year: "numeric" },
  ...{ hour: "2-digit", minute: "2-digit", timeZoneName: "short" },
});
const dateOnly = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const compactText = (value: number): string =>
  value < 10_000 ? countWords(value) : compact.format(value);
export const timeText = (iso: string): string => dateTime.format(new Date(iso));
export const dateText = (iso: string): string => dateOnly.format(new Date(iso));

export function numberText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "∞" : numberWords(value);
}

/** A bound, rounded up: what is shown must not promise more. null: nothing bounds it. */
export function boundText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "no bound" : boundWords(value);
}

/** What a claim compares with: the training and all steps since, which is more than training again takes. */
export const comparedWords = (steps: number): string =>
  `compared with the same ${plural(steps, "step")} from the start without the rows deleted so far`;

/** The intercept is a column of every row beside those of the table. @param columns the intercept's among them */
export const featuresText = (columns: number, intercept: number): string =>
  intercept === 0 ? plural(columns, "feature") : `${plural(columns - 1, "feature")} and an intercept`;

const DAY_MS = 86_400_000;

/** How long a request has until it is due: "12 days left". */
export function leftText(dueAt: string, now: number = Date.now()): string {
  const left = Date.parse(dueAt) - now;
  if (left < 0) return "overdue";
  return left < DAY_MS ? "less than a day left" : `${plural(Math.floor(left / DAY_MS), "day")} left`;
}

const UNITS = [
  ["day", DAY_MS],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

export function agoText(iso: string, now: number = Date.now()): string {
  const ms = Date.parse(iso) - now;
  for (const [unit, size] of UNITS) {
    if (Math.abs(ms) >= size) return relative.format(Math.round(ms / size), unit);
  }
  return "just now";
}
