import { geometricSum } from "./geometric-sum.js";
import { periodicEnergy } from "./periodic.js";
import { type Phase, phasesOf } from "./phases.js";
import type { ProcessConstants } from "./process.js";
import { timelineEnergy } from "./timeline.js";
import {
  type Claim,
  claimFromEnergy,
  firstBatch,
  meanOverSlots,
  positive,
  type SlotChoice,
} from "./unlearning.js";
import { withRounding } from "./visits.js";

/**
 * Differential privacy of the released model for a record still in use after `steps` steps: the same sum without a deletion.
 *
 * Where the cycle has grown, no slot is the worst in every phase. The answer is then that of a slot visited last in each of them, which no record
 * surpasses, whenever it joined (docs/theory.md, "People who join, and rows that are corrected").
 *
 * Source: docs/theory.md, "Noise at every step".
 * @param options.slot "worst" by default, which holds for every record; the only choice where the cycle has grown
 * @throws DomainError E_DOMAIN
 */
export function privacyOfLearning(options: {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly steps: number;
  readonly delta: number;
  readonly slot?: SlotChoice;
}): Claim {
  const { process, sigma, steps, delta, slot = "worst" } = options;
  if (phasesOf(process).length > 1)
    return claimFromEnergy(process, sigma, worstInEveryPhase(process, steps), delta);
  const energyOf = (choice: number | "worst" | "best"): number =>
    slotEnergy(process, positive(firstBatch(process, steps, choice), process.batchCount), steps);
  const energy = slot === "mean" ? meanOverSlots(process, energyOf) : energyOf(slot);
  return claimFromEnergy(process, sigma, energy, delta);
}

/** Energy of one slot visited in every epoch up to `steps`, in closed form. */
function slotEnergy(process: ProcessConstants, batch: number, steps: number): number {
  const epochs = Math.floor((steps - batch - 1) / process.batchCount) + 1;
  if (epochs <= 0) return 0;
  const stepsSince = steps - (batch + 1 + (epochs - 1) * process.batchCount);
  const { contraction, batchCount, sensitivity, radius } = process;
  return withRounding(
    process,
    periodicEnergy({ contraction, batchCount, epochs, stepsSince, sensitivity, radius }),
    steps,
  );
}

/** Visits written out; older ones are brought forward to the oldest of these, which only raises the energy. */
const MAX_VISITS = 2 ** 16;

/** Energy of a slot that is visited last in every phase: no visit of any record comes later than the one of its rank there. */
function worstInEveryPhase(process: ProcessConstants, steps: number): number {
  const { contraction, radius, sensitivity } = process;
  const logC = Math.log(contraction);
  const newestFirst: number[] = [];
  let carried = 0;
  let end = steps;
  for (const { from, batchCount } of [...phasesOf(process)].reverse() as Phase[]) {
    if (from >= end) continue;
    const count = Math.floor((end - from - 1) / batchCount) + 1;
    const apart = Math.min(count, MAX_VISITS - newestFirst.length);
    for (let i = 0; i < apart; i++) newestFirst.push(end - i * batchCount);
    const oldest = newestFirst[newestFirst.length - 1] as number;
    const newestLeft = end - apart * batchCount;
    if (apart < count)
      carried += Math.exp((oldest - newestLeft) * logC) * geometricSum(batchCount * logC, count - apart);
    end = from;
  }
  const sensitivities = newestFirst.map(() => sensitivity).reverse();
  if (carried > 0) sensitivities[0]! += carried * sensitivity;
  const energy = timelineEnergy({
    contraction,
    steps,
    visits: newestFirst.reverse(),
    sensitivities,
    radius,
  });
  return withRounding(process, energy, steps);
}
