import { claimFromEnergy, stepsToUnlearn, type Target } from "../accounting/unlearning.js";
import { certifiedEnergy, type DeletedSlots, mergeDeletedSlots } from "../accounting/visits.js";
import { ExpungeError } from "../errors.js";
import { requireWithinBudget } from "./budget.js";
import type { ModelState } from "./model-state.js";

/** Where a process stands. */
export type Standing = Pick<ModelState, "plan" | "timeline">;

/** What a request would take: the steps and the claim they prove. */
export interface RequestCost {
  readonly deleted: readonly DeletedSlots[];
  readonly steps: number;
  readonly claim: {
    readonly energy: number;
    readonly mu: number;
    readonly epsilon: number;
    readonly delta: number;
  };
}

/** All deleted slots once `slots` are empty too. */
export function deletedWith(state: Standing, slots: readonly number[]): readonly DeletedSlots[] {
  const { batchSize } = state.plan.process;
  const through = state.timeline.steps;
  const added = slots.map((slot) => ({
    batch: Math.floor(slot / batchSize),
    count: 1,
    through,
  }));
  return mergeDeletedSlots([...state.timeline.deleted, ...added]);
}

/**
 * The least steps that certify the removal of the rows in some slots.
 *
 * @throws ExpungeError E_INFEASIBLE, naming the nearest feasible epsilon, steps and number of rows
 */
export function costOf(state: Standing, slots: readonly number[], target: Target): RequestCost {
  const { process, sigma, maxSteps, releaseAt } = state.plan;
  const deleted = deletedWith(state, slots);
  const { steps } = state.timeline;
  const question = { process, sigma, deleted, steps, ...target, releaseAt };
  const answer = stepsToUnlearn({ ...question, maxSteps });
  if (answer !== null) {
    // A model released again at the same step is the same release.
    if (answer.steps > 0) requireWithinBudget(state.plan, [...state.timeline.releases, steps + answer.steps]);
    const { energy, mu, epsilon, delta } = answer;
    return { deleted, steps: answer.steps, claim: { energy, mu, epsilon, delta } };
  }
  throw infeasible(state, slots, target);
}

function infeasible(state: Standing, slots: readonly number[], target: Target): ExpungeError {
  const { process, sigma, maxSteps, releaseAt } = state.plan;
  const { steps } = state.timeline;
  const energy = certifiedEnergy(process, deletedWith(state, slots), steps + maxSteps);
  const { epsilon } = claimFromEnergy(process, sigma, energy, target.delta);
  const needed = stepsToUnlearn({
    process,
    sigma,
    deleted: deletedWith(state, slots),
    steps,
    ...target,
    releaseAt,
  });
  const fits = (count: number): boolean =>
    stepsToUnlearn({
      process,
      sigma,
      deleted: deletedWith(state, slots.slice(0, count)),
      steps,
      ...target,
      releaseAt,
      maxSteps,
    }) !== null;
  let [low, high] = [0, slots.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  const needs = needed === null ? "no number of steps is enough" : `${needed.steps} steps are needed`;
  return new ExpungeError(
    "E_INFEASIBLE",
    `Removing ${slots.length} rows at epsilon = ${target.epsilon}, delta = ${target.delta} cannot be certified within ${maxSteps} steps: ${needs}. ` +
      `Nearest feasible: epsilon = ${epsilon.toPrecision(4)} within ${maxSteps} steps${low > 0 ? `, or ${low} of these rows` : ""}. The model is unchanged.`,
    {
      rows: slots.length,
      maxSteps,
      epsilonWithinMaxSteps: epsilon,
      stepsNeeded: needed?.steps ?? null,
      rowsWithinMaxSteps: low,
    },
  );
}
