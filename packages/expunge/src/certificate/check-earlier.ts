import type { ProcessConstants } from "../accounting/process.js";
import type { Statement, UnlearningPredicate } from "../records/certificate.js";
import { type Earlier, type Link, numberOf, type Way } from "./chain.js";
import { checkJoined } from "./check-joined.js";
import { checkLessons } from "./check-lessons.js";
import { checkPlaces } from "./check-places.js";
import { checkEarlierShifts } from "./check-shifts.js";
import { checkCourse } from "./check-timeline.js";
import { historyOf, processOf } from "./derive.js";
import type { Issue } from "./issue.js";

/* That what a certificate says of earlier requests is what their own certificates say. */

/** Sums may differ in their last digits. */
const TOLERANCE = 1e-9;

/** What a certificate was compared with, and what came of it. */
export interface Compared {
  readonly issues: readonly Issue[];
  /** The request back to which earlier certificates fit, those among twins included. */
  readonly backTo: number;
}

/**
 * As far back as earlier certificates lead without a gap. Where nobody can tell which of several came before, one of them must fit.
 *
 * @param isSound whether what the certificate says fits together by itself
 */
export function checkEarlier(statement: Statement, earlier: Earlier, isSound: boolean): Compared {
  const { backTo } = earlier;
  const certain = checkWay(statement, earlier, isSound);
  if (certain.length > 0) return { issues: certain, backTo };
  let first: readonly Issue[] | null = null;
  for (const way of earlier.ways) {
    const issues = checkWay(statement, way, isSound);
    if (issues.length === 0) return { issues, backTo: numberOf((way.links.at(-1) as Link).statement) };
    first ??= issues;
  }
  if (isSound && earlier.levels.length > 0) return { issues: checkLevels(statement, earlier), backTo };
  return { issues: first ?? [], backTo };
}

/** Where there are too many ways to look at each: all lead through one certificate of every level, which moved no less than the least. */
function checkLevels({ predicate }: Statement, { links, levels }: Earlier): readonly Issue[] {
  const sound: UnlearningPredicate[][] = [];
  for (const level of levels) {
    const found = level.map((link) => ({ link, issues: checkSound(link) }));
    const fitting = found.filter(({ issues }) => issues.length === 0);
    if (fitting.length === 0) return found.flatMap(({ issues }) => issues);
    sound.push(fitting.map(({ link }) => link.statement.predicate));
  }
  const certain = links.map(({ statement }) => statement.predicate);
  return checkEarlierShifts(predicate, processOf(predicate), certain, sound);
}

function checkWay(
  { predicate }: Statement,
  { links, beyond, issues }: Way,
  isSound: boolean,
): readonly Issue[] {
  if (issues.length > 0) return issues;
  const earlier = links.map(({ statement }) => statement.predicate);
  const older = beyond.map(({ statement }) => statement.predicate);
  const all = [...earlier, ...older];
  const noise = checkEarlierNoise(predicate, all);
  if (!isSound) return noise;
  const unsound = [...links, ...beyond].flatMap(checkSound);
  if (unsound.length > 0) return [...noise, ...unsound];
  const requests = [predicate, ...earlier];
  const misfits = [...checkLessons(requests), ...checkPlaces(requests)];
  if (earlier.length > 0) misfits.push(...checkJoined(requests));
  if (misfits.length > 0) return [...noise, ...misfits];
  return all.length === 0 ? noise : [...noise, ...checkEarlierShifts(predicate, processOf(predicate), all)];
}

/** What does not fit together in an earlier certificate says nothing of what was. Its claims are not computed. */
function checkSound({ statement, name }: Link): Issue[] {
  const { predicate, subject } = statement;
  const named = ({ code, path, ...found }: Issue): Issue => ({
    code: `CHAIN_${code}`,
    path: `${name}${path}`,
    ...found,
  });
  let process: ProcessConstants;
  try {
    process = processOf(predicate);
  } catch (error) {
    const expected = "constants that the theory allows";
    const actual = (error as Error).message;
    return [named({ code: "PROCESS_INVALID", path: "predicate.process", expected, actual })];
  }
  return checkCourse(predicate, process, subject[0].digest.sha256).slice(0, 1).map(named);
}

interface Release {
  readonly step: number;
  readonly std: number;
}

/**
 * Cells may be merged, which moves noise to earlier steps alone: from every step on, the cells have no more of it than the releases had.
 *
 * @param earlier of the requests before, newest first; those in its gaps ran no step, and so had no release
 */
function checkEarlierNoise(predicate: UnlearningPredicate, earlier: readonly UnlearningPredicate[]): Issue[] {
  const { noise, timeline, process } = predicate;
  if (noise.kind !== "on-release") return [];
  const releases = releasesOf(earlier);
  const since = sinceWhen(earlier.at(-1) ?? predicate);
  const cells = historyOf(predicate).cells.filter(
    ({ step, std }) => step > since && step <= timeline.stepsBefore && std > 0,
  );
  const logC = Math.log(process.contraction);
  const varianceFrom = (list: readonly Release[], from: number): number =>
    list.reduce(
      (sum, { step, std }) =>
        step < from ? sum : sum + (std * Math.exp((timeline.stepsBefore - step) * logC)) ** 2,
      0,
    );
  const wrong = cells.find(
    ({ step }) => !(varianceFrom(cells, step) <= varianceFrom(releases, step) * (1 + TOLERANCE)),
  );
  if (wrong === undefined) return [];
  const expected = `from step ${wrong.step} on, no more than earlier certificates state`;
  return [
    {
      code: "TIMELINE_EARLIER_NOISE",
      path: "predicate.timeline.cells.stds",
      expected,
      actual: wrong.std,
    },
  ];
}

function releasesOf(earlier: readonly UnlearningPredicate[]): readonly Release[] {
  return earlier.flatMap(({ timeline: { stepsBefore, stepsAfter }, noise }) =>
    stepsAfter > stepsBefore ? [{ step: stepsAfter, std: noise.std }] : [],
  );
}

/** The step from which on there were no other releases with noise; before the first request's there were none. */
function sinceWhen({ request, timeline }: UnlearningPredicate): number {
  return request.number === 1 ? 0 : timeline.stepsBefore;
}
