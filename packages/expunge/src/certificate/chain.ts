import { canonicalJson } from "../records/canonical-json.js";
import type { Statement } from "../records/certificate.js";
import { checkLink } from "./check-link.js";
import type { Issue } from "./issue.js";

/* The certificates of one model, one request after another: each begins from the weights that the one before left. */

/** A certificate of a chain. */
export interface Link {
  readonly statement: Statement;
  /** What issues call it: "chain[3]." */
  readonly name: string;
}

/** One way back from a certificate, through those of the requests before. */
export interface Way {
  /** Newest first. */
  readonly links: readonly Link[];
  /** Certificates behind a gap of requests that ran no step, newest first: what these left is what the way began from. */
  readonly beyond: readonly Link[];
  /** What contradicts itself on the way. */
  readonly issues: readonly Issue[];
}

/** What came before a certificate, as far back as others lead without a gap, and without a doubt which they are. */
export interface Earlier extends Way {
  /** The request that the oldest of them is of; the certificate's own where there is none. */
  readonly backTo: number;
  /** Whether requests that ran no step were served twice next, as from a backup: nobody can tell which of them came before. */
  readonly isAmbiguous: boolean;
  /** Then all ways back from the certificate, through any of these; none where there are too many. */
  readonly ways: readonly Way[];
  /** Then, where there are too many: the certificates of each request that ways lead through, newest first, one of which each way has. */
  readonly levels: readonly (readonly Link[])[];
}

/** @param others certificates of the same model, in any order */
export function earlierOf(statement: Statement, others: readonly Link[]): Earlier {
  const known = { byPlace: linksByPlace(others), newestOf: newestByModel(others) };
  const issues = [
    ...checkNumber({ statement, name: "" }, known.newestOf),
    ...checkOwnPlace(statement, known.byPlace),
  ];
  const walked = walkedBack(statement, { links: [], beyond: [], issues }, known);
  const isAmbiguous = walked.twins.length > 0;
  const ways = isAmbiguous ? waysThrough(statement, walked, known) : [];
  return {
    links: walked.links,
    beyond: walked.beyond,
    issues: walked.issues,
    backTo: numberOf(walked.links.at(-1)?.statement ?? statement),
    isAmbiguous,
    ways,
    levels: isAmbiguous && ways.length === 0 ? levelsFrom(walked.twins, known) : [],
  };
}

/** As far back as no way has ended. */
function levelsFrom(twins: readonly Link[], { byPlace }: Known): readonly (readonly Link[])[] {
  const levels = [twins];
  for (let level = twins; numberOf((level[0] as Link).statement) > 1; levels.push(level)) {
    const places = [...new Set(level.map(({ statement }) => placeBefore(statement)))];
    const found = places.map((place) => byPlace.get(place) ?? []);
    if (found.some(({ length }) => length === 0)) break;
    level = found.flat();
  }
  return levels;
}

interface Known {
  readonly byPlace: ReadonlyMap<string, readonly Link[]>;
  readonly newestOf: ReadonlyMap<string, Link>;
}

/** A way as far as it is the only one, and those among which nobody can tell which one leads on. */
interface Walked extends Way {
  readonly twins: readonly Link[];
}

function walkedBack(statement: Statement, begun: Way, known: Known): Walked {
  const [links, beyond, issues]: [Link[], Link[], Issue[]] = [[...begun.links], [], [...begun.issues]];
  let at = links.at(-1) ?? { statement, name: "" };
  let way = links;
  while (numberOf(at.statement) > 1) {
    const found = known.byPlace.get(placeBefore(at.statement)) ?? [];
    const isOne = found.length < 2 || found.some((link) => isChanging(link.statement));
    if (!isOne) return { links, beyond, issues, twins: way === links ? found : [] };
    const [next, another] = found;
    if (next === undefined) way = beyond;
    const before = next ?? leftBehindGap(at.statement, known);
    if (before === undefined) break;
    if (another !== undefined) issues.push(forkedAt(another));
    issues.push(...checkStep(before, at, known));
    way.push(before);
    at = before;
  }
  return { links, beyond, issues, twins: [] };
}

/** The newest request that left a model which another began from, where those between are not there: none of them ran a step. */
function leftBehindGap(statement: Statement, { newestOf }: Known): Link | undefined {
  const { modelBefore, lives } = statement.predicate;
  const left = newestOf.get(lives?.previous ?? modelBefore);
  return left !== undefined && numberOf(left.statement) < numberOf(statement) - 1 ? left : undefined;
}

function checkStep(before: Link, at: Link, { newestOf }: Known): Issue[] {
  return [...checkLink(before.statement, at.statement, at.name), ...checkNumber(before, newestOf)];
}

/** Their number may double with each request that was served twice. */
const MOST_WAYS = 64;

/** First those that lead back furthest: one that ends early fits whatever was before. Last those that contradict themselves. */
function waysThrough(statement: Statement, walked: Walked, known: Known): readonly Way[] {
  const [open, ways, refused]: [Walked[], Way[], Way[]] = [[walked], [], []];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const at = next.links.at(-1) ?? { statement, name: "" };
    for (const twin of next.twins) {
      const issues = [...next.issues, ...checkStep(twin, at, known)];
      const begun = { links: [...next.links, twin], beyond: [], issues };
      const gone = issues.length > 0 ? { ...begun, twins: [] } : walkedBack(statement, begun, known);
      if (gone.twins.length > 0) open.push(gone);
      else (gone.issues.length > 0 ? refused : ways).push(gone);
      if (open.length + ways.length > MOST_WAYS) return [];
    }
  }
  ways.sort((a, b) => b.links.length - a.links.length);
  return [...ways, ...refused.slice(0, MOST_WAYS)];
}

/** What came after a certificate. */
export interface Later {
  /** Those that others lead to, one request after another, and the certificate itself where it is among them. */
  readonly links: ReadonlySet<Link>;
  /** What contradicted itself on the way. */
  readonly issues: readonly Issue[];
}

/** @param others certificates of the same model, in any order */
export function laterOf(first: Statement, others: readonly Link[]): Later {
  const reached = new Map([[placeOf(first), [first]]]);
  const links = new Set<Link>();
  const issues: Issue[] = [];
  const own = canonicalJson(first);
  const inOrder = [...others].sort((a, b) => numberOf(a.statement) - numberOf(b.statement));
  for (const link of inOrder) {
    const { statement, name } = link;
    if (canonicalJson(statement) === own) links.add(link);
    const before = reached.get(placeBefore(statement));
    if (before === undefined) continue;
    // Of requests that ran no step there may be several at one place.
    const misfits = before.map((one) => checkLink(one, statement, name));
    if (misfits.every(({ length }) => length > 0)) {
      issues.push(...misfits.flat());
      continue;
    }
    links.add(link);
    reached.set(placeOf(statement), [...(reached.get(placeOf(statement)) ?? []), statement]);
  }
  return { links, issues };
}

/** How many of the others neither lead to a certificate nor on from it, so that nothing was compared with them. */
export function unrelatedCount(earlier: Earlier, later: Later, others: readonly Link[]): number {
  const links = [earlier, ...earlier.ways].flatMap((way) => [...way.links, ...way.beyond]);
  // Ways share most of their links.
  const met = new Set([...links, ...earlier.levels.flat()]);
  const walked = new Set([...met].map(({ statement }) => canonicalJson(statement)));
  return others.filter((link) => !later.links.has(link) && !walked.has(canonicalJson(link.statement))).length;
}

/**
 * Requests that others given are of too, a certificate or those before it: from the same model, but on to another one. The process was gone on with twice, or
 * one of them hides what the other's rows contributed. Newest first.
 */
export function forkedRequests(statement: Statement, earlier: Earlier, others: readonly Link[]): number[] {
  const byBeginning = new Map<string, Statement[]>();
  for (const { statement: other } of others) {
    const found = byBeginning.get(placeBefore(other));
    if (found) found.push(other);
    else byBeginning.set(placeBefore(other), [other]);
  }
  const way = [statement, ...earlier.links.map((link) => link.statement)];
  return way
    .filter((own) =>
      (byBeginning.get(placeBefore(own)) ?? []).some((other) => placeOf(other) !== placeOf(own)),
    )
    .map(numberOf);
}

/** A request that ran steps left a model that no other one did. */
function checkOwnPlace(statement: Statement, byPlace: ReadonlyMap<string, readonly Link[]>): Issue[] {
  if (!isChanging(statement)) return [];
  const own = canonicalJson(statement);
  const others = byPlace.get(placeOf(statement)) ?? [];
  return others.filter((link) => canonicalJson(link.statement) !== own).map(forkedAt);
}

/** The newest request that left a model, of those that ran steps. */
function newestByModel(links: readonly Link[]): ReadonlyMap<string, Link> {
  const newest = new Map<string, Link>();
  for (const link of links) {
    if (!isChanging(link.statement)) continue;
    const model = modelOf(link.statement);
    const known = newest.get(model);
    if (known === undefined || numberOf(known.statement) < numberOf(link.statement)) newest.set(model, link);
  }
  return newest;
}

/** A model that a request left is no other request's that came before it. */
function checkNumber({ statement, name }: Link, newestOf: Known["newestOf"]): Issue[] {
  const { request, modelBefore, lives } = statement.predicate;
  const { number } = request;
  const leaving = [newestOf.get(modelBefore), newestOf.get(lives?.previous ?? "")];
  const left = Math.max(...leaving.map((link) => (link ? numberOf(link.statement) : 0)));
  if (left < number) return [];
  const expected = `more than ${left}, whose request left the model that this one began from`;
  return [{ code: "CHAIN_NUMBER", path: `${name}predicate.request.number`, expected, actual: number }];
}

function forkedAt({ name, statement }: Link): Issue {
  return {
    code: "CHAIN_FORKED",
    path: `${name}subject[0].digest.sha256`,
    expected: `one certificate of request ${numberOf(statement)} for this model`,
    actual: modelOf(statement),
  };
}

/** Certificates by where they lead to; those that say the same are one. */
function linksByPlace(links: readonly Link[]): Map<string, Link[]> {
  const byPlace = new Map<string, Link[]>();
  for (const link of links) {
    const place = placeOf(link.statement);
    const found = byPlace.get(place);
    if (found === undefined) {
      byPlace.set(place, [link]);
      continue;
    }
    const text = canonicalJson(link.statement);
    if (!found.some(({ statement }) => canonicalJson(statement) === text)) found.push(link);
  }
  return byPlace;
}

function isChanging({ predicate }: Statement): boolean {
  return predicate.timeline.stepsAfter > predicate.timeline.stepsBefore;
}

/** A model as a request left it: requests that needed no step leave the same weights. */
function placeOf(statement: Statement): string {
  return `${numberOf(statement)}:${modelOf(statement)}`;
}

/** Where the request before left the model. Lessons since may have led from there to the one that this request began from. */
function placeBefore({ predicate }: Statement): string {
  return `${predicate.request.number - 1}:${predicate.lives?.previous ?? predicate.modelBefore}`;
}

export function numberOf({ predicate }: Statement): number {
  return predicate.request.number;
}

export function modelOf({ subject }: Statement): string {
  return subject[0].digest.sha256;
}
