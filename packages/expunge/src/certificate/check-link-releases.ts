import { newestRelease, type Releases } from "../accounting/disclosure.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { releaseEndsOf, releasesOf } from "./derive.js";
import type { Misfit } from "./issue.js";

/* That the releases of a certificate are those of an earlier one, and newer ones. */

/** Releases are only added, and the oldest counted by their lengths alone once there are too many to list. */
export function checkReleases(before: UnlearningPredicate, after: UnlearningPredicate): Misfit[] {
  const [known, found] = [releasesOf(before), releasesOf(after)];
  if (known === null || found === null) return [];
  const misfit = misfitOfListed(before, after) ?? misfitOfCounted(known, found);
  return misfit === null ? [] : [misfit];
}

function misfitOfListed(before: UnlearningPredicate, after: UnlearningPredicate): Misfit | null {
  const [known, found] = [releaseEndsOf(before), releaseEndsOf(after)];
  if (known === null || found === null) return null;
  if (found.from < known.from)
    return { path: "disclosure.from", expected: `at least ${known.from}`, actual: found.from };
  const path = "disclosure.lengths";
  const missing = [...known.steps].find((step) => step > found.from && !found.steps.has(step));
  if (missing !== undefined) return { path, expected: `a release at step ${missing}`, actual: "none" };
  const newest = Math.max(...known.steps);
  const added = [...found.steps].find((step) => step <= newest && !known.steps.has(step));
  return added === undefined ? null : { path, expected: `no release at step ${added}`, actual: "one" };
}

/** A stretch that is no longer listed may be counted as a longer one, and never as a shorter one. */
function misfitOfCounted(known: Releases, found: Releases): Misfit | null {
  const path = "disclosure.older";
  const older = olderAt(known, found.from);
  let least = 0;
  for (const [length, count] of [...older].sort(([a], [b]) => b - a)) {
    least += count;
    const actual = countOf(found.older.filter((stretch) => stretch.length >= length));
    if (actual < least)
      return { path, expected: `at least ${least} stretches of ${length} steps or more`, actual };
  }
  const newest = newestRelease(known);
  const isOfKnown = found.from <= newest;
  const all = countOf(found.older);
  if (isOfKnown && all !== least) return { path, expected: `${least} stretches`, actual: all };
  // Old stretches may be counted longer than they were. That surplus must not stand in for the steps of newer ones, so the total is checked too.
  const fewest = stepsIn(older) + Math.max(0, found.from - newest);
  const steps = stepsIn(found.older.map(({ length, count }) => [length, count]));
  if (steps < fewest) return { path, expected: `stretches of ${fewest} steps together`, actual: steps };
  const isSame = found.from > known.from || canonicalJson(found.older) === canonicalJson(known.older);
  return isSame ? null : { path, expected: known.older, actual: found.older };
}

/** Counts by length of the stretches that end no later than at a step. */
function olderAt({ older, from, lengths }: Releases, step: number): ReadonlyMap<number, number> {
  const counts = new Map(older.map(({ length, count }) => [length, count]));
  let end = from;
  for (const length of lengths) {
    end += length;
    if (end > step) break;
    counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  return counts;
}

function stepsIn(stretches: Iterable<readonly [number, number]>): number {
  return [...stretches].reduce((sum, [length, count]) => sum + length * count, 0);
}

function countOf(stretches: Releases["older"]): number {
  return stretches.reduce((sum, { count }) => sum + count, 0);
}
