import { z } from "zod";
import { newestRelease, releaseCountOf } from "../accounting/disclosure.js";
import type { Phase } from "../accounting/phases.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "../accounting/process.js";
import { DomainError, ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import { type FeatureMap, faultOfMap, mappedCountOf } from "../records/feature-map.js";
import { MAX_SPARSE_COLUMNS, type SparseStorage } from "../records/sparse-rows.js";
import type { ModelTimeline, TrainingPlan } from "../records/training-plan.js";
import { plan, timeline } from "./process-schema.js";

/** What fixes a process, and what has happened to it: what a keeper of a process stores as JSON beside its rows and weights. */
export interface ProcessRecord {
  readonly plan: TrainingPlan;
  readonly timeline: ModelTimeline;
}

const processRecord = z.strictObject({ plan, timeline });

/**
 * Reads a plan and a timeline that were stored as JSON. Shapes, ranges and what they say of each other are checked, and the constants of the
 * process are derived again.
 *
 * @param value the parsed JSON of both
 * @param where what an error begins with, such as a path or the name of a model
 * @throws ExpungeError E_MODEL naming the field
 */
export function readProcessRecord(value: unknown, where: string): ProcessRecord {
  const record: ProcessRecord = parsedBy(processRecord, value, where);
  requireProcess(record.plan, where);
  requireTimeline(record, where);
  return record;
}

/** @throws ExpungeError E_MODEL naming the first field that is not of the shape */
export function parsedBy<T>(shape: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] ?? { path: [], message: parsed.error.message };
  throw new ExpungeError(
    "E_MODEL",
    `${where}: ${issue.path.join(".") || "(the whole of it)"}: ${issue.message}.`,
  );
}

/** Derives the constants of a stored plan again; one in which they disagree with each other is refused. */
export function requireProcess(plan: TrainingPlan, where: string): void {
  const { process, objective: spec, noise, limit, requesters } = plan;
  if (plan.features) requireMap(plan, plan.features, where);
  if (plan.sparse) requireSparse(plan, plan.sparse, where);
  const derived = rederived(plan, where);
  for (const key of Object.keys(derived) as (keyof ProcessConstants)[])
    requireEqual(where, `plan.process.${key}`, process[key], derived[key]);
  const objective = objectiveFrom(spec);
  requireEqual(where, "plan.outputCount", plan.outputCount, objective.outputCount);
  requireThat(
    where,
    "plan.process.lipschitz",
    process.lipschitz === objective.lipschitz ||
      (objective.clippable && process.lipschitz < objective.lipschitz),
    `the bound of ${spec.kind}, ${objective.lipschitz}`,
  );
  const isEveryStep = noise.kind === "every-step";
  if (isEveryStep) requireEqual(where, "plan.noise.std", noise.std, noiseStdFromSigma(process, noise.sigma));
  requireThat(
    where,
    "plan.limit",
    (limit !== null) === (requesters === "adaptive"),
    "a limit for adaptive requesters alone",
  );
  requireThat(
    where,
    "plan.noise",
    isEveryStep || requesters === "independent",
    "noise at every step for adaptive requesters",
  );
}

function requireSparse(plan: TrainingPlan, { capacity }: SparseStorage, where: string): void {
  requireEqual(where, "plan.kernel of sparse rows", plan.kernel, "float64");
  requireEqual(where, "plan.isRowFormFromData of sparse rows", plan.isRowFormFromData, true);
  requireEqual(where, "plan.features of sparse rows", plan.features, undefined);
  requireEqual(where, "plan.process.deletion of sparse rows", plan.process.deletion, "tombstone");
  const isSo = plan.featureCount <= MAX_SPARSE_COLUMNS && capacity <= plan.featureCount;
  requireThat(
    where,
    "plan.sparse.capacity",
    isSo,
    `at most ${plan.featureCount} of at most ${MAX_SPARSE_COLUMNS} columns`,
  );
}

function requireMap({ featureCount }: TrainingPlan, map: FeatureMap, where: string): void {
  const fault = faultOfMap(map);
  if (fault !== null) requireThat(where, `plan.features.${fault[0]}`, false, fault[1]);
  requireEqual(where, "plan.featureCount", featureCount, mappedCountOf(map));
}

function rederived(plan: TrainingPlan, where: string): ProcessConstants {
  const { process, noise, kernel, featureCount, outputCount } = plan;
  try {
    return processConstants({
      rowCount: process.rowCount,
      batchSize: process.batchSize,
      l2: process.strongConvexity,
      smoothness: objectiveFrom(plan.objective).smoothness,
      lipschitz: process.lipschitz,
      eta: process.eta,
      radius: process.radius,
      deletion: process.deletion,
      rounding: {
        kernel,
        featureCount,
        outputCount,
        noiseStd: noise.kind === "every-step" ? noise.std : 0,
      },
    });
  } catch (error) {
    if (error instanceof DomainError || error instanceof ExpungeError)
      throw new ExpungeError("E_MODEL", `${where}: plan: ${error.message}`);
    throw error;
  }
}

/** What a timeline must say of itself and of its plan. */
export function requireTimeline({ plan, timeline }: ProcessRecord, where: string): void {
  const must = (field: string, isSo: boolean, expected: string): void =>
    requireThat(where, `timeline.${field}`, isSo, expected);
  const { releases, steps, releaseCount, requestCount, deletedCount, certificateId } = timeline;
  const isEveryStep = plan.noise.kind === "every-step";
  must("releases", (releases !== null) === isEveryStep, "releases with noise at every step alone");
  if (releases !== null) {
    requireEqual(where, "timeline.releases", newestRelease(releases), steps);
    requireEqual(where, "timeline.releaseCount", releaseCountOf(releases), releaseCount);
  }
  const { start, cells } = timeline.history;
  const last = cells.at(-1)?.step ?? start;
  const ascends = cells.every(({ step }, i) => step > (cells[i - 1]?.step ?? start));
  must("history", ascends && last <= steps, `steps that ascend to ${steps} at most`);
  must("certificateId", (certificateId === null) === (requestCount === 0), "null before any request");
  const records = plan.process.rowCount + (timeline.lives?.joinedCount ?? 0);
  must("deletedCount", deletedCount >= requestCount && deletedCount <= records, "a row a request");
  requireLives({ plan, timeline }, where);
  requireCapacity({ plan, timeline }, where);
}

/** Only rows that joined are longer than was planned. */
function requireCapacity({ plan, timeline }: ProcessRecord, where: string): void {
  const { capacity, lives } = timeline;
  if (capacity === undefined) return;
  const planned = lives && plan.sparse?.capacity;
  const isSo = planned !== undefined && capacity > planned && capacity <= plan.featureCount;
  requireThat(where, "timeline.capacity", isSo, "more than was planned, where longer rows have joined");
}

/** What a timeline says of rows that joined. */
function requireLives({ plan, timeline }: ProcessRecord, where: string): void {
  const { lives, steps, requestCount } = timeline;
  if (lives === undefined) return;
  const { phases, lessonCount, joinedCount, previous } = lives;
  const must = (field: string, isSo: boolean, expected: string): void =>
    requireThat(where, `timeline.lives.${field}`, isSo, expected);
  const ascends = phases.every(({ from, batchCount }, i) => {
    const before = phases[i - 1];
    if (before === undefined) return from === 0 && batchCount === plan.process.batchCount;
    return from > before.from && batchCount > before.batchCount;
  });
  must("phases", ascends, `to begin with ${plan.process.batchCount} batches, and to grow`);
  must("phases", (phases.at(-1) as Phase).from < steps, `to begin before step ${steps}`);
  must("phases", phases.length <= lessonCount + 1, `at most one for each of ${lessonCount} lessons`);
  must("joinedCount", joinedCount >= lessonCount, "a row a lesson");
  must(
    "previous",
    previous === null || (requestCount > 0 && lessonCount > 0),
    "null where there was no request, or no lesson since",
  );
}

/** @throws ExpungeError E_MODEL naming the field */
export function requireEqual(where: string, field: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  throw new ExpungeError(
    "E_MODEL",
    `${where}: ${field}: expected ${String(expected)}, found ${String(found)}.`,
  );
}

/** @throws ExpungeError E_MODEL naming the field */
export function requireThat(where: string, field: string, isSo: boolean, expected: string): void {
  if (!isSo) throw new ExpungeError("E_MODEL", `${where}: ${field}: expected ${expected}.`);
}
