import type { FitOptions, ModelTimeline, TrainingPlan } from "expunge";
import { ExpungeError } from "expunge";
import type { OnReleasePlan, OnReleasePlanOptions, Plan, PlanOptions } from "expunge/accounting";
import { given, type Planned } from "expunge/process";
import { ChildLine } from "../child/child-line.js";
import type { ModelClaims } from "../child/model-claims.js";

/** What planning may take; ten thousand requests take about a second. */
const LIMITS = { ms: 5000, mib: 512 };

const line = new ChildLine(LIMITS, () => {
  const most = `${LIMITS.ms / 1000} seconds or ${LIMITS.mib} MiB`;
  return new ExpungeError(
    "E_OPTION",
    `Planning this takes more than ${most}. Ask for fewer requests or epochs, a larger l2, or more noise.`,
    // It may have been a busy moment, or the system that ended the process: a worker tries again.
    { reason: "limit" },
  );
});

/**
 * `makeTrainingPlan` in a process of its own: whoever asks decides how long it takes, and others wait for this one's answers.
 *
 * @param owner whose turn it takes
 * @param signal comes when nobody waits for the plan any more
 * @throws as `makeTrainingPlan`; ExpungeError E_OPTION where it takes more than 5 seconds or 512 MiB, E_WORKER where there is no process, E_ABORTED
 */
export function planTraining(
  owner: string,
  facts: Planned,
  options: FitOptions,
  signal?: AbortSignal,
): Promise<TrainingPlan> {
  // Only what it reads: descriptions hold more.
  const { task, labelNames, featureCount, rowCount, hasSampleWeights, labelCounts, logOdds } = facts;
  const { bandwidth, mostEntries } = facts;
  const read = {
    ...{ task, labelNames, featureCount, rowCount, hasSampleWeights, labelCounts, logOdds },
    ...{ bandwidth, mostEntries },
  };
  return line.ask(owner, "makeTrainingPlan", [read as Planned, options], signal);
}

/** `planUnlearning` in the same way. @throws as `planUnlearning`, and as `planTraining` */
export function planAside(owner: string, options: PlanOptions): Promise<Plan> {
  return line.ask(owner, "planUnlearning", [options]);
}

/** `planOnRelease` in the same way. @throws as `planOnRelease`, and as `planTraining` */
export function planOnReleaseAside(owner: string, options: OnReleasePlanOptions): Promise<OnReleasePlan> {
  return line.ask(owner, "planOnRelease", [options]);
}

/** `claimsAt` in the same way, with long histories of releases. @throws ExpungeError as `planTraining` */
export async function claimsAside(
  owner: string,
  plan: TrainingPlan,
  { steps, releases, lives }: ModelTimeline,
): Promise<ModelClaims> {
  if (plan.noise.kind === "on-release") return { privacy: null, disclosure: null };
  return line.ask(owner, "claimsAt", [plan, { steps, releases, ...given({ lives }) }]);
}
