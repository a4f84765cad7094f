import { DELETIONS, KERNELS, NOISE_KINDS } from "../accounting/choices.js";
import { MAX_RADIUS, MIN_RADIUS } from "../engine/projection.js";
import { BANDWIDTH_RANGE, FEATURE_KINDS, MAX_SEED_LENGTH } from "../records/feature-map.js";
import { REQUESTERS, TUNED_ON } from "../records/training-plan.js";
import { type FieldRule, HEX_64 } from "./rules.js";

/** The shape of a version 2 predicate: one table from which the verifier's checks and the JSON Schema are both made. */
export interface Field {
  /** Dotted path inside the predicate. */
  readonly path: string;
  /** Issue code of this field alone. */
  readonly code: string;
  readonly rule: FieldRule;
}

const UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

const positive: FieldRule = { kind: "number", min: 0, openMin: true };
const nonNegative: FieldRule = { kind: "number", min: 0 };
const nullable: FieldRule = { kind: "number", min: 0, nullable: true };
const count: FieldRule = { kind: "integer", min: 0 };
const atLeastOne: FieldRule = { kind: "integer", min: 1 };
const hex: FieldRule = { kind: "string", pattern: HEX_64 };
const hexOrNull: FieldRule = { kind: "string", pattern: HEX_64, nullable: true };
const text: FieldRule = { kind: "string", pattern: "^[\\s\\S]+$" };
const openUnit: FieldRule = { kind: "number", min: 0, openMin: true, max: 1, openMax: true };

const RULES: readonly (readonly [string, FieldRule])[] = [
  ["version", { kind: "constant", value: 2 }],
  ["certificateId", { kind: "string", pattern: UUID }],
  ["issuedAt", { kind: "time" }],
  ["generator.name", { kind: "constant", value: "expunge" }],
  ["generator.version", { kind: "string", pattern: "^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$" }],
  ["modelBefore", hex],
  ["request.number", atLeastOne],
  ["request.subjects.count", count],
  ["request.subjects.root", hexOrNull],
  ["request.rowCount", atLeastOne],
  ["request.slots", { kind: "list", item: "batchSlots", nullable: true }],
  ["request.deletion", { kind: "choice", values: DELETIONS }],
  ["request.target.epsilon", nonNegative],
  ["request.target.delta", openUnit],
  ["data.task", { kind: "choice", values: ["binary", "multiclass", "regression"] }],
  ["data.rowCount", atLeastOne],
  ["data.featureCount", atLeastOne],
  ["data.scaling", { kind: "choice", values: ["l2", "clip"] }],
  ["data.intercept", nonNegative],
  ["data.schemaDigest", hexOrNull],
  ["process.objective", { kind: "objective" }],
  ["process.outputCount", atLeastOne],
  ["process.batchSize", atLeastOne],
  ["process.batchCount", atLeastOne],
  ["process.recordSmoothness", positive],
  ["process.l2", nonNegative],
  ["process.smoothness", positive],
  ["process.lipschitz", positive],
  ["process.eta", positive],
  ["process.contraction", { kind: "number", min: 0, openMin: true, max: 1 }],
  ["process.radius", { kind: "number", min: MIN_RADIUS, max: MAX_RADIUS }],
  ["process.sensitivity", positive],
  ["process.order", { kind: "constant", value: "fixed-permutation" }],
  ["process.kernel", { kind: "choice", values: KERNELS }],
  ["process.rounding", { kind: "choice", values: ["proved", "measured"] }],
  ["process.roundingPerStep", positive],
  ["process.isTuned", { kind: "boolean" }],
  ["noise.kind", { kind: "choice", values: NOISE_KINDS }],
  ["noise.source", { kind: "choice", values: ["csprng", "seed"] }],
  ["noise.sigma", { kind: "number", min: 0, openMin: true, nullable: true }],
  ["noise.std", nonNegative],
  ["noise.grid", nonNegative],
  ["timeline.stepsBefore", count],
  ["timeline.stepsAfter", count],
  ["timeline.start", count],
  ["timeline.cells.steps", { kind: "list", item: "cellStep" }],
  ["timeline.cells.shifts", { kind: "list", item: "cellNumber" }],
  ["timeline.cells.stds", { kind: "list", item: "cellNumber" }],
  ["timeline.deletedCount", atLeastOne],
  ["timeline.releaseCount", count],
  ["erasure.mu", nonNegative],
  ["erasure.epsilon", nonNegative],
  ["erasure.delta", openUnit],
  ["erasure.tailDelta", nonNegative],
  ["erasure.theorem", text],
  ["erasure.statement", text],
  ["holds.epsilon", nonNegative],
  ["holds.delta", openUnit],
  ["holds.against", { kind: "choice", values: REQUESTERS }],
  ["holds.statement", text],
  ["assumptions", { kind: "list", item: "assumption" }],
  ["cost.steps", count],
  ["cost.gradientEvaluations", count],
  ["cost.retrainSteps", count],
  ["cost.retrainGradientEvaluations", count],
  ["notCovered", { kind: "list", item: "text" }],
];

/** Where noise comes on release alone nothing bounds what was disclosed. */
const NO_DISCLOSURE_RULES: typeof RULES = [["disclosure", { kind: "constant", value: null }]];

const DISCLOSURE_RULES: typeof RULES = [
  ["disclosure.records", atLeastOne],
  ["disclosure.mu", nonNegative],
  ["disclosure.epsilon", nullable],
  ["disclosure.delta", openUnit],
  ["disclosure.tailDelta", nullable],
  ["disclosure.limit", { kind: "limit" }],
  ["disclosure.older", { kind: "list", item: "countedLength" }],
  ["disclosure.from", count],
  ["disclosure.lengths", { kind: "list", item: "length" }],
  ["disclosure.statement", text],
];

/** Where records had weights. */
const WEIGHTING_RULES: typeof RULES = [
  ["process.weighting.classes", { kind: "list", item: "weight", nullable: true }],
  ["process.weighting.isBalanced", { kind: "boolean" }],
  ["process.weighting.samples", { kind: "boolean" }],
];

/** Where rows were mapped. */
const FEATURE_RULES: typeof RULES = [
  ["process.features.kind", { kind: "choice", values: FEATURE_KINDS.filter((kind) => kind !== "linear") }],
  ["process.features.count", atLeastOne],
  ["process.features.bandwidth", { kind: "number", ...BANDWIDTH_RANGE, nullable: true }],
  ["process.features.isBandwidthFromData", { kind: "boolean" }],
  ["process.features.seed", { kind: "string", pattern: `^[\\s\\S]{0,${MAX_SEED_LENGTH}}$` }],
];

/** Where the longest row had a say in how rows are held. */
const ROW_FORM_RULES: typeof RULES = [["process.isRowFormFromData", { kind: "constant", value: true }]];

/** Where options were chosen by trials, and it is known on what. */
const TUNING_RULES: typeof RULES = [["process.tunedOn", { kind: "choice", values: TUNED_ON }]];

/** Where records joined or were corrected. */
const LIVES_RULES: typeof RULES = [
  ["lives.phases", { kind: "list", item: "phase" }],
  ["lives.joinedCount", count],
  ["lives.lessonCount", count],
  ["lives.isCorrection", { kind: "boolean" }],
  ["lives.joined", { kind: "list", item: "joinedSlots", nullable: true }],
  ["lives.previous", hexOrNull],
  ["lives.statement", text],
];

/** Of every predicate. */
export const FIELDS: readonly Field[] = fieldsFrom(RULES);
/** Of one that speaks of everything released. */
export const DISCLOSURE_FIELDS: readonly Field[] = fieldsFrom(DISCLOSURE_RULES);

/**
 * Parts that are left out where they say nothing, so that certificates from before they were known stay as they are: where a part stands, and the
 * fields that it must have where it is there.
 */
export const OPTIONAL_PARTS: readonly { readonly at: string; readonly fields: readonly Field[] }[] = [
  { at: "process.weighting", fields: fieldsFrom(WEIGHTING_RULES) },
  { at: "process.features", fields: fieldsFrom(FEATURE_RULES) },
  { at: "process.isRowFormFromData", fields: fieldsFrom(ROW_FORM_RULES) },
  { at: "process.tunedOn", fields: fieldsFrom(TUNING_RULES) },
  { at: "lives", fields: fieldsFrom(LIVES_RULES) },
];

const WITHOUT_DISCLOSURE: readonly Field[] = [...FIELDS, ...fieldsFrom(NO_DISCLOSURE_RULES)];
const WITH_DISCLOSURE: readonly Field[] = [...FIELDS, ...DISCLOSURE_FIELDS];

/** The fields that a predicate must have: a disclosure claim or null in its place, and those of the optional parts that it has. */
export function fieldsOf(predicate: unknown): readonly Field[] {
  const fields = valueAt(predicate, "disclosure") === null ? WITHOUT_DISCLOSURE : WITH_DISCLOSURE;
  const parts = OPTIONAL_PARTS.filter(({ at }) => valueAt(predicate, at) !== undefined);
  return [...fields, ...parts.flatMap((part) => part.fields)];
}

function fieldsFrom(rules: typeof RULES): readonly Field[] {
  return Object.freeze(rules.map(([path, rule]) => Object.freeze({ path, code: codeFromPath(path), rule })));
}

/** process.batchSize -> PROCESS_BATCH_SIZE */
function codeFromPath(path: string): string {
  return path
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/\./g, "_")
    .toUpperCase();
}

/** The value at a dotted path, undefined where any part is missing. */
export function valueAt(root: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string, unknown>)[key];
  }, root);
}
