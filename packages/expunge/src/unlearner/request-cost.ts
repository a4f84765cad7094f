import type { BatchSlots } from "../accounting/cell-visits.js";
import { withReleaseAt } from "../accounting/disclosure.js";
import {
  type Effort,
  erasureMu,
  type Release,
  releaseWithNoise,
  stepsWithNoise,
} from "../accounting/erasure.js";
import { epsilonFromMu, muFromEpsilonDelta } from "../accounting/gaussian.js";
import { type History, withDeleted } from "../accounting/history.js";
import { tailDelta } from "../accounting/tails.js";
import type { Target } from "../accounting/unlearning.js";
import { requireCheckable } from "../certificate/check-cost.js";
import { type ExpungeError, type Wording, wordedError } from "../errors.js";
import { batchCountOf, processAfter, type Standing, type TrainingPlan } from "../records/training-plan.js";
import { requireWithinLimit } from "./disclosure-limit.js";
import type { Proof } from "./proof.js";

/** Numbers of slots; of very many in an array of 4 bytes each. */
export type SlotNumbers = readonly number[] | Uint32Array;

/** What a request asks for: its match, and with noise on release how its steps are chosen. */
export interface Asked {
  readonly target: Target;
  readonly effort?: Effort;
}

/** What a request would take: its steps, their noise, and what they prove. */
export interface RequestCost {
  /** The batches of the slots removed, merged. */
  readonly slots: readonly BatchSlots[];
  /** With these slots deleted, before the release. */
  readonly history: History;
  readonly release: Release;
  readonly proof: Proof;
}

/** What else the cost of removing records depends on, where records joined later or are corrected. */
export interface RemovedLives {
  /** Steps run before the record of a slot joined; 0 for all where it is left out. */
  readonly joinedOf?: (slot: number) => number;
  /** Whether other records take their slots. */
  readonly isCorrection?: boolean;
}

/** Slots by batch and by when their records joined, ascending. */
export function livesOf(
  { process }: Pick<TrainingPlan, "process">,
  slots: SlotNumbers,
  { joinedOf = () => 0 }: RemovedLives,
): readonly Required<BatchSlots>[] {
  const counts = new Map<string, { batch: number; joined: number; count: number }>();
  let last = { batch: -1, joined: 0, count: 0 };
  for (const slot of slots) {
    const batch = Math.floor(slot / process.batchSize);
    const joined = joinedOf(slot);
    // Those of one batch mostly follow each other: of millions no text is made for each.
    if (last.batch !== batch || last.joined !== joined) {
      const key = `${batch}:${joined}`;
      last = counts.get(key) ?? { batch, joined, count: 0 };
      counts.set(key, last);
    }
    last.count += 1;
  }
  return [...counts.values()].sort((a, b) => a.batch - b.batch || a.joined - b.joined);
}

/** The history once records are removed from slots. A correction of a record that could be deleted outright moves twice what that would. */
function historyWithout({ plan, timeline }: Standing, slots: SlotNumbers, lives: RemovedLives): History {
  const process = processAfter(plan, timeline);
  const times = lives.isCorrection && process.deletion === "tombstone" ? 2 : 1;
  const removed = livesOf(plan, slots, lives).map((life) => ({ ...life, count: times * life.count }));
  return withDeleted(process, plan.noise.kind, timeline.history, removed, timeline.steps);
}

/** Slots by the batches they lie in, ascending. */
function batchesOf(plan: Pick<TrainingPlan, "process">, slots: SlotNumbers): readonly BatchSlots[] {
  return livesOf(plan, slots, {}).map(({ batch, count }) => ({ batch, count }));
}

/**
 * The steps and the noise that certify the removal of the rows in some slots.
 *
 * @throws ExpungeError E_INFEASIBLE, naming what is feasible
 */
export function costOf(
  standing: Standing,
  slots: SlotNumbers,
  asked: Asked,
  lives: RemovedLives = {},
): RequestCost {
  const { plan, timeline } = standing;
  const batches = batchesOf(plan, slots);
  const history = historyWithout(standing, slots, lives);
  const release = releaseFor(standing, history, asked, plan.maxSteps);
  if (release === null) throw infeasible(standing, slots, asked, lives);
  const end = timeline.steps + release.steps;
  const releases = timeline.releases && withReleaseAt(timeline.releases, end);
  requireCheckable(processAfter(plan, timeline), releases, plan.limit);
  // A model released again at the same step is the same release.
  if (release.steps > 0) requireWithinLimit(standing, end);
  return { slots: batches, history, release, proof: proofOf(standing, release, asked.target) };
}

/** What a release proves at the target's delta. */
function proofOf(standing: Standing, { mu, steps }: Release, target: Target): Proof {
  const delta = target.delta - lostDelta(standing, steps, target);
  return { mu, epsilon: epsilonFromMu(mu, delta), delta: target.delta };
}

/** The release that meets what is asked; null where `maxSteps` do not suffice. */
export function releaseFor(
  standing: Standing,
  history: History,
  { target, effort }: Asked,
  maxSteps: number,
): Release | null {
  const { plan, timeline } = standing;
  const { process, noise } = plan;
  const delta = target.delta - lostDelta(standing, maxSteps, target);
  if (!(delta > 0)) return null;
  const mu = muFromEpsilonDelta(target.epsilon, delta);
  if (noise.kind === "on-release") {
    const chosen = effort ?? { maxNoise: noise.most };
    return releaseWithNoise(process, history, timeline.steps, { mu, maxSteps, effort: chosen });
  }
  const unit = plan.releaseAt === "epoch" ? batchCountOf(standing) : 1;
  const first = (unit - (timeline.steps % unit)) % unit;
  return stepsWithNoise(process, noise.std, history, timeline.steps, { mu, maxSteps, unit, first });
}

/** The share of delta that goes to the noise's tails, were the next release after `steps` more steps. */
function lostDelta({ plan, timeline }: Standing, steps: number, { epsilon }: Target): number {
  const releaseCount = timeline.releaseCount + (steps > 0 ? 1 : 0);
  return tailDelta(plan.process, { noise: plan.noise, steps: timeline.steps + steps, releaseCount }, epsilon);
}

const FAR = 2 ** 40;

function infeasible(standing: Standing, slots: SlotNumbers, asked: Asked, lives: RemovedLives): ExpungeError {
  const { maxSteps } = standing.plan;
  const { target } = asked;
  const deleted = (count: number): History => historyWithout(standing, slots.slice(0, count), lives);
  const all = deleted(slots.length);
  const needed = releaseFor(standing, all, asked, FAR);
  let [low, high] = [0, slots.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (releaseFor(standing, deleted(middle), asked, maxSteps) !== null) low = middle;
    else high = middle;
  }
  const nearest = nearestFeasible(standing, all, asked);
  const needs = needed === null ? "no number of steps is enough" : `${needed.steps} steps are needed`;
  return wordedError(
    "E_INFEASIBLE",
    (words) =>
      `Removing ${slots.length} rows at epsilon = ${target.epsilon}, delta = ${target.delta} cannot be certified within ${maxSteps} steps: ${needs}. ` +
      `Nearest feasible: ${nearest.text(words)}${low > 0 ? `, or ${low} of these rows` : ""}. The model is unchanged.`,
    {
      rows: slots.length,
      maxSteps,
      epsilonWithinMaxSteps: nearest.epsilon,
      noiseWithinMaxSteps: nearest.noise,
      stepsNeeded: needed?.steps ?? null,
      rowsWithinMaxSteps: low,
    },
  );
}

interface Nearest {
  readonly text: Wording;
  readonly epsilon: number | null;
  readonly noise: number | null;
}

/** With noise at every step another epsilon; with noise on release more noise for the same one. */
function nearestFeasible(standing: Standing, history: History, asked: Asked): Nearest {
  const { plan, timeline } = standing;
  const { process, noise, maxSteps } = plan;
  const { target } = asked;
  if (noise.kind === "on-release") {
    const release = releaseFor(standing, history, { target, effort: { steps: maxSteps } }, maxSteps);
    const std = release?.left ?? null;
    const text: Wording = ({ field }) =>
      std === null ? "none" : `${field("maxNoise")} = ${std.toPrecision(3)} within ${maxSteps} steps`;
    return { text, epsilon: null, noise: std };
  }
  const mu = erasureMu(process, noise, history, timeline.steps + maxSteps);
  const delta = target.delta - lostDelta(standing, maxSteps, target);
  const epsilon = delta > 0 && Number.isFinite(mu) ? epsilonFromMu(mu, delta) : Number.POSITIVE_INFINITY;
  const text: Wording = ({ field }) =>
    `${field("epsilon")} = ${epsilon.toPrecision(4)} within ${maxSteps} steps`;
  return { text, epsilon, noise: null };
}
