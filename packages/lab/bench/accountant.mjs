import { summary } from "./measure.mjs";

/** The paper's setting: MNIST 3-vs-8, one epoch allowed for each request. */
const PROCESS = { rowCount: 11_264, batchSize: 128, l2: 0.01, smoothness: 0.25, lipschitz: 1 };
const TARGET = { epsilon: 1, delta: 1 / 11_264 };
const EPOCHS = 20;
const REQUESTS = 100;

/**
 * Milliseconds of a plan of 100 requests and of a single answer: the first time, as a command line pays it, and the median.
 *
 * @param accounting the exports of packages/expunge/src/accounting
 */
export function measureAccountant(accounting) {
  const process = accounting.processConstants(PROCESS);
  const steps = EPOCHS * process.batchCount;
  const { sigma } = accounting.calibrateSigma({
    process,
    ...TARGET,
    epochs: EPOCHS,
    unlearnSteps: process.batchCount,
  });
  const deleted = accounting.placeRequest(process, steps, 1, "worst");
  const answer = () => accounting.stepsToUnlearn({ process, sigma, ...TARGET, deleted, steps });
  const plan = () =>
    accounting.planSequence({ process, sigma, ...TARGET, epochs: EPOCHS, requests: REQUESTS });
  // The single answer first, since a plan would warm it up.
  const figures = [
    { name: "a single answer", targetMs: 1, ...timed(answer, 200) },
    { name: `plan of ${REQUESTS} requests`, targetMs: 100, ...timed(plan, 20) },
  ];
  if (answer() === null || plan().length < REQUESTS) throw new Error("The accountant's plan fell short.");
  return figures;
}

function timed(run, count) {
  const times = Array.from({ length: count + 1 }, () => {
    const from = performance.now();
    run();
    return performance.now() - from;
  });
  return { firstMs: times[0], ...summary(times.slice(1)) };
}
