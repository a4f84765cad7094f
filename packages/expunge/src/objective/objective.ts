import type { ObjectiveOf } from "./definition.js";
import type { ObjectiveSpec } from "./registry.js";

export type { Task } from "./definition.js";
export type { ObjectiveSpec } from "./registry.js";

/** An objective of the registry. */
export type Objective = ObjectiveOf<ObjectiveSpec>;
