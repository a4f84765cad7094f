import type { ObjectiveDefinition } from "./definition.js";
import { huberRegression } from "./huber-regression.js";
import { logistic } from "./logistic.js";
import { smoothedHinge } from "./smoothed-hinge.js";
import { softmax } from "./softmax.js";

/**
 * Every objective. Schemas, certificates, kernels, API, commands and forms read this list; a new objective is one line here and a file of its own.
 * The first of a task is its usual one.
 */
export const OBJECTIVES = Object.freeze([logistic, softmax, smoothedHinge, huberRegression] as const);

type SpecOf<Definition> = Definition extends ObjectiveDefinition<infer Spec> ? Spec : never;

/** An objective in the user's words: its kind and its parameters. */
export type ObjectiveSpec = SpecOf<(typeof OBJECTIVES)[number]>;
