/** What can be chosen: objectives and options, with their defaults, limits and words, for schemas, commands and forms. Needs nothing else. */
export type { ObjectiveDefinition, ObjectiveOf, Parameter, UsualFacts } from "./objective/definition.js";
export {
  definitionOf,
  OBJECTIVE_KINDS,
  type Objective,
  type ObjectiveKind,
  type ObjectiveSpec,
  objectiveFrom,
  objectiveWords,
  parametersOf,
  type Task,
  usualKind,
  usualSpec,
} from "./objective/index.js";
