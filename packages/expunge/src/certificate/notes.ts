import { canonicalJson } from "../records/canonical-json.js";
import type { Statement, UnlearningPredicate } from "../records/certificate.js";
import type { Earlier } from "./chain.js";
import { countedRows } from "./needed-shifts.js";
import { wordedByOf } from "./worded-by.js";
import { earlierTextsOf, textsOf } from "./wording.js";

/* What a verifier says of a certificate that holds, because the certificate itself does not. */

/** The newest version, major and minor, that may have been made before certificates named the builds of the kernels and the labels. */
const NEWEST_WITHOUT = [0, 1] as const;

/**
 * Whether a certificate has the texts of before the builds and the labels were named, and says that it is by a version of then. An installation may make
 * such ones at any date until it is upgraded, and whoever signs can say so falsely: therefore there is a note on what is missing.
 */
export function isWordedEarlier(predicate: UnlearningPredicate): boolean {
  const { assumptions, notCovered, generator } = predicate;
  const [major = 0, minor = 0] = generator.version.split(".").map(Number);
  const [newestMajor, newestMinor] = NEWEST_WITHOUT;
  const isEarlier = major < newestMajor || (major === newestMajor && minor <= newestMinor);
  if (!isEarlier) return false;
  const texts = canonicalJson({ assumptions, notCovered });
  const wordedBy = wordedByOf(predicate);
  return texts === canonicalJson(earlierTextsOf(wordedBy)) && texts !== canonicalJson(textsOf(wordedBy));
}

/**
 * A sentence each.
 *
 * @param comparedTo the request back to which earlier certificates fit, where nobody can tell which of several led on: those of one way
 * @param unrelated how many certificates were given that do not join on to this one
 * @param forked    requests, its own or earlier ones, that others given go on from in another way; newest first
 */
export function notesOn(
  predicate: UnlearningPredicate,
  earlier: Earlier,
  comparedTo: number,
  unrelated: number,
  forked: readonly number[],
): readonly string[] {
  const { backTo, links } = earlier;
  const unlisted = links
    .map(({ statement }) => statement.predicate.request)
    .filter(({ slots }) => slots === null);
  return [
    ...(backTo > 1 ? [chainNote(predicate, earlier, comparedTo)] : []),
    ...(unrelated > 0 ? [unrelatedNote(unrelated)] : []),
    ...(forked.length > 0 ? [forkedNote(forked)] : []),
    ...(predicate.request.slots === null ? [unlistedNote(predicate)] : []),
    ...joinedNotes(predicate),
    ...(predicate.lives?.previous === predicate.modelBefore ? [UNCHANGED_NOTE] : []),
    ...(unlisted.length > 0 ? [earlierUnlistedNote(unlisted.map(({ number }) => number))] : []),
    ...(isWordedEarlier(predicate) ? earlierNotes(predicate) : []),
  ];
}

/** @param notes on the certificate of the model given, which a later request left */
export function reachedNotes({ predicate }: Statement, notes: readonly string[]): readonly string[] {
  const { epsilon, delta, against } = predicate.holds;
  const { number } = predicate.request;
  return [
    `The model given is the one that request ${number} left. What holds of it is what that request's certificate says: epsilon = ${epsilon} at delta = ${delta}, against ${against} requesters.`,
    ...notes.map((note) => `Of the certificate of request ${number}: ${note}`),
  ];
}

function unrelatedNote(count: number): string {
  return `${count} of the other certificates given ${count === 1 ? "does" : "do"} not join on to this one, neither before nor after it: nothing was compared with ${count === 1 ? "it" : "them"}.`;
}

/** @param numbers newest first */
function forkedNote(numbers: readonly number[]): string {
  return `Other certificates given are of the same requests (${namedRequests(numbers)}) of the same model and lead on to other weights: its process was gone on with twice, as after a restore from a backup, or one of them hides what the other's rows contributed. Neither counts the other's rows and releases.`;
}

/** The newest few, ascending, and how many there are besides. */
function namedRequests(numbers: readonly number[]): string {
  const named = numbers.slice(0, MOST_NAMED).reverse().join(", ");
  return numbers.length > MOST_NAMED ? `${named} and ${numbers.length - MOST_NAMED} older ones` : named;
}

/** @param numbers newest first */
function earlierUnlistedNote(numbers: readonly number[]): string {
  return `The certificates of earlier requests (${namedRequests(numbers)}) do not list where their rows lay: that the cells hold all of what these contributed is the issuer's word.`;
}

/** Requests that a note names. */
const MOST_NAMED = 20;

function chainNote({ request, noise }: UnlearningPredicate, earlier: Earlier, comparedTo: number): string {
  const { backTo } = earlier;
  const requests = backTo === 2 ? "request 1" : `requests 1 to ${backTo - 1}`;
  const checked = checkedText(request.number, earlier, comparedTo);
  const ofNoise = noise.kind === "on-release" ? ", and what noise their releases had," : "";
  return `This is request ${request.number} of its model, and ${checked}: what the rows of ${requests} contributed${ofNoise} is its issuer's word, on which the claim rests.`;
}

function checkedText(number: number, { backTo, isAmbiguous, ways }: Earlier, comparedTo: number): string {
  if (isAmbiguous) {
    const further =
      ways.length > 0
        ? `against one of them, and ${beforeText(backTo - 1, comparedTo)}`
        : `against the least that any of them and of those before says, as there are too many ways back through them, and else back to request ${backTo} alone`;
    return `of request ${backTo - 1} several certificates without a step were given. Nobody can tell which of them led on: its cells were checked ${further}`;
  }
  return backTo === number
    ? "no certificate of the request before it was given"
    : `its cells were checked against the certificates of earlier requests back to request ${backTo}, and no further`;
}

/** @param one the request of which there were several */
function beforeText(one: number, comparedTo: number): string {
  if (comparedTo === 1) return "those before it";
  return comparedTo === one
    ? "none before it, as none of those given leads to it"
    : `those before it back to request ${comparedTo}, and no further`;
}

function unlistedNote(predicate: UnlearningPredicate): string {
  const { rowCount } = predicate.request;
  const counted = countedRows(predicate);
  const held =
    counted === 0
      ? `As many as ${rowCount} rows joined before, so that all of them may be newcomers: nothing at all of what they contributed was checked.`
      : `They hold at least what ${counted} of its ${rowCount} rows contributed, which were there from the start, wherever they lay.`;
  return `The certificate does not list where its rows lay: that its cells hold all of what they contributed is its issuer's word. ${held}`;
}

/** A life that fits together can still be a false one: a lesson that never took place may have rows join that were there all the time. */
function joinedNotes({ request, lives }: UnlearningPredicate): readonly string[] {
  const count = (lives?.joined ?? []).reduce((sum, life) => sum + life.count, 0);
  if (count === 0) return [];
  const [are, them] = count === 1 ? ["is", "it"] : ["are", "them"];
  return [
    `${count} of the ${request.rowCount} rows of this request ${are} said to have joined after training had begun. Which ones, and at which step, is the issuer's word. The claim counts visits to ${them} only from then on.`,
  ];
}

/** Without noise it can happen that no step moves a weight, where all gradients are 0 and nothing decays. */
const UNCHANGED_NOTE =
  "A lesson is said to have taken place since the request before, by which no weight changed. Steps without noise hardly ever leave all weights as they were.";

function earlierNotes(predicate: UnlearningPredicate): readonly string[] {
  const wordedBy = wordedByOf(predicate);
  const now = textsOf(wordedBy);
  const then = earlierTextsOf(wordedBy);
  const assumed = now.assumptions.filter((text) => !then.assumptions.includes(text));
  const open = now.notCovered.filter((text) => !then.notCovered.includes(text));
  return [
    ...assumed.map(({ name }) => `Earlier wording: it does not name the assumption that ${name}.`),
    ...open.map((text) => `Earlier wording: it does not name among what is not covered: ${text}`),
  ];
}
