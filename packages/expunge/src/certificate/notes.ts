import { canonicalJson } from "../records/canonical-json.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { wordedByOf } from "./worded-by.js";
import { earlierTextsOf, textsOf } from "./wording.js";

/* What a verifier says of a certificate that holds, because the certificate itself does not. */

/** Certificates that were made from then on name the builds of the kernels and the labels. */
const TEXTS_ADDED_AT = Date.parse("2026-12-01T00:00:00Z");

/** The newest version, major and minor, that was made without them. */
const NEWEST_WITHOUT = [0, 1] as const;

/**
 * Whether a certificate has the texts of before the builds and the labels were named, and says that it is from then. Whoever signs can say so falsely:
 * therefore there is a note on it.
 */
export function isWordedEarlier(predicate: UnlearningPredicate): boolean {
  const { assumptions, notCovered, generator, issuedAt } = predicate;
  const [major = 0, minor = 0] = generator.version.split(".").map(Number);
  const [newestMajor, newestMinor] = NEWEST_WITHOUT;
  const isEarlier = major < newestMajor || (major === newestMajor && minor <= newestMinor);
  if (!isEarlier || !(Date.parse(issuedAt) < TEXTS_ADDED_AT)) return false;
  const texts = canonicalJson({ assumptions, notCovered });
  const wordedBy = wordedByOf(predicate);
  return texts === canonicalJson(earlierTextsOf(wordedBy)) && texts !== canonicalJson(textsOf(wordedBy));
}

/** A sentence each. */
export function notesOn(predicate: UnlearningPredicate): readonly string[] {
  return [
    ...(predicate.request.slots === null ? [UNLISTED] : []),
    ...(isWordedEarlier(predicate) ? earlierNotes(predicate) : []),
  ];
}

const UNLISTED =
  "The certificate does not list where its rows lay: that its cells hold all of what they contributed is its issuer's word. They hold at least what so many rows contributed that were there from the start, wherever they lay.";

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
