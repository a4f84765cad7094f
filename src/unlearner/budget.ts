import { muFromEpsilonDelta } from "../accounting/gaussian.js";
import { transcriptEnergy } from "../accounting/transcript.js";
import { type Claim, claimFromEnergy } from "../accounting/unlearning.js";
import { ExpungeError } from "../errors.js";
import type { TrainingPlan } from "../records/training-plan.js";

type Budgeted = Pick<TrainingPlan, "process" | "sigma" | "budget" | "target">;

/**
 * Refuses a release that would take everything released beyond the budget: a privacy filter, which is what lets requests be chosen after
 * seeing releases. It looks at the plan and at step numbers alone, so that its answer says nothing of any record.
 *
 * @param releases step numbers, the one in question last
 * @throws ExpungeError E_INFEASIBLE
 */
export function requireWithinBudget(plan: Budgeted, releases: readonly number[]): void {
  const { budget } = plan;
  if (budget === null) return;
  const { mu, epsilon } = transcriptClaim(plan, releases, budget.records);
  if (mu <= muFromEpsilonDelta(budget.epsilon, plan.target.delta)) return;
  const done = releases.length - 1;
  throw new ExpungeError(
    "E_INFEASIBLE",
    `Everything released would reveal epsilon = ${epsilon.toPrecision(4)} of ${budget.records} records, more than adaptiveEpsilon = ${budget.epsilon}` +
      (done === 0
        ? ": the noise is too small for the training itself."
        : `, after ${done} releases: train a new model. The model is unchanged.`),
    { releases: done, epsilon, budget: budget.epsilon, records: budget.records },
  );
}

/** @throws ExpungeError E_OPTION where somebody has more rows than a limit on everything released is for */
export function requireBudgetForAll({ budget }: Pick<TrainingPlan, "budget">, mostRows: number): void {
  if (budget === null || mostRows <= budget.records) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected rowsPerRequest = ${budget.records} to be at least ${mostRows}, the rows of one owner: adaptiveEpsilon would not cover them.`,
    { mostRows },
  );
}

/** What everything released reveals of any `records` records. */
export function transcriptClaim(
  { process, sigma, target }: Omit<Budgeted, "budget">,
  releases: readonly number[],
  records: number,
): Claim {
  return claimFromEnergy(process, sigma, transcriptEnergy({ process, releases, records }), target.delta);
}
