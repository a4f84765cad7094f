import { z } from "zod";
import { DELETIONS, KERNELS, RELEASE_POINTS } from "../accounting/choices.js";
import { MAX_LENGTHS, MAX_STRETCHES } from "../accounting/disclosure.js";
import { MAX_CELLS } from "../accounting/history.js";
import { MAX_PHASES } from "../accounting/phases.js";
import { isObjective, type ObjectiveSpec } from "../objective/index.js";
import { BANDWIDTH_RANGE, FEATURE_KINDS } from "../records/feature-map.js";
import { REQUESTERS, TUNED_ON } from "../records/training-plan.js";

/* The shapes of a plan and a timeline in JSON, wherever they are kept: in a model directory or in a database. */

export const count = z.int().min(0);
export const positiveCount = z.int().min(1);
export const positive = z.number().positive();

const objective = z.custom<ObjectiveSpec>(isObjective, "expected an objective");

const process = z.strictObject({
  rowCount: positiveCount,
  batchSize: positiveCount,
  batchCount: positiveCount,
  strongConvexity: z.number().min(0),
  smoothness: positive,
  lipschitz: positive,
  eta: positive,
  contraction: positive.max(1),
  deletion: z.enum(DELETIONS),
  sensitivity: positive,
  radius: positive,
  dimension: positiveCount,
  roundingPerStep: positive,
});

const noise = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("on-release"), most: positive }),
  z.strictObject({ kind: z.literal("every-step"), sigma: positive, std: positive }),
]);

const delta = positive.lt(1);

export const plan = z.strictObject({
  version: z.literal(2),
  objective,
  process,
  featureCount: positiveCount,
  outputCount: positiveCount,
  epochs: positiveCount,
  requesters: z.enum(REQUESTERS),
  noise,
  limit: z.strictObject({ epsilon: positive, delta, records: positiveCount }).nullable(),
  target: z.strictObject({ epsilon: z.number().min(0), delta }),
  releaseAt: z.enum(RELEASE_POINTS),
  maxSteps: positiveCount,
  isTuned: z.boolean(),
  tunedOn: z.enum(TUNED_ON).exactOptional(),
  seed: z.string().nullable(),
  kernel: z.enum(KERNELS),
  weighting: z
    .strictObject({
      classes: z.array(positive.max(1)).readonly().nullable(),
      isBalanced: z.boolean(),
      samples: z.boolean(),
    })
    .optional(),
  features: z
    .strictObject({
      kind: z.enum(FEATURE_KINDS).exclude(["linear"]),
      inputCount: positiveCount,
      count: positiveCount,
      bandwidth: z.number().min(BANDWIDTH_RANGE.min).max(BANDWIDTH_RANGE.max).nullable(),
      isBandwidthFromData: z.boolean(),
      seed: z.string(),
    })
    .optional(),
  sparse: z.strictObject({ capacity: positiveCount }).optional(),
  isRowFormFromData: z.literal(true).optional(),
});

const cell = z.strictObject({ step: positiveCount, shift: z.number().min(0), std: z.number().min(0) });

const releases = z.strictObject({
  older: z.array(z.strictObject({ length: positiveCount, count: positiveCount })).max(MAX_LENGTHS),
  from: count,
  lengths: z.array(positiveCount).max(MAX_STRETCHES),
});

export const digest = z.string().regex(/^[0-9a-f]{64}$/);

const lives = z.strictObject({
  phases: z
    .array(z.strictObject({ from: count, batchCount: positiveCount }))
    .min(1)
    .max(MAX_PHASES),
  joinedCount: positiveCount,
  lessonCount: count,
  previous: digest.nullable(),
});

export const timeline = z.strictObject({
  version: z.literal(2),
  steps: count,
  history: z.strictObject({ start: count, cells: z.array(cell).max(MAX_CELLS) }),
  releaseCount: count,
  releases: releases.nullable(),
  deletedCount: count,
  requestCount: count,
  certificateId: z.uuid().nullable(),
  lives: lives.exactOptional(),
  capacity: positiveCount.exactOptional(),
});
