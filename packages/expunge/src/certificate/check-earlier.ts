import type { Statement } from "../records/certificate.js";
import { historyOf } from "./derive.js";
import type { Issue } from "./issue.js";

/* That the noise which a certificate says earlier releases had is what their own certificates say. */

/** Sums may differ in their last digits. */
const TOLERANCE = 1e-9;

/** A model as a request left it: requests that needed no step leave the same weights. */
export function placeOf(number: number, model: string): string {
  return `${number}:${model}`;
}

interface Release {
  readonly step: number;
  readonly std: number;
}

/**
 * As far back as earlier certificates lead without a gap. Cells may be merged, which moves noise to earlier steps alone: from every step on, the cells
 * have no more of it than the releases had.
 *
 * @param others certificates of the same model, in any order
 */
export function checkEarlierNoise(statement: Statement, others: readonly Statement[]): Issue[] {
  const { noise, timeline, process } = statement.predicate;
  if (noise.kind !== "on-release") return [];
  const { releases, since, isInOrder } = releasesBefore(statement, others);
  const report = (path: string, expected: string, actual: unknown): Issue[] => [
    { code: "TIMELINE_EARLIER_NOISE", path: `predicate.timeline.${path}`, expected, actual },
  ];
  if (!isInOrder)
    return report(
      "stepsBefore",
      "no steps that an earlier certificate counts as later ones",
      timeline.stepsBefore,
    );
  const earlier = historyOf(statement.predicate).cells.filter(
    ({ step, std }) => step > since && step <= timeline.stepsBefore && std > 0,
  );
  const logC = Math.log(process.contraction);
  const varianceFrom = (list: readonly Release[], from: number): number =>
    list.reduce(
      (sum, { step, std }) =>
        step < from ? sum : sum + (std * Math.exp((timeline.stepsBefore - step) * logC)) ** 2,
      0,
    );
  const wrong = earlier.find(
    ({ step }) => !(varianceFrom(earlier, step) <= varianceFrom(releases, step) * (1 + TOLERANCE)),
  );
  return wrong === undefined
    ? []
    : report("cells.stds", `from step ${wrong.step} on, no more than earlier certificates state`, wrong.std);
}

/** Releases of earlier requests, whose certificates lead up to this one, and the step from which on there were no others. */
function releasesBefore(
  statement: Statement,
  others: readonly Statement[],
): { readonly releases: readonly Release[]; readonly since: number; readonly isInOrder: boolean } {
  const releases: Release[] = [];
  const byPlace = new Map(
    others.map((other) => [placeOf(other.predicate.request.number, other.subject[0].digest.sha256), other]),
  );
  let isInOrder = true;
  let { stepsBefore: since } = statement.predicate.timeline;
  for (let at = statement; ; ) {
    const { request, modelBefore, lives } = at.predicate;
    // Before the first there was no noise.
    if (request.number === 1) return { releases, since: 0, isInOrder };
    const model = lives?.previous ?? modelBefore;
    const before = byPlace.get(placeOf(request.number - 1, model));
    if (before === undefined) return { releases, since, isInOrder };
    const { stepsBefore, stepsAfter } = before.predicate.timeline;
    if (stepsAfter > since) isInOrder = false;
    if (stepsAfter > stepsBefore) releases.push({ step: stepsAfter, std: before.predicate.noise.std });
    since = stepsBefore;
    at = before;
  }
}
