import type { Schema } from "expunge/data";

/**
 * How the demo's table becomes features. Centres and scales are what a telecom analyst would write down without having
 * seen the data ("a customer is with us for about two years"): public constants, so the certificate's claim covers all
 * that depends on the rows.
 */
export const DEMO_SCHEMA: Schema = deepFreeze<Schema>({
  version: 1,
  task: "binary",
  label: { column: "leaves", positive: ["yes"], negative: ["no"] },
  subject: "customer",
  columns: [
    { name: "month", kind: "ignored" },
    {
      name: "plan",
      kind: "categorical",
      categories: ["basic", "standard", "family", "premium"],
      unknown: "error",
      missing: "error",
    },
    {
      name: "contract",
      kind: "categorical",
      categories: ["monthly", "yearly", "two-year"],
      unknown: "error",
      missing: "error",
    },
    {
      name: "payment",
      kind: "categorical",
      categories: ["card", "direct debit", "invoice"],
      unknown: "other",
      missing: "other",
    },
    {
      name: "region",
      kind: "categorical",
      categories: ["north", "east", "south", "west"],
      unknown: "ignore",
      missing: "ignore",
    },
    { name: "tenure_months", kind: "numeric", centre: 24, scale: 18, clip: [0, 72], missing: "error" },
    { name: "monthly_fee", kind: "numeric", centre: 35, scale: 15, clip: [0, 80], missing: "error" },
    { name: "usage_gb", kind: "numeric", centre: 20, scale: 20, clip: [0, 100], missing: "centre" },
    { name: "days_since_login", kind: "numeric", centre: 10, scale: 10, clip: [0, 50], missing: "centre" },
    { name: "support_calls", kind: "numeric", centre: 1, scale: 1.5, clip: [0, 7], missing: "error" },
    { name: "late_payments", kind: "numeric", centre: 0.5, scale: 1, clip: [0, 5], missing: "error" },
    { name: "satisfaction", kind: "numeric", centre: 3, scale: 1, clip: [1, 5], missing: "indicator" },
  ],
  missingMarks: ["?", ""],
  scaling: "l2",
  intercept: 1,
  csv: { header: true, delimiter: "," },
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
