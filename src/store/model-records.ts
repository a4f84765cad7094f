import { z } from "zod";
import { type ProcessConstants, processConstants } from "../accounting/process.js";
import { ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";

/** The JSON of a generation, checked when it is read: nothing in a model directory is taken on trust. */
const count = z.int().min(0);
const objective = z.union([
  z.strictObject({ kind: z.literal("logistic") }),
  z.strictObject({ kind: z.literal("softmax"), classCount: z.int().min(2) }),
  z.strictObject({ kind: z.literal("smoothedHinge"), width: z.number().positive() }),
  z.strictObject({ kind: z.literal("huberRegression"), threshold: z.number().positive() }),
]);

const plan = z.strictObject({
  version: z.literal(1),
  objective,
  process: z.strictObject({
    rowCount: z.int().min(1),
    batchSize: z.int().min(1),
    batchCount: z.int().min(1),
    strongConvexity: z.number().min(0),
    smoothness: z.number().positive(),
    lipschitz: z.number().positive(),
    eta: z.number().positive(),
    contraction: z.number().positive().max(1),
    deletion: z.enum(["tombstone", "replace"]),
    sensitivity: z.number().positive(),
    radius: z.number().positive().nullable(),
    roundingPerStep: z.number().positive(),
  }),
  featureCount: z.int().min(1),
  outputCount: z.int().min(1),
  epochs: z.int().min(1),
  sigma: z.number().positive(),
  target: z.strictObject({ epsilon: z.number().min(0), delta: z.number().positive().lt(1) }),
  budget: z.strictObject({ epsilon: z.number().positive(), records: z.int().min(1) }).nullable(),
  releaseAt: z.enum(["step", "epoch"]),
  maxSteps: z.int().min(1),
  seed: z.string().nullable(),
  kernel: z.enum(["reference", "wasm-simd"]),
  weightNorm: z.number().positive(),
});

const timeline = z.strictObject({
  version: z.literal(1),
  steps: count,
  deleted: z.array(z.strictObject({ batch: count, count: z.int().min(1), through: count })),
  releases: z.array(count).min(1),
  requests: z.array(
    z.strictObject({
      certificateId: z.uuid(),
      chosen: z.enum(["independently", "adaptively"]),
      rowCount: z.int().min(1),
      stepsBefore: count,
      stepsAfter: count,
    }),
  ),
});

const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const modelRecord = z.strictObject({
  format: z.literal("expunge-model"),
  version: z.literal(1),
  plan,
  timeline,
  description: z.strictObject({
    task: z.enum(["binary", "multiclass", "regression"]),
    labelNames: z.array(z.string()),
    featureNames: z.array(z.string()).nullable(),
    featureCount: z.int().min(1),
    scaling: z.strictObject({ kind: z.enum(["l2", "clip"]), intercept: z.number().min(0) }),
    schemaDigest: digest.nullable(),
    rowCount: z.int().min(1),
  }),
  weightsDigest: digest,
  hasOwners: z.boolean(),
  forgotten: z.strictObject({
    subjects: z.record(digest, z.uuid()),
    rows: z.array(z.tuple([count, z.uuid()])),
  }),
  /** Rows and slots whose bytes this generation's request erases; done again on opening, in case it was interrupted. */
  erase: z.array(z.strictObject({ row: count, slot: count })),
});

export type ModelRecord = z.infer<typeof modelRecord>;

/** @throws ExpungeError E_MODEL naming the field */
export function parseModelRecord(text: string, path: string): ModelRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ExpungeError("E_MODEL", `${path} is no JSON.`);
  }
  const parsed = modelRecord.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ExpungeError(
      "E_MODEL",
      `${path}: ${issue.path.join(".") || "(whole file)"}: ${issue.message}.`,
    );
  }
  return parsed.data;
}

/** The constants of a stored plan, derived again; a file in which they disagree with each other is refused. */
export function rederiveProcess(record: ModelRecord, path: string): ProcessConstants {
  const { process, objective: spec, kernel, weightNorm } = record.plan;
  const derived = processConstants({
    rowCount: process.rowCount,
    batchSize: process.batchSize,
    l2: process.strongConvexity,
    smoothness: objectiveFrom(spec).smoothness,
    lipschitz: process.lipschitz,
    eta: process.eta,
    radius: process.radius ?? Number.POSITIVE_INFINITY,
    deletion: process.deletion,
    rounding: { precision: kernel === "wasm-simd" ? "float32" : "float64", weightNorm },
  });
  for (const key of ["batchCount", "smoothness", "contraction", "sensitivity", "roundingPerStep"] as const) {
    if (derived[key] !== process[key]) {
      throw new ExpungeError(
        "E_MODEL",
        `${path}: plan.process.${key}: expected ${derived[key]}, found ${process[key]}.`,
      );
    }
  }
  return derived;
}
