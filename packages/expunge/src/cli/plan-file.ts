import { z } from "zod";
import { DELETIONS, KERNELS } from "../accounting/choices.js";
import { ExpungeError } from "../errors.js";
import { OBJECTIVE_KINDS } from "../objective/index.js";
import { FEATURE_KINDS } from "../records/feature-map.js";
import { TUNED_ON } from "../records/training-plan.js";
import type { FitOptions } from "../unlearner/options.js";
import type { Tuning } from "../unlearner/tune-result.js";
import { readText } from "./arguments.js";
import { flagOf } from "./fit-options.js";

/* The plan that `tune` writes and `train --plan` reads. */

const planFile = z.strictObject({
  format: z.literal("expunge-plan"),
  version: z.literal(1),
  /** Of the data that the plan is for. */
  rows: z.int().min(1),
  columns: z.int().min(1),
  /** Ranges are `fit`'s to check. */
  options: z.strictObject({
    epsilon: z.number(),
    delta: z.number(),
    l2: z.number(),
    batchSize: z.number(),
    epochs: z.number(),
    tunedOn: z.enum(TUNED_ON),
    maxNoise: z.number().exactOptional(),
    objective: z.enum(OBJECTIVE_KINDS).exactOptional(),
    deletion: z.enum(DELETIONS).exactOptional(),
    features: z.enum(FEATURE_KINDS).exactOptional(),
    featureCount: z.number().exactOptional(),
    featureBandwidth: z.number().exactOptional(),
    featureSeed: z.string().exactOptional(),
    kernel: z.enum(KERNELS).exclude(["reference"]).exactOptional(),
  }),
});

export type PlanFile = z.infer<typeof planFile>;

export function planFileOf({ chosen, rows }: Tuning, columns: number): string {
  const plan = { format: "expunge-plan", version: 1, rows: rows.data, columns, options: chosen };
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** @throws ExpungeError E_OPTION naming the file and the field */
export async function readPlanFile(path: string): Promise<PlanFile> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ExpungeError("E_OPTION", `${path} is not JSON: ${(error as Error).message}.`);
  }
  const { data, error } = planFile.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new ExpungeError(
    "E_OPTION",
    `${path} is not a plan of expunge tune: ${issue?.path.join(".") || "the file"}: ${issue?.message ?? "malformed"}.`,
  );
}

/** The plan's options with those of the command line. @throws ExpungeError E_OPTION where both give the same, or what the plan was not tried with */
export function withPlan({ options }: PlanFile, given: FitOptions, path: string): FitOptions {
  const twice = Object.keys(given).filter((name) => name !== "seed" && name !== "maxSteps");
  if (twice.length === 0) return { ...options, ...given };
  throw new ExpungeError(
    "E_OPTION",
    `Expected no option of training beside --plan ${path}, found ${twice.map(flagOf).join(", ")}: the plan was tried as it is.`,
  );
}

/** What to say where the data are not those that a plan is for. */
export function planNotes({ rows, columns }: PlanFile, found: { rows: number; columns: number }): string[] {
  return [
    ...(found.columns === columns
      ? []
      : [`The plan was tuned for ${columns} columns, the data have ${found.columns}.`]),
    ...(Math.abs(found.rows - rows) > 0.1 * rows
      ? [`The plan was tuned for ${rows} rows, the data have ${found.rows}: tune again.`]
      : []),
  ];
}
