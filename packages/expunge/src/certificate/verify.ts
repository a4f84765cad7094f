import type { Envelope, Holds, Statement } from "../records/certificate.js";
import { earlierOf, forkedRequests, type Link, laterOf, unrelatedCount } from "./chain.js";
import { checkEarlier } from "./check-earlier.js";
import {
  checkModels,
  checkStrength,
  checkSubject,
  type ModelQuestion,
  reachedBy,
  readChain,
  requireModelEvidence,
  type SubjectEvidence,
} from "./check-given.js";
import { checkShape } from "./check-shape.js";
import { readPublicKey } from "./dsse.js";
import type { Issue } from "./issue.js";
import { notesOn, reachedNotes } from "./notes.js";
import { openEnvelope } from "./open-envelope.js";
import { recompute } from "./recompute.js";

export { subjectDigest } from "./subject-digest.js";

/** An Ed25519 public key: 32 bytes, 64 hex digits, or PEM. */
export type PublicKey = Uint8Array | string;

/**
 * What to check a certificate against. `model` is the weights that it must speak of: those that the request led to, or, with `chain`, those that later
 * requests made of them.
 */
export interface VerifyOptions extends ModelQuestion {
  /** The issuer's Ed25519 key: 32 bytes, 64 hex digits or PEM; several where keys were changed, any of which will do. */
  readonly publicKey: PublicKey | readonly PublicKey[];
  /** Checks that this subject is among those forgotten, or corrected where they asked for that; salt and proof are the receipt's. */
  readonly subject?: SubjectEvidence;
  /** The weakest guarantee that will do, compared with what holds; without it any that is true verifies, however weak. */
  readonly atMost?: { readonly epsilon: number; readonly delta: number };
  /** The moment of checking, for certificates dated in the future; default now. */
  readonly now?: Date;
}

/** What `verify` found. */
export interface Verification {
  /** Whether every check passed. */
  readonly ok: boolean;
  /** What is proved, and against whom; null unless `ok`. */
  readonly holds: Holds | null;
  /** Every check that failed, by code, path, expected and actual value; empty where `ok`. */
  readonly issues: readonly Issue[];
  /** What a certificate that holds leaves open beside its own `notCovered`, a sentence each; empty unless `ok`. */
  readonly notes: readonly string[];
  /** The statement, where one of the keys signed it; trust it only if `ok`. */
  readonly statement: Statement | null;
}

/**
 * Checks a certificate without trusting whoever made it: size, signature, spelling, shape, digests, and every number of its claims recomputed from
 * what it says was done. It stops early: where the signature fails nothing further is looked at. Its work is bounded, whatever the numbers say. A false
 * certificate is an answer, not an exception.
 *
 * @param certificate a DSSE envelope, as an object or JSON text
 * @throws ExpungeError E_KEY where a public key itself cannot be read; E_OPTION where a model given is neither bytes nor a digest
 */
export function verify(certificate: Envelope | string, options: VerifyOptions): Verification {
  const publicKeys = keysOf(options.publicKey);
  requireModelEvidence(options);
  try {
    const { statement, issue } = openEnvelope(certificate, publicKeys);
    if (issue !== null) return answer([issue], null);
    return checkContent(statement, publicKeys, options);
  } catch (error) {
    // Figures so extreme that they cannot even be computed with.
    const expected = "figures that can be checked";
    return answer([{ code: "UNCHECKABLE", path: "predicate", expected, actual: String(error) }], null);
  }
}

/** @throws ExpungeError E_KEY, also where plain JavaScript gives none */
function keysOf(given: VerifyOptions["publicKey"]): Uint8Array[] {
  const keys = Array.isArray(given) ? given : [given];
  return keys.map((key) => readPublicKey(key));
}

function checkContent(
  statement: Statement,
  publicKeys: readonly Uint8Array[],
  options: VerifyOptions,
): Verification {
  const shape = checkShape(statement);
  if (shape.some(({ code }) => code.startsWith("SHAPE_"))) return answer(shape, statement);
  const { predicate } = statement;
  const chain = readChain(options, publicKeys);
  const earlier = earlierOf(statement, chain.links);
  const later = laterOf(statement, chain.links);
  const now = options.now ?? new Date();
  const reached = checkReached(
    reachedBy(options, statement, later),
    [...chain.links, { statement, name: "" }],
    now,
  );
  const computed = recompute(statement, now);
  const compared = checkEarlier(statement, earlier, computed.length === 0);
  const issues = [
    ...shape,
    ...computed,
    ...chain.issues,
    ...compared.issues,
    ...checkModels(statement, options, later),
    ...reached.issues,
    ...checkSubject(predicate, options.subject),
    ...checkStrength(predicate, options.atMost),
  ];
  const unrelated = unrelatedCount(earlier, later, chain.links);
  const forked = forkedRequests(statement, earlier, chain.links);
  const notes = notesOn(predicate, earlier, compared.backTo, unrelated, forked);
  return answer(issues, statement, [...reached.notes, ...notes]);
}

/** That the certificate of a model which later requests left holds by itself, and beside all others: it is what is proved of that model. */
function checkReached(
  reached: Link | null,
  links: readonly Link[],
  now: Date,
): Pick<Verification, "issues" | "notes"> {
  if (reached === null) return { issues: [], notes: [] };
  const { statement, name } = reached;
  const computed = recompute(statement, now);
  const earlier = earlierOf(statement, links);
  const compared = checkEarlier(statement, earlier, computed.length === 0);
  const issues = [...computed, ...compared.issues];
  const forked = forkedRequests(statement, earlier, links);
  return {
    issues: issues.map(({ code, path, ...found }) => ({
      code: code.startsWith("CHAIN_") ? code : `CHAIN_${code}`,
      path: path.startsWith("predicate.") ? `${name}${path}` : path,
      ...found,
    })),
    // Which of the others do not join on is counted for the certificate in question.
    notes: reachedNotes(statement, notesOn(statement.predicate, earlier, compared.backTo, 0, forked)),
  };
}

function answer(
  issues: readonly Issue[],
  statement: Statement | null,
  notes: readonly string[] = [],
): Verification {
  const ok = issues.length === 0 && statement !== null;
  return Object.freeze({
    ok,
    holds: ok ? holdsIn(statement) : null,
    issues: Object.freeze(issues),
    notes: Object.freeze(ok ? notes : []),
    statement,
  });
}

function holdsIn({ predicate }: Statement): Holds {
  const { epsilon, delta, against } = predicate.holds;
  return Object.freeze({ epsilon, delta, against });
}
