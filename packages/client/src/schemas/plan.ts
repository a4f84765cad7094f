import { DELETIONS, RELEASE_POINTS } from "expunge/options";
import { z } from "zod";
import { NumberOrInfinity } from "./common.js";

const count = z.number().int().min(1).max(1e9);

/** Of every plan; the ranges are the accountant's to check. */
const shared = {
  rowCount: count,
  batchSize: count,
  epochs: count.max(1e6),
  l2: z.number().min(0),
  smoothness: z.number().positive(),
  lipschitz: z.number().positive(),
  epsilon: z.number().min(0),
  delta: z.number().gt(0).lt(1),
  requests: count.max(10_000).optional(),
  records: count.max(100_000).optional(),
  eta: z.number().positive().optional(),
  radius: z.number().positive().optional(),
  deletion: z.enum(DELETIONS).optional(),
  slot: z.enum(["worst", "best"]).optional(),
};

/** What `expunge plan` takes for noise at every step. */
export const PlanInput = z
  .strictObject({
    ...shared,
    sigma: z.number().positive().optional(),
    unlearnSteps: z.number().int().min(0).max(1e9).optional(),
    releaseAt: z.enum(RELEASE_POINTS).optional(),
    adaptiveEpsilon: z.number().positive().optional(),
    accountant: z.enum(["timeline", "paper"]).optional(),
  })
  .meta({ id: "PlannedProcess" });

const Target = z.object({ epsilon: z.number(), delta: z.number() });
const Totals = z.object({ steps: z.number(), epochs: z.number(), gradientEvaluations: z.number() });
const Retraining = z.object({
  stepsPerRequest: z.number(),
  totalSteps: z.number(),
  gradientEvaluations: z.number(),
  ratio: z.number().nullable(),
});
const Bound = z.object({ mu: NumberOrInfinity, epsilon: NumberOrInfinity });

export const PlanView = z
  .object({
    accountant: z.enum(["timeline", "paper"]),
    target: Target,
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
    totals: Totals,
    retraining: Retraining,
    learning: Bound.nullable(),
    disclosure: Bound.extend({ requestsWithin: z.number().int().nullable() })
      .nullable()
      .describe(
        "What everything released would reveal of any so many records; how many of the requests adaptiveEpsilon lets through, where it was given.",
      ),
  })
  .meta({ id: "Plan" });

/** As PlanInput, for noise on release. */
export const OnReleasePlanInput = z
  .strictObject({
    ...shared,
    maxNoise: z.number().positive().optional().describe("Most noise left in a score; or steps."),
    steps: count.optional().describe("Steps of every request; or maxNoise."),
  })
  .meta({ id: "PlannedProcessOnRelease" });

export const OnReleasePlanView = z
  .object({
    noise: z.literal("on-release"),
    target: Target,
    requests: z.array(
      z.object({
        request: z.number(),
        steps: z.number(),
        totalSteps: z.number(),
        noise: z.number().describe("Standard deviation of all noise left in the score of a row of norm 1."),
        mu: z.number(),
        epsilon: z.number(),
      }),
    ),
    trades: z
      .array(z.object({ steps: z.number(), noise: z.number() }))
      .describe("What the first request could do instead: more steps leave less noise."),
    totals: Totals,
    retraining: Retraining,
  })
  .meta({ id: "PlanOnRelease" });

/** A process with noise at every step, to be planned: rows, batches, the loss's constants and the (epsilon, delta) to meet. */
export interface PlanInput extends z.output<typeof PlanInput> {}
/** The plan of a process with noise at every step: the noise level, and what each request takes in steps and gives in epsilon (nats). */
export interface PlanView extends z.output<typeof PlanView> {}
/** A process with noise on release, to be planned: as `PlanInput`, with `maxNoise` or `steps`. */
export interface OnReleasePlanInput extends z.output<typeof OnReleasePlanInput> {}
/** The plan of a process with noise on release: steps, noise and epsilon (nats) of each request. */
export interface OnReleasePlanView extends z.output<typeof OnReleasePlanView> {}
