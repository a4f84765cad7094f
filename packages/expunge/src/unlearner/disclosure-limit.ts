import { type Releases, releaseCountOf, withReleaseAt } from "../accounting/disclosure.js";
import { disclosureClaim, disclosureMu } from "../accounting/disclosure-claim.js";
import { epsilonFromMu } from "../accounting/gaussian.js";
import { ExpungeError, wordedError } from "../errors.js";
import { type ModelTimeline, processAfter, type TrainingPlan } from "../records/training-plan.js";
import type { Proof } from "./proof.js";

/** Where a process with or without a limit stands. */
interface Limited {
  readonly plan: Pick<TrainingPlan, "process" | "noise" | "limit" | "target">;
  readonly timeline: Pick<ModelTimeline, "releases" | "lives">;
}

/**
 * Refuses a release that would take everything released beyond the plan's limit: a privacy filter, which is what lets requests be chosen
 * after seeing releases. It looks at the plan and at step numbers alone, so that its answer says nothing of any record.
 *
 * @param step of the release in question
 * @throws ExpungeError E_INFEASIBLE
 */
export function requireWithinLimit({ plan, timeline }: Limited, step: number): void {
  const { limit } = plan;
  const { releases } = timeline;
  if (limit === null || releases === null) return;
  const next = withReleaseAt(releases, step);
  const claim = disclosureClaim(processAfter(plan, timeline), plan.noise, next, limit, limit);
  if (claim === null || claim.mu <= (claim.largestMu as number)) return;
  const epsilon = epsilonAt(claim.mu, limit.delta);
  const done = releaseCountOf(releases);
  throw new ExpungeError(
    "E_INFEASIBLE",
    `Everything released would reveal epsilon = ${epsilon.toPrecision(4)} of ${limit.records} records, more than adaptiveEpsilon = ${limit.epsilon}` +
      (done === 0
        ? ": the noise is too small for the training itself."
        : `, after ${done} releases: train a new model. The model is unchanged.`),
    { releases: done, epsilon, limit: limit.epsilon, records: limit.records },
  );
}

/** @throws ExpungeError E_OPTION where somebody has more rows than a limit on everything released is for */
export function requireLimitForAll({ limit }: Pick<TrainingPlan, "limit">, mostRows: number): void {
  if (limit === null || mostRows <= limit.records) return;
  throw wordedError(
    "E_OPTION",
    ({ field }) =>
      `Expected ${field("rowsPerRequest")} = ${limit.records} to be at least ${mostRows}, the rows of one owner: ${field("adaptiveEpsilon")} would not cover them.`,
    { mostRows },
  );
}

/** What certificates claim of everything released, with the tails of the machine's noise. Where these leave nothing to claim, epsilon is infinite. */
export function disclosureWithTails(
  { process, noise, limit }: Pick<TrainingPlan, "process" | "noise" | "limit">,
  releases: Releases | null,
  asked: { readonly records: number; readonly delta: number },
): Proof | null {
  const claim = disclosureClaim(process, noise, releases, asked, limit);
  return claim && { mu: claim.mu, epsilon: claim.epsilon ?? Number.POSITIVE_INFINITY, delta: claim.delta };
}

/** What everything released reveals of any `records` records, by the law in real numbers; null where nothing bounds it, because noise comes on release alone. */
export function disclosureProof(
  { process, noise }: Pick<TrainingPlan, "process" | "noise">,
  releases: Releases | null,
  records: number,
  { delta }: { readonly delta: number },
): Proof | null {
  if (releases === null || noise.kind === "on-release") return null;
  const mu = disclosureMu(process, noise.std, releases, records);
  return { mu, epsilon: epsilonAt(mu, delta), delta };
}

function epsilonAt(mu: number, delta: number): number {
  return mu === Number.POSITIVE_INFINITY ? mu : epsilonFromMu(mu, delta);
}
