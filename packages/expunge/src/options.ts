/**
 * What can be chosen: objectives and options, with their defaults, limits and words, for schemas, commands and forms. Needs nothing else.
 *
 * @module expunge/options
 */
export { DELETIONS, KERNELS, NOISE_KINDS, RELEASE_POINTS } from "./accounting/choices.js";
export type {
  NamedSpec,
  ObjectiveDefinition,
  ObjectiveOf,
  Parameter,
  UsualFacts,
} from "./objective/definition.js";
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
export { FEATURE_KINDS, type FeatureKind, type FeatureMap, MAX_SEED_LENGTH } from "./records/feature-map.js";
export { REQUESTERS, TUNED_ON } from "./records/training-plan.js";
export { FIT_OPTIONS, type FitOptionName } from "./unlearner/fit-option-table.js";
export {
  type OptionEntry,
  type OptionRange,
  type OptionValue,
  type Spell,
  sentencesOf,
} from "./unlearner/option-entry.js";
