import { PREDICATE_TYPE, STATEMENT_TYPE, type Statement } from "../records/certificate.js";
import { FIELDS, misfit, valueAt } from "./fields.js";
import type { Issue } from "./issue.js";
import { sealOf } from "./seals.js";

/* What can be said of a statement before anything is computed: its types, its fields, their shapes and their seals. */

const STATEMENT_KEYS = ["_type", "subject", "predicateType", "predicate"];
const SUBJECT_NAMES = ["model-before", "model-after"] as const;

export function checkStatement(statement: Statement): Issue[] {
  const issues: Issue[] = [];
  if (statement._type !== STATEMENT_TYPE) {
    issues.push({ code: "STATEMENT_TYPE", path: "_type", expected: STATEMENT_TYPE, actual: statement._type });
  }
  if (statement.predicateType !== PREDICATE_TYPE) {
    issues.push({
      code: "PREDICATE_TYPE",
      path: "predicateType",
      expected: PREDICATE_TYPE,
      actual: statement.predicateType,
    });
  }
  const strangers = Object.keys(statement).filter((key) => !STATEMENT_KEYS.includes(key));
  if (strangers.length > 0) {
    issues.push({
      code: "SHAPE_UNKNOWN_FIELD",
      path: strangers.join(),
      expected: "no such field",
      actual: strangers,
    });
  }
  if (!Array.isArray(statement.subject) || statement.subject.length !== SUBJECT_NAMES.length) {
    issues.push({
      code: "SHAPE_SUBJECT",
      path: "subject",
      expected: "the model before and the model after",
      actual: statement.subject,
    });
  }
  SUBJECT_NAMES.forEach((name, i) => {
    const path = `subject[${i}]`;
    const entry: unknown = Array.isArray(statement.subject) ? statement.subject[i] : undefined;
    const digest = valueAt(entry, "digest.sha256");
    const code = `SUBJECT_${name.replace("-", "_").toUpperCase()}`;
    const isWhole =
      valueAt(entry, "name") === name &&
      typeof digest === "string" &&
      /^[0-9a-f]{64}$/.test(digest) &&
      Object.keys(entry as object).length === 2 &&
      Object.keys(valueAt(entry, "digest") as object).length === 1;
    if (!isWhole)
      issues.push({ code: `SHAPE_${code}`, path, expected: `${name} with a sha256 digest`, actual: entry });
    else if (
      valueAt(statement, "predicate.seals") &&
      sealOf(name, digest) !== statement.predicate.seals[name]
    ) {
      issues.push({ code, path, expected: `seal ${statement.predicate.seals[name]}`, actual: digest });
    }
  });
  return issues;
}

export function checkShape({ predicate }: Statement): Issue[] {
  const issues: Issue[] = [];
  for (const { path, code, rule } of FIELDS) {
    const actual = valueAt(predicate, path);
    const expected = misfit(rule, actual);
    if (expected !== null)
      issues.push({ code: `SHAPE_${code}`, path: `predicate.${path}`, expected, actual });
  }
  for (const path of unknownPaths(predicate)) {
    issues.push({
      code: "SHAPE_UNKNOWN_FIELD",
      path: `predicate.${path}`,
      expected: "no such field",
      actual: valueAt(predicate, path),
    });
  }
  return issues;
}

const KNOWN_PATHS = new Set(FIELDS.map(({ path }) => path));

/** Paths in the predicate that lead to no field of version 1. */
function unknownPaths(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null)
    return prefix === "" || KNOWN_PATHS.has(prefix) ? [] : [prefix];
  if (KNOWN_PATHS.has(prefix) || prefix === "seals") return [];
  const isInner = prefix === "" || FIELDS.some(({ path }) => path.startsWith(`${prefix}.`));
  if (!isInner) return [prefix];
  return Object.entries(value).flatMap(([key, item]) =>
    unknownPaths(item, prefix === "" ? key : `${prefix}.${key}`),
  );
}

export function checkSeals({ predicate }: Statement): Issue[] {
  const seals = valueAt(predicate, "seals");
  if (typeof seals !== "object" || seals === null) {
    return [
      { code: "SHAPE_SEALS", path: "predicate.seals", expected: "a seal for every field", actual: seals },
    ];
  }
  const issues: Issue[] = [];
  for (const { path, code } of FIELDS) {
    const actual = valueAt(predicate, path);
    const expected = (seals as Record<string, unknown>)[path];
    if (actual !== undefined && sealOf(path, actual) !== expected) {
      issues.push({
        code,
        path: `predicate.${path}`,
        expected: `the value sealed as ${String(expected)}`,
        actual,
      });
    }
  }
  const known = new Set<string>([...KNOWN_PATHS, ...SUBJECT_NAMES]);
  const extra = Object.keys(seals).filter((path) => !known.has(path));
  if (extra.length > 0)
    issues.push({ code: "SEALS", path: "predicate.seals", expected: "seals of known fields", actual: extra });
  return issues;
}
