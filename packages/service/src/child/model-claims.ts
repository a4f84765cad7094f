import type { ModelTimeline, Proof, TrainingPlan } from "expunge";
import { type Phase, privacyOfLearning } from "expunge/accounting";
import { disclosureWithTails, given, processAfter } from "expunge/process";

/* What is claimed of a model by its plan and timeline alone: of a preview computed by a child, since it may take a while. */

/** What everything released reveals of any `records` records. */
export interface Disclosure extends Proof {
  readonly records: number;
}

/** What is claimed of a model for those who are in it; null where noise comes on release alone. */
export interface ModelClaims {
  /** Of the release itself, for any record in use. */
  readonly privacy: Proof | null;
  /** Of everything released up to it. */
  readonly disclosure: Disclosure | null;
}

/** Of a model at the end of a timeline. */
export function claimsAt(
  plan: TrainingPlan,
  timeline: Pick<ModelTimeline, "steps" | "releases" | "lives">,
): ModelClaims {
  return {
    privacy: privacyAt(plan, timeline.steps, timeline.lives?.phases),
    disclosure: disclosureAt(plan, timeline),
  };
}

/** Of a model at a step, for any record in it; null where noise comes on release. */
export function privacyAt(
  { process, noise, target: { delta } }: TrainingPlan,
  steps: number,
  phases?: readonly Phase[],
): Proof | null {
  if (noise.kind === "on-release") return null;
  const cycle = { ...process, ...given({ phases: phasesBefore(phases, steps) }) };
  const { mu, epsilon } = privacyOfLearning({ process: cycle, sigma: noise.sigma, steps, delta });
  return { mu, epsilon, delta };
}

/** Those in which steps had been run by then. */
export function phasesBefore(
  phases: readonly Phase[] | undefined,
  steps: number,
): readonly Phase[] | undefined {
  return phases?.filter(({ from }) => from === 0 || from < steps);
}

/** Of everything released, for as many records as the plan's limit says, else one; where nothing bounds it, its numbers are infinite. */
export function disclosureAt(
  plan: TrainingPlan,
  { releases, lives }: Pick<ModelTimeline, "releases" | "lives">,
): Disclosure | null {
  const records = plan.limit?.records ?? 1;
  const { delta } = plan.limit ?? plan.target;
  const process = processAfter(plan, given({ lives }));
  const proof = disclosureWithTails({ ...plan, process }, releases, { records, delta });
  return proof && { records, ...proof };
}
