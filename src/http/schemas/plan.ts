import { z } from "zod";
import { NumberOrInfinity } from "./common.js";

const count = z.number().int().min(1).max(1e9);

/** What `expunge plan` takes; the ranges are the accountant's to check. */
export const PlanInput = z
  .strictObject({
    rowCount: count,
    batchSize: count,
    epochs: count.max(1e6),
    l2: z.number().min(0),
    smoothness: z.number().positive(),
    lipschitz: z.number().positive(),
    epsilon: z.number().min(0),
    delta: z.number().gt(0).lt(1),
    sigma: z.number().positive().optional(),
    unlearnSteps: z.number().int().min(0).max(1e9).optional(),
    requests: count.max(1000).optional(),
    records: count.max(100_000).optional(),
    eta: z.number().positive().optional(),
    radius: z.number().positive().optional(),
    deletion: z.enum(["tombstone", "replace"]).optional(),
    slot: z.enum(["worst", "best"]).optional(),
    releaseAt: z.enum(["step", "epoch"]).optional(),
    adaptiveEpsilon: z.number().positive().optional(),
    accountant: z.enum(["timeline", "paper"]).optional(),
  })
  .meta({ id: "PlannedProcess" });

const Bound = z.object({ mu: NumberOrInfinity, epsilon: NumberOrInfinity });

export const PlanView = z
  .object({
    accountant: z.enum(["timeline", "paper"]),
    target: z.object({ epsilon: z.number(), delta: z.number() }),
    sigma: z.number(),
    noiseStd: z.number(),
    steps: z.number(),
    mu: NumberOrInfinity,
    epsilon: NumberOrInfinity,
    delta: z.number(),
    energy: NumberOrInfinity,
    contraction: z.number(),
    eta: z.number(),
    smoothness: z.number(),
    strongConvexity: z.number(),
    lipschitz: z.number(),
    sensitivity: z.number(),
    batchCount: z.number(),
    slot: z.enum(["worst", "best"]),
    requests: z.array(
      z.object({
        request: z.number(),
        steps: z.number(),
        totalSteps: z.number(),
        epsilon: NumberOrInfinity,
        mu: NumberOrInfinity,
        energy: NumberOrInfinity,
      }),
    ),
    totals: z.object({ steps: z.number(), epochs: z.number(), gradientEvaluations: z.number() }),
    retraining: z.object({
      stepsPerRequest: z.number(),
      totalSteps: z.number(),
      gradientEvaluations: z.number(),
      ratio: z.number().nullable(),
    }),
    learning: Bound.nullable(),
    allReleasesSeen: Bound.nullable().describe("Of all deleted records."),
    transcript: Bound.extend({ requestsWithin: z.number().int().nullable() })
      .nullable()
      .describe("Of anyone; how many of the requests adaptiveEpsilon lets through, where it was given."),
  })
  .meta({ id: "Plan" });

export type PlanInput = z.output<typeof PlanInput>;
export type PlanView = z.output<typeof PlanView>;
