import { newestRelease, releaseCountOf } from "../accounting/disclosure.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "../accounting/process.js";
import { DomainError, ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { FORMAT_VERSION, type ModelRecord, modelRecord } from "./model-schema.js";

/** @throws ExpungeError E_MODEL naming the field */
export function parseModelRecord(text: string, path: string): ModelRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ExpungeError("E_MODEL", `${path} is no JSON.`);
  }
  requireVersion(value, path);
  const parsed = modelRecord.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0] ?? { path: [], message: parsed.error.message };
    throw new ExpungeError(
      "E_MODEL",
      `${path}: ${issue.path.join(".") || "(whole file)"}: ${issue.message}.`,
    );
  }
  const record = parsed.data;
  requireProcess(record, path);
  requireAgreement(record, path);
  return record;
}

function requireVersion(value: unknown, path: string): void {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== "expunge-model" || version === FORMAT_VERSION) return;
  throw new ExpungeError(
    "E_MODEL",
    `${path}: expected format version ${FORMAT_VERSION}, found ${JSON.stringify(version)}: another version of Expunge wrote this directory. Train the model anew.`,
    { version },
  );
}

/** Derives the constants of a stored plan again; a file in which they disagree with each other is refused. */
function requireProcess(record: ModelRecord, path: string): void {
  const { process, objective: spec, noise } = record.plan;
  const derived = rederived(record, path);
  for (const key of Object.keys(derived) as (keyof ProcessConstants)[])
    requireEqual(path, `plan.process.${key}`, process[key], derived[key]);
  const objective = objectiveFrom(spec);
  requireEqual(path, "plan.outputCount", record.plan.outputCount, objective.outputCount);
  requireThat(
    path,
    "plan.process.lipschitz",
    process.lipschitz === objective.lipschitz ||
      (objective.clippable && process.lipschitz < objective.lipschitz),
    `the bound of ${spec.kind}, ${objective.lipschitz}`,
  );
  requireWeighting(record, path);
  requireThat(path, "description.task", record.description.task === objective.task, objective.task);
  if (noise.kind === "every-step")
    requireEqual(path, "plan.noise.std", noise.std, noiseStdFromSigma(process, noise.sigma));
}

function requireWeighting({ plan, description }: ModelRecord, path: string): void {
  const { weighting } = plan;
  requireEqual(
    path,
    "description.hasSampleWeights",
    description.hasSampleWeights ?? false,
    weighting?.samples ?? false,
  );
  const classes = weighting?.classes ?? null;
  if (weighting === undefined) return;
  requireThat(path, "plan.weighting", classes !== null || weighting.samples, "weights of classes or of rows");
  requireThat(path, "plan.weighting.isBalanced", classes !== null || !weighting.isBalanced, "false");
  if (classes === null) return;
  const expected = description.task === "regression" ? 0 : description.labelNames.length;
  requireEqual(path, "plan.weighting.classes.length", classes.length, expected);
}

function rederived({ plan }: ModelRecord, path: string): ProcessConstants {
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
      throw new ExpungeError("E_MODEL", `${path}: plan: ${error.message}`);
    throw error;
  }
}

/** What the parts of a record must say of each other. */
function requireAgreement(record: ModelRecord, path: string): void {
  const { plan, timeline, description, removal, forgottenSubjectCount } = record;
  const { process, noise, limit, requesters } = plan;
  const isEveryStep = noise.kind === "every-step";
  const must = (field: string, isSo: boolean, expected: string): void =>
    requireThat(path, field, isSo, expected);
  requireEqual(path, "description.rowCount", description.rowCount, process.rowCount);
  requireEqual(path, "description.featureCount", description.featureCount, plan.featureCount);
  must(
    "plan.limit",
    (limit !== null) === (requesters === "adaptive"),
    "a limit for adaptive requesters alone",
  );
  must(
    "plan.noise",
    isEveryStep || requesters === "independent",
    "noise at every step for adaptive requesters",
  );
  must(
    "timeline.releases",
    (timeline.releases !== null) === isEveryStep,
    "releases with noise at every step alone",
  );
  if (timeline.releases !== null) {
    const { releases, steps, releaseCount } = timeline;
    requireEqual(path, "timeline.releases", newestRelease(releases), steps);
    requireEqual(path, "timeline.releaseCount", releaseCountOf(releases), releaseCount);
  }
  const { start, cells } = timeline.history;
  const last = cells.at(-1)?.step ?? start;
  const ascends = cells.every(({ step }, i) => step > (cells[i - 1]?.step ?? start));
  must(
    "timeline.history",
    ascends && last <= timeline.steps,
    `steps that ascend to ${timeline.steps} at most`,
  );
  const { requestCount, deletedCount, certificateId } = timeline;
  must(
    "timeline.certificateId",
    (certificateId === null) === (requestCount === 0),
    "null before any request",
  );
  must(
    "timeline.deletedCount",
    deletedCount >= requestCount && deletedCount <= process.rowCount,
    "a row a request",
  );
  if (removal === null) return;
  must("removal", requestCount > 0 && removal.rows.length <= deletedCount, "the newest request's rows");
  must(
    "removal.subjects",
    removal.subjects.length <= forgottenSubjectCount * KEY_BYTES,
    "subjects forgotten so far",
  );
  must(
    "removal.rows",
    removal.rows.every((row) => row < process.rowCount),
    `rows below ${process.rowCount}`,
  );
}

function requireEqual(path: string, field: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  throw new ExpungeError(
    "E_MODEL",
    `${path}: ${field}: expected ${String(expected)}, found ${String(found)}.`,
  );
}

function requireThat(path: string, field: string, isSo: boolean, expected: string): void {
  if (!isSo) throw new ExpungeError("E_MODEL", `${path}: ${field}: expected ${expected}.`);
}
