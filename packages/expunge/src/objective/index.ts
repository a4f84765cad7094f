export { clipDerivative } from "./clip.js";
export {
  definitionOf,
  isObjective,
  isObjectiveShape,
  OBJECTIVE_KINDS,
  type ObjectiveKind,
  objectiveFrom,
  objectiveWords,
  parametersOf,
  usualKind,
  usualSpec,
} from "./kinds.js";
export { classOf, isLabel, labelRange } from "./label.js";
export type { Objective, ObjectiveSpec, Task } from "./objective.js";
