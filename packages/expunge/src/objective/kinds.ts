import { ExpungeError, optionError } from "../errors.js";
import { intervalText, isInRange } from "../math/number-range.js";
import type { ObjectiveDefinition, Parameter, Task, UsualFacts } from "./definition.js";
import type { Objective } from "./objective.js";
import { OBJECTIVES, type ObjectiveSpec } from "./registry.js";

/** The name of an objective. */
export type ObjectiveKind = ObjectiveSpec["kind"];

/** The names of all objectives. */
export const OBJECTIVE_KINDS: readonly ObjectiveKind[] = OBJECTIVES.map(({ kind }) => kind);

/** @throws ExpungeError E_OPTION for an unknown kind */
export function definitionOf(kind: ObjectiveKind): ObjectiveDefinition<ObjectiveSpec> {
  const found = OBJECTIVES.find((definition) => definition.kind === kind);
  if (found !== undefined) return found;
  throw optionError(
    "objective kind",
    kind,
    `to be one of ${OBJECTIVE_KINDS.map((known) => `"${known}"`).join(", ")}`,
  );
}

/** The parameters of a kind, by name. */
export function parametersOf({
  parameters,
}: Pick<ObjectiveDefinition<ObjectiveSpec>, "parameters">): readonly (readonly [string, Parameter])[] {
  return Object.entries<Parameter>(parameters);
}

/** The kind that a task has where none is chosen. */
export function usualKind(task: Task): ObjectiveKind {
  const [first] = OBJECTIVES;
  return (OBJECTIVES.find((definition) => definition.task === task) ?? first).kind;
}

/** The spec where only a kind is named. @throws ExpungeError E_OPTION for an unknown kind */
export function usualSpec(kind: ObjectiveKind, facts: UsualFacts): ObjectiveSpec {
  return definitionOf(kind).usual(facts);
}

/** What people call an objective, with its parameters: "softmax regression, 10 classes". */
export function objectiveWords(spec: ObjectiveSpec, numberWords: (value: number) => string = String): string {
  const definition = definitionOf(spec.kind);
  const given: Readonly<Record<string, unknown>> = { ...spec };
  const numbers = parametersOf(definition)
    .filter(([name]) => given[name] !== undefined)
    .map(([name, { words }]) => words(numberWords(given[name] as number)));
  return [definition.words, ...numbers].join(", ");
}

/** Whether a value is a known kind with exactly that kind's parameters, all of them numbers; their ranges are `objectiveFrom`'s to check. */
export function isObjectiveShape(value: unknown): value is ObjectiveSpec {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (!Object.hasOwn(value, "kind")) return false;
  const { kind, ...numbers } = value as Record<string, unknown>;
  const definition = OBJECTIVES.find((one) => one.kind === kind);
  if (definition === undefined) return false;
  const parameters = parametersOf(definition);
  const names = parameters.map(([name]) => name);
  return (
    Object.entries(numbers).every(([name, number]) => names.includes(name) && typeof number === "number") &&
    parameters.every(([name, { isOptional }]) => isOptional || Object.hasOwn(numbers, name))
  );
}

/** Whether a value is the spec of an objective, its parameters within their ranges. */
export function isObjective(value: unknown): value is ObjectiveSpec {
  if (!isObjectiveShape(value)) return false;
  const numbers: Readonly<Record<string, unknown>> = { ...value };
  return parametersOf(definitionOf(value.kind)).every(
    ([name, parameter]) => !Object.hasOwn(numbers, name) || isInRange(numbers[name], parameter),
  );
}

/**
 * The objective that a spec names. The spec may come from a file or from untyped JavaScript, so it is checked here.
 *
 * @throws ExpungeError E_OPTION for an unknown kind or a parameter outside its range
 */
export function objectiveFrom(spec: ObjectiveSpec): Objective {
  if (typeof spec !== "object" || spec === null) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected an objective spec such as {kind: "logistic"}, found ${String(spec)}.`,
    );
  }
  const definition = definitionOf(spec.kind);
  const given: Readonly<Record<string, unknown>> = { ...spec };
  for (const [name, parameter] of parametersOf(definition)) {
    const found = given[name];
    if (found === undefined && parameter.isOptional) continue;
    if (!isInRange(found, parameter)) throw optionError(name, found, rangeText(parameter));
  }
  return definition.create(spec);
}

function rangeText(parameter: Parameter): string {
  const { integer, min, openMin, max } = parameter;
  const what = integer ? "an integer" : "a finite number";
  if (max === undefined) return `to be ${what} ${openMin ? ">" : ">="} ${min}`;
  return `to be ${what} in ${intervalText(parameter)}`;
}
