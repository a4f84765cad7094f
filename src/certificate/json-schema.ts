import { PREDICATE_TYPE, STATEMENT_TYPE } from "../records/certificate.js";
import { FIELDS, type FieldRule } from "./fields.js";

type JsonSchema = { [key: string]: unknown };

/** JSON Schema (2020-12) of the signed statement, made from the verifier's own table of fields. */
export function certificateJsonSchema(): JsonSchema {
  const predicate = objectOf({});
  for (const { path, rule } of FIELDS) place(predicate, path.split("."), schemaOf(rule));
  const seals = { type: "object", additionalProperties: { type: "string", pattern: "^[0-9a-f]{16}$" } };
  place(predicate, ["seals"], seals);
  const digest = objectOf({ sha256: { type: "string", pattern: "^[0-9a-f]{64}$" } });
  const subject = (name: string): JsonSchema => objectOf({ name: { const: name }, digest });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `${PREDICATE_TYPE}:schema`,
    title: "Expunge unlearning certificate, version 1: the in-toto statement inside the DSSE envelope",
    ...objectOf({
      _type: { const: STATEMENT_TYPE },
      subject: {
        type: "array",
        prefixItems: [subject("model-before"), subject("model-after")],
        minItems: 2,
        maxItems: 2,
      },
      predicateType: { const: PREDICATE_TYPE },
      predicate,
    }),
  };
}

/** An object with exactly these properties. */
function objectOf(properties: Record<string, unknown>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** Puts a schema at a path, making the objects on the way. */
function place(root: JsonSchema, [key, ...rest]: readonly string[], schema: JsonSchema): void {
  const properties = root.properties as Record<string, JsonSchema>;
  if (!Object.hasOwn(properties, key)) {
    properties[key] = rest.length === 0 ? schema : objectOf({});
    (root.required as string[]).push(key);
  }
  if (rest.length > 0) place(properties[key], rest, schema);
}

function schemaOf(rule: FieldRule): JsonSchema {
  switch (rule.kind) {
    case "number":
      return {
        type: rule.nullable ? ["number", "null"] : "number",
        ...(rule.min === undefined ? {} : { [rule.openMin ? "exclusiveMinimum" : "minimum"]: rule.min }),
        ...(rule.max === undefined ? {} : { [rule.openMax ? "exclusiveMaximum" : "maximum"]: rule.max }),
      };
    case "integer":
      return { type: "integer", minimum: rule.min };
    case "string":
      return { type: rule.nullable ? ["string", "null"] : "string", pattern: rule.pattern };
    case "constant":
      return { const: rule.value };
    case "choice":
      return { enum: rule.values };
    case "list":
      return { type: "array", items: ITEMS[rule.item] };
    case "objective":
      return { oneOf: OBJECTIVES };
  }
}

const step = { type: "integer", minimum: 0 };

const ITEMS: Readonly<Record<Extract<FieldRule, { kind: "list" }>["item"], JsonSchema>> = {
  hexDigest: { type: "string", pattern: "^[0-9a-f]{64}$" },
  step,
  text: { type: "string" },
  assumption: objectOf({ name: { type: "string" }, enforcedBy: { type: "string" } }),
  deletedSlots: objectOf({ batch: step, count: step, through: step }),
};

const OBJECTIVES: readonly JsonSchema[] = [
  objectOf({ kind: { const: "logistic" } }),
  objectOf({ kind: { const: "softmax" }, classCount: { type: "number" } }),
  objectOf({ kind: { const: "smoothedHinge" }, width: { type: "number" } }),
  objectOf({ kind: { const: "huberRegression" }, threshold: { type: "number" } }),
];
