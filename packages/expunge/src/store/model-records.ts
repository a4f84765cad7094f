import { ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { FORMAT_VERSION, type ModelRecord, modelRecord } from "./model-schema.js";
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
function requireDescription({ plan, description }: ModelRecord, path: string): void {
  const { task } = objectiveFrom(plan.objective);
  requireThat(path, "description.task", description.task === task, task);
  requireEqual(path, "description.rowCount", description.rowCount, plan.process.rowCount);
  requireEqual(path, "description.featureCount", description.featureCount, plan.featureCount);
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

/** What the newest request removes must fit what is known of the model. */
function requireRemoval(record: ModelRecord, path: string): void {
  const { plan, timeline, removal, forgottenSubjectCount } = record;
  if (removal === null) return;
  const { rowCount } = plan.process;
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
