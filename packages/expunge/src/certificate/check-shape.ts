import { PREDICATE_TYPE, STATEMENT_TYPE, type Statement } from "../records/certificate.js";
import { fieldsOf, valueAt } from "./fields.js";
import type { Issue } from "./issue.js";
import { HEX_64, misfit } from "./rules.js";
import { MODEL_SEAL, sealOf } from "./seals.js";

/* What can be said of a statement before anything is computed: its types, its fields, their shapes and their seals. */

const STATEMENT_KEYS = ["_type", "subject", "predicateType", "predicate"];

/** All of it; nothing is computed with a statement that has an issue whose code begins with SHAPE_. */
export function checkShape(statement: Statement): Issue[] {
  return [...checkStatement(statement), ...checkFields(statement), ...checkSeals(statement)];
}

function checkStatement(statement: Statement): Issue[] {
  const issues: Issue[] = [];
  const expect = (code: string, path: string, expected: unknown): void => {
    const actual = valueAt(statement, path);
    if (actual !== expected) issues.push({ code, path, expected, actual });
  };
  expect("SHAPE_STATEMENT_TYPE", "_type", STATEMENT_TYPE);
  expect("SHAPE_PREDICATE_TYPE", "predicateType", PREDICATE_TYPE);
  for (const [path, actual] of Object.entries(statement)) {
    if (!STATEMENT_KEYS.includes(path))
      issues.push({ code: "SHAPE_UNKNOWN_FIELD", path, expected: "no such field", actual });
  }
  const { subject } = statement;
  if (!isOneModel(subject)) {
    const expected = 'one subject, { name: "model", digest: { sha256 } }';
    issues.push({ code: "SHAPE_SUBJECT", path: "subject", expected, actual: subject });
  }
  return issues;
}

/** A generic verifier takes any subject for certified: there is one, the new model, and with one digest. */
function isOneModel(subject: unknown): boolean {
  if (!Array.isArray(subject) || subject.length !== 1) return false;
  const [entry] = subject;
  const digest = valueAt(entry, "digest.sha256");
  return (
    valueAt(entry, "name") === "model" &&
    typeof digest === "string" &&
    new RegExp(HEX_64).test(digest) &&
    Object.keys(entry as object).length === 2 &&
    Object.keys((entry as { digest: object }).digest).length === 1
  );
}

function checkFields({ predicate }: Statement): Issue[] {
  const issues: Issue[] = [];
  const fields = fieldsOf(predicate);
  for (const { path, code, rule } of fields) {
    const actual = valueAt(predicate, path);
    const expected = misfit(rule, actual);
    if (expected !== null)
      issues.push({ code: `SHAPE_${code}`, path: `predicate.${path}`, expected, actual });
  }
  for (const path of unknownPaths(predicate, new Set(fields.map((field) => field.path)))) {
    const actual = valueAt(predicate, path);
    issues.push({
      code: "SHAPE_UNKNOWN_FIELD",
      path: `predicate.${path}`,
      expected: "no such field",
      actual,
    });
  }
  return issues;
}

/** Paths in the predicate that lead to no field. */
function unknownPaths(predicate: unknown, known: ReadonlySet<string>): string[] {
  const inner = new Set([...known].flatMap(pathsAbove));
  const within = (value: object, prefix: string): string[] =>
    Object.entries(value).flatMap(([key, item]) => visit(item, prefix + key, key));
  const visit = (value: unknown, path: string, key: string): string[] => {
    // A key with a dot in it could pass for a path.
    if (key.includes(".")) return [path];
    if (known.has(path) || path === "seals") return [];
    if (!inner.has(path) || typeof value !== "object" || value === null || Array.isArray(value))
      return [path];
    return within(value, `${path}.`);
  };
  return typeof predicate === "object" && predicate !== null ? within(predicate, "") : [];
}

/** a.b.c -> a, a.b */
function pathsAbove(path: string): string[] {
  const keys = path.split(".");
  return keys.slice(1).map((_, i) => keys.slice(0, i + 1).join("."));
}

function checkSeals(statement: Statement): Issue[] {
  const { predicate } = statement;
  const seals = valueAt(predicate, "seals");
  if (typeof seals !== "object" || seals === null || Array.isArray(seals)) {
    return [
      { code: "SHAPE_SEALS", path: "predicate.seals", expected: "a seal for every field", actual: seals },
    ];
  }
  const fields = fieldsOf(predicate);
  const places = [
    ...fields.map(({ path, code }) => ({
      path,
      code,
      at: `predicate.${path}`,
      actual: valueAt(predicate, path),
    })),
    {
      path: MODEL_SEAL,
      code: "SUBJECT_MODEL",
      at: "subject[0].digest.sha256",
      actual: valueAt(statement, "subject.0.digest.sha256"),
    },
  ];
  const issues: Issue[] = [];
  for (const { path, code, at, actual } of places) {
    const sealed = Object.hasOwn(seals, path) ? (seals as Record<string, unknown>)[path] : undefined;
    if (actual !== undefined && sealOf(path, actual) !== sealed)
      issues.push({ code, path: at, expected: `the value sealed as ${String(sealed)}`, actual });
  }
  const known = new Set(places.map(({ path }) => path));
  const extra = Object.keys(seals).filter((path) => !known.has(path));
  if (extra.length > 0)
    issues.push({ code: "SEALS", path: "predicate.seals", expected: "seals of known fields", actual: extra });
  return issues;
}
