import { baselines } from "expunge/accounting";
import { fullBatch } from "../compare/setting";
import type { Tasks } from "./messages";

/** Its bound for a sequence doubles the Renyi order with every request, so that its authors serve several records at once. */
const MAX_GROUPS = 5;

/** Full-batch steps of Langevin unlearning for each group of requests; shorter where no number of steps will do. */
export function langevin({
  epsilon,
  delta,
  sigma,
  requests,
}: Tasks["langevin"]["ask"]): Tasks["langevin"]["answer"] {
  const records = Math.ceil(requests / MAX_GROUPS);
  const process = fullBatch();
  const steps: number[] = [];
  while (steps.length * records < requests) {
    const question = { process, sigma, delta, epsilon, eta: process.eta, records };
    const needed = baselines.langevinStepsToUnlearn(question, steps);
    if (needed === null) break;
    steps.push(needed);
  }
  return { records, steps };
}
