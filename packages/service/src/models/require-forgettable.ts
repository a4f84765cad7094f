import { ExpungeError, type TrainingPlan } from "expunge";
import { costOf, trainedTimeline } from "expunge/process";

/**
 * Refuses a plan by which nobody could be forgotten: not even the first request, for one row of the first batch. The steps that visited that
 * batch lie furthest back when the training ends, so that no other row is certified with fewer steps or less noise.
 *
 * @throws ExpungeError E_INFEASIBLE, with the details of `costOf`
 */
export function requireForgettable(plan: TrainingPlan): void {
  const timeline = trainedTimeline(plan, plan.epochs * plan.process.batchCount);
  try {
    costOf({ plan, timeline }, [0], { target: plan.target });
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_INFEASIBLE")) throw error;
    const reason = error.message.replace(" The model is unchanged.", "");
    throw new ExpungeError(
      "E_INFEASIBLE",
      `No model is made, since by this plan it could forget nobody. ${reason}`,
      error.details,
    );
  }
}
