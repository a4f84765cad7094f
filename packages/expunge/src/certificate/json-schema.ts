import { definitionOf, OBJECTIVE_KINDS, type ObjectiveKind, parametersOf } from "../objective/index.js";
import { PREDICATE_TYPE, STATEMENT_TYPE } from "../records/certificate.js";
import { DISCLOSURE_FIELDS, FIELDS, type Field, OPTIONAL_PARTS } from "./fields.js";
import { type FieldRule, HEX_64, type ListItem, MAX_ITEMS, UTC_TIME } from "./rules.js";

type JsonSchema = { [key: string]: unknown };

/** JSON Schema (2020-12) of the signed statement, made from the verifier's own table of fields. */
export function certificateJsonSchema(): JsonSchema {
  const predicate = predicateOf(FIELDS);
  const disclosure = (predicateOf(DISCLOSURE_FIELDS).properties as Record<string, JsonSchema>).disclosure;
  place(predicate, ["disclosure"], { oneOf: [{ type: "null" }, disclosure] });
  const seals = { type: "object", additionalProperties: { type: "string", pattern: "^[0-9a-f]{16}$" } };
  place(predicate, ["seals"], seals);
  for (const { at, fields } of OPTIONAL_PARTS) {
    const path = at.split(".");
    allow(predicate, path, schemaAt(predicateOf(fields), path));
  }
  const digest = objectOf({ sha256: { type: "string", pattern: HEX_64 } });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `${PREDICATE_TYPE}:schema`,
    title: "Expunge unlearning certificate, version 2: the in-toto statement inside the DSSE envelope",
    ...objectOf({
      _type: { const: STATEMENT_TYPE },
      subject: {
        type: "array",
        prefixItems: [objectOf({ name: { const: "model" }, digest })],
        minItems: 1,
        maxItems: 1,
      },
      predicateType: { const: PREDICATE_TYPE },
      predicate,
    }),
  };
}

function predicateOf(fields: readonly Field[]): JsonSchema {
  const predicate = objectOf({});
  for (const { path, rule } of fields) place(predicate, path.split("."), schemaOf(rule));
  return predicate;
}

/** An object with exactly these properties. */
function objectOf(properties: Record<string, unknown>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** Puts a schema at a path, making the objects on the way. */
function place(root: JsonSchema, path: readonly string[], schema: JsonSchema): void {
  const parent = path.slice(0, -1).reduce((at, key) => requiredProperty(at, key, objectOf({})), root);
  requiredProperty(parent, path.at(-1) as string, schema);
}

/** The schema of a property; where there is none yet, the one given. */
function requiredProperty(object: JsonSchema, key: string, schema: JsonSchema): JsonSchema {
  const properties = object.properties as Record<string, JsonSchema>;
  const found = properties[key];
  if (found) return found;
  properties[key] = schema;
  (object.required as string[]).push(key);
  return schema;
}

function schemaAt(root: JsonSchema, path: readonly string[]): JsonSchema {
  return path.reduce((at, key) => {
    const found = (at.properties as Record<string, JsonSchema>)[key];
    if (!found) throw new Error(`Expected a schema at ${path.join(".")}, found none of ${key}.`);
    return found;
  }, root);
}

/** Puts a schema at the path of a property that need not be there, in an object that is. */
function allow(root: JsonSchema, path: readonly string[], schema: JsonSchema): void {
  const { properties } = schemaAt(root, path.slice(0, -1));
  (properties as Record<string, JsonSchema>)[path.at(-1) as string] = schema;
}

function schemaOf(rule: FieldRule): JsonSchema {
  switch (rule.kind) {
    case "number":
      return {
        type: typeOf("number", rule),
        ...(rule.min === undefined ? {} : { [rule.openMin ? "exclusiveMinimum" : "minimum"]: rule.min }),
        ...(rule.max === undefined ? {} : { [rule.openMax ? "exclusiveMaximum" : "maximum"]: rule.max }),
      };
    case "integer":
      return { type: "integer", minimum: rule.min };
    case "boolean":
      return { type: "boolean" };
    case "string":
      return { type: typeOf("string", rule), pattern: rule.pattern };
    case "time":
      return { type: "string", pattern: UTC_TIME };
    case "constant":
      return { const: rule.value };
    case "choice":
      return { enum: rule.values };
    case "list":
      return { type: typeOf("array", rule), items: ITEMS[rule.item], maxItems: MAX_ITEMS[rule.item] };
    case "objective":
      return { oneOf: OBJECTIVE_KINDS.map(objectiveOf) };
    case "limit":
      return { oneOf: [{ type: "null" }, LIMIT] };
  }
}

function typeOf(type: string, { nullable }: { readonly nullable?: boolean }): string | string[] {
  return nullable ? [type, "null"] : type;
}

const natural = { type: "integer", minimum: 0 };
const positive = { type: "integer", minimum: 1 };

const ITEMS: Readonly<Record<ListItem, JsonSchema>> = {
  text: { type: "string" },
  assumption: objectOf({ name: { type: "string" }, enforcedBy: { type: "string" } }),
  cellStep: positive,
  cellNumber: { type: "number", minimum: 0 },
  batchSlots: objectOf({ batch: natural, count: positive }),
  joinedSlots: objectOf({ batch: natural, count: positive, joined: positive }),
  phase: objectOf({ from: natural, batchCount: positive }),
  length: positive,
  countedLength: objectOf({ length: positive, count: positive }),
  weight: { type: "number", exclusiveMinimum: 0, maximum: 1 },
};

/** Ranges of parameters are no part of the schema: the verifier computes with them. */
function objectiveOf(kind: ObjectiveKind): JsonSchema {
  const parameters = parametersOf(definitionOf(kind));
  const numbers = parameters.map(([name]) => [name, { type: "number" }]);
  const required = parameters.filter(([, { isOptional }]) => !isOptional).map(([name]) => name);
  return {
    ...objectOf({ kind: { const: kind }, ...Object.fromEntries(numbers) }),
    required: ["kind", ...required],
  };
}

const LIMIT = objectOf({
  epsilon: { type: "number", exclusiveMinimum: 0 },
  delta: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
});
