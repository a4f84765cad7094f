/** The shape of a version 1 predicate: one table from which the verifier's checks and the JSON Schema are both made. */
export type FieldRule =
  | {
      readonly kind: "number";
      readonly min?: number;
      readonly openMin?: boolean;
      readonly max?: number;
      readonly openMax?: boolean;
      readonly nullable?: boolean;
    }
  | { readonly kind: "integer"; readonly min: number }
  | { readonly kind: "string"; readonly pattern: string; readonly nullable?: boolean }
  | { readonly kind: "constant"; readonly value: string | number }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: "hexDigest" | "step" | "text" | "assumption" | "deletedSlots" }
  | { readonly kind: "objective" };

export interface Field {
  /** Dotted path inside the predicate. */
  readonly path: string;
  /** Issue code of this field alone. */
  readonly code: string;
  readonly rule: FieldRule;
}

const HEX_64 = "^[0-9a-f]{64}$";
const UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
const UTC_TIME = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$";

const positive: FieldRule = { kind: "number", min: 0, openMin: true };
const nonNegative: FieldRule = { kind: "number", min: 0 };
const count: FieldRule = { kind: "integer", min: 0 };
const atLeastOne: FieldRule = { kind: "integer", min: 1 };
const text: FieldRule = { kind: "string", pattern: "^[\\s\\S]+$" };
const openUnit: FieldRule = { kind: "number", min: 0, openMin: true, max: 1, openMax: true };

const RULES: readonly (readonly [string, FieldRule])[] = [
  ["version", { kind: "constant", value: 1 }],
  ["certificateId", { kind: "string", pattern: UUID }],
  ["issuedAt", { kind: "string", pattern: UTC_TIME }],
  ["generator.name", { kind: "constant", value: "expunge" }],
  ["generator.version", { kind: "string", pattern: "^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$" }],
  ["request.subjects", { kind: "list", item: "hexDigest" }],
  ["request.rowCount", atLeastOne],
  ["request.deletion", { kind: "choice", values: ["tombstone", "replace"] }],
  ["request.chosen", { kind: "choice", values: ["independently", "adaptively"] }],
  ["request.target.epsilon", nonNegative],
  ["request.target.delta", openUnit],
  ["data.task", { kind: "choice", values: ["binary", "multiclass", "regression"] }],
  ["data.rowCount", atLeastOne],
  ["data.featureCount", atLeastOne],
  ["data.scaling", { kind: "choice", values: ["l2", "clip"] }],
  ["data.intercept", nonNegative],
  ["data.schemaDigest", { kind: "string", pattern: HEX_64, nullable: true }],
  ["process.objective", { kind: "objective" }],
  ["process.batchSize", atLeastOne],
  ["process.batchCount", atLeastOne],
  ["process.recordSmoothness", positive],
  ["process.l2", nonNegative],
  ["process.smoothness", positive],
  ["process.strongConvexity", nonNegative],
  ["process.lipschitz", positive],
  ["process.eta", positive],
  ["process.contraction", { kind: "number", min: 0, openMin: true, max: 1 }],
  ["process.radius", { kind: "number", min: 0, openMin: true, nullable: true }],
  ["process.sigma", positive],
  ["process.noiseStd", positive],
  ["process.sensitivity", positive],
  ["process.order", { kind: "constant", value: "fixed-permutation" }],
  ["process.noiseSource", { kind: "choice", values: ["csprng", "seed"] }],
  ["process.kernel", { kind: "choice", values: ["reference", "wasm-simd"] }],
  ["process.precision", { kind: "choice", values: ["float64", "float32"] }],
  ["process.weightNorm", positive],
  ["process.roundingPerStep", positive],
  ["process.stepsBefore", count],
  ["process.stepsAfter", count],
  ["process.deleted", { kind: "list", item: "deletedSlots" }],
  ["claim.energy", nonNegative],
  ["claim.mu", nonNegative],
  ["claim.epsilon", nonNegative],
  ["claim.delta", openUnit],
  ["claim.roundingAllowance", nonNegative],
  ["claim.theorem", text],
  ["claim.statement", text],
  ["joint.releases", { kind: "list", item: "step" }],
  ["joint.energy", nonNegative],
  ["joint.mu", nonNegative],
  ["joint.epsilon", nonNegative],
  ["joint.statement", text],
  ["transcript.records", atLeastOne],
  ["transcript.energy", nonNegative],
  ["transcript.mu", nonNegative],
  ["transcript.epsilon", nonNegative],
  ["transcript.budgetMu", { kind: "number", min: 0, openMin: true, nullable: true }],
  ["transcript.statement", text],
  ["assumptions", { kind: "list", item: "assumption" }],
  ["cost.steps", count],
  ["cost.gradientEvaluations", count],
  ["cost.retrainSteps", atLeastOne],
  ["cost.retrainGradientEvaluations", atLeastOne],
  ["notCovered", { kind: "list", item: "text" }],
];

export const FIELDS: readonly Field[] = Object.freeze(
  RULES.map(([path, rule]) => Object.freeze({ path, code: codeFromPath(path), rule })),
);

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

/** null where the value fits the rule, else what was expected. */
export function misfit(rule: FieldRule, value: unknown): string | null {
  switch (rule.kind) {
    case "number":
      if (value === null && rule.nullable) return null;
      return isNumberIn(value, rule)
        ? null
        : `a number in ${rangeText(rule)}${rule.nullable ? " or null" : ""}`;
    case "integer":
      return Number.isSafeInteger(value) && (value as number) >= rule.min
        ? null
        : `an integer of at least ${rule.min}`;
    case "string":
      if (value === null && rule.nullable) return null;
      return typeof value === "string" && new RegExp(rule.pattern).test(value)
        ? null
        : `a text that matches ${rule.pattern}`;
    case "constant":
      return value === rule.value ? null : JSON.stringify(rule.value);
    case "choice":
      return rule.values.includes(value as string) ? null : `one of ${rule.values.join(", ")}`;
    case "list":
      return Array.isArray(value) && value.every((item) => isItem(rule.item, item))
        ? null
        : `a list of ${rule.item}`;
    case "objective":
      return isObjective(value) ? null : "an objective of version 1";
  }
}

function isNumberIn(value: unknown, rule: Extract<FieldRule, { kind: "number" }>): value is number {
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (rule.min !== undefined && (rule.openMin ? value <= rule.min : value < rule.min)) return false;
  return rule.max === undefined || (rule.openMax ? value < rule.max : value <= rule.max);
}

function rangeText({ min, openMin, max, openMax }: Extract<FieldRule, { kind: "number" }>): string {
  const low = min === undefined ? "(-inf" : `${openMin ? "(" : "["}${min}`;
  return `${low}, ${max === undefined ? "inf)" : `${max}${openMax ? ")" : "]"}`}`;
}

function isItem(item: Extract<FieldRule, { kind: "list" }>["item"], value: unknown): boolean {
  if (item === "hexDigest") return typeof value === "string" && new RegExp(HEX_64).test(value);
  if (item === "step") return Number.isSafeInteger(value) && (value as number) >= 0;
  if (item === "text") return typeof value === "string";
  if (item === "assumption") return hasOnly(value, { name: "string", enforcedBy: "string" });
  return (
    hasOnly(value, { batch: "number", count: "number", through: "number" }) &&
    Object.values(value as object).every((n) => Number.isSafeInteger(n) && n >= 0)
  );
}

const OBJECTIVE_SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  logistic: { kind: "string" },
  softmax: { kind: "string", classCount: "number" },
  smoothedHinge: { kind: "string", width: "number" },
  huberRegression: { kind: "string", threshold: "number" },
};

function isObjective(value: unknown): boolean {
  const kind = valueAt(value, "kind");
  return (
    typeof kind === "string" &&
    Object.hasOwn(OBJECTIVE_SHAPES, kind) &&
    hasOnly(value, OBJECTIVE_SHAPES[kind])
  );
}

function hasOnly(value: unknown, shape: Readonly<Record<string, string>>): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  if (keys.length !== Object.keys(shape).length) return false;
  return keys.every((key) => typeof (value as Record<string, unknown>)[key] === shape[key]);
}
