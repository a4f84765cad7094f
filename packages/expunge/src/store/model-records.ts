import { ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import { slotCountOf } from "../records/training-plan.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { inputCountOf } from "../unlearner/predict.js";
import { FORMAT_VERSION, type ModelRecord, modelRecord } from "./model-schema.js";
import { rowsBefore } from "./newest-rows.js";
import { parsedBy, requireEqual, requireProcess, requireThat, requireTimeline } from "./process-record.js";

/** @throws ExpungeError E_MODEL naming the field */
export function parseModelRecord(text: string, path: string): ModelRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ExpungeError("E_MODEL", `${path} is no JSON.`);
  }
  requireVersion(value, path);
  const record = parsedBy(modelRecord, value, path);
  requireProcess(record.plan, path);
  requireDescription(record, path);
  requireTimeline(record, path);
  requireJoined(record, path);
  requireRemoval(record, path);
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

/** What the plan and the description of its rows must say of each other. */
function requireDescription({ plan, timeline, description }: ModelRecord, path: string): void {
  const { task } = objectiveFrom(plan.objective);
  requireThat(path, "description.task", description.task === task, task);
  const rowCount = plan.process.rowCount + (timeline.lives?.joinedCount ?? 0);
  requireEqual(path, "description.rowCount", description.rowCount, rowCount);
  requireEqual(path, "description.featureCount", description.featureCount, inputCountOf(plan));
  const { weighting } = plan;
  requireEqual(
    path,
    "description.hasSampleWeights",
    description.hasSampleWeights ?? false,
    weighting?.samples ?? false,
  );
  if (weighting === undefined) return;
  const { classes } = weighting;
  requireThat(path, "plan.weighting", classes !== null || weighting.samples, "weights of classes or of rows");
  requireThat(path, "plan.weighting.isBalanced", classes !== null || !weighting.isBalanced, "false");
  if (classes === null) return;
  const expected = description.task === "regression" ? 0 : description.labelNames.length;
  requireEqual(path, "plan.weighting.classes.length", classes.length, expected);
}

/** Which rows have just joined must fit what is known of the model. */
function requireJoined(record: ModelRecord, path: string): void {
  const { timeline, joined, hasOwners } = record;
  if (joined === undefined) return;
  const { slots, owners, step } = joined;
  const slotCount = slotCountOf(record);
  requireThat(path, "joined", slots.length <= (timeline.lives?.joinedCount ?? 0), "rows that joined");
  requireThat(path, "joined.step", step <= timeline.steps, `a step up to ${timeline.steps}`);
  requireThat(
    path,
    "joined.slots",
    new Set(slots).size === slots.length && slots.every((slot) => slot < slotCount),
    `slots below ${slotCount}, each once`,
  );
  requireEqual(path, "joined.owners", owners.length, hasOwners ? slots.length * KEY_BYTES : 0);
}

/** What the newest request removes must fit what is known of the model. */
function requireRemoval(record: ModelRecord, path: string): void {
  const { timeline, removal, forgottenSubjectCount } = record;
  if (removal === null) return;
  const rowCount = rowsBefore(record);
  const must = (field: string, isSo: boolean, expected: string): void =>
    requireThat(path, field, isSo, expected);
  must(
    "removal",
    timeline.requestCount > 0 && removal.rows.length <= timeline.deletedCount,
    "the newest request's rows",
  );
  must(
    "removal.subjects",
    removal.subjects.length <= forgottenSubjectCount * KEY_BYTES,
    "subjects forgotten so far",
  );
  must(
    "removal.rows",
    removal.rows.every((row) => row < rowCount),
    `rows below ${rowCount}`,
  );
}
