import { ExpungeError } from "../errors.js";
import { sha256Hex } from "../records/bytes.js";
import type { Envelope, Statement, UnlearningPredicate } from "../records/certificate.js";
import { SUBJECT_FORMS } from "../records/subject-form.js";
import { type Later, type Link, modelOf, numberOf } from "./chain.js";
import { checkShape } from "./check-shape.js";
import { checkWeights } from "./check-weights.js";
import type { Issue } from "./issue.js";
import { openEnvelope } from "./open-envelope.js";
import { subjectDigest } from "./subject-digest.js";
import { isInSubjectTree, isSubjectProof, type SubjectProof } from "./subject-tree.js";

/* Whether a certificate speaks of the model, the person and the strength that whoever checks it has in mind. */

/** A weights file (safetensors bytes), or its hex sha256. Of bytes the shape and the norm of the weights are looked at, too. */
export type ModelEvidence = Uint8Array | string;

/** A forgotten person's id and what their receipt says, to find them in a certificate. */
export interface SubjectEvidence {
  /** In any spelling that the model's `subjectForm` takes for the same. */
  readonly id: string;
  /** 64 lower-case hex digits, of the receipt. */
  readonly salt: string;
  /** Of the receipt; may be left out where the request named one subject. */
  readonly proof?: SubjectProof;
  /** What the person asked for, default "deletion". After a correction the person is still in the model, with other values. */
  readonly asked?: RequestKind;
}

/** Whether a request's rows were deleted, or other values put in their place. */
export type RequestKind = "deletion" | "correction";

/** What a certificate says was done. */
export function requestKindOf({ lives }: UnlearningPredicate): RequestKind {
  return lives?.isCorrection ? "correction" : "deletion";
}

export interface ModelQuestion {
  readonly model?: ModelEvidence;
  readonly modelBefore?: ModelEvidence;
  /**
   * Other certificates of the same model, in any order. Later ones lead on from this one's model to the one given; earlier ones say what the requests
   * before this one contributed, and what noise their releases had. `notes` say back to which request they lead without a gap.
   */
  readonly chain?: readonly (Envelope | string)[];
}

/** That the models given are the certificate's: the one before, and the new one or one that later certificates lead on to. */
export function checkModels(
  statement: Statement,
  { model, modelBefore }: ModelQuestion,
  later: Later,
): Issue[] {
  const issues: Issue[] = [];
  const certified = statement.subject[0].digest.sha256;
  if (modelBefore !== undefined) {
    const expected = statement.predicate.modelBefore;
    const actual = digestOf(modelBefore);
    if (actual !== expected)
      issues.push({ code: "MODEL_BEFORE", path: "predicate.modelBefore", expected, actual });
    else issues.push(...checkGivenWeights(modelBefore, statement, "modelBefore"));
  }
  if (model === undefined) return issues;
  const actual = digestOf(model);
  const models = [...later.links].map((link) => modelOf(link.statement));
  if (actual === certified || models.includes(actual))
    return [...issues, ...checkGivenWeights(model, statement, "model")];
  const isAlone = models.length === 0 && later.issues.length === 0;
  const expected = isAlone ? certified : `${certified}, or a model that the chain of certificates leads to`;
  return [...issues, ...later.issues, { code: "MODEL", path: "subject[0].digest.sha256", expected, actual }];
}

/** The newest of later certificates that lead to the model given; null where it is the certificate's own, or none is given. */
export function reachedBy({ model }: ModelQuestion, statement: Statement, later: Later): Link | null {
  if (model === undefined) return null;
  const digest = digestOf(model);
  if (digest === modelOf(statement)) return null;
  const reached = [...later.links].filter((link) => modelOf(link.statement) === digest);
  return reached.reduce<Link | null>(
    (newest, link) =>
      newest !== null && numberOf(newest.statement) >= numberOf(link.statement) ? newest : link,
    null,
  );
}

/** Where the bytes are there: all models of one process have weights of one shape, within one ball. */
function checkGivenWeights(model: ModelEvidence, { predicate }: Statement, path: string): Issue[] {
  return typeof model === "string" ? [] : checkWeights(model, predicate, path);
}

/** The certificates of a chain, each signed and of the right shape; and what is wrong with others. */
export function readChain(
  { chain = [] }: ModelQuestion,
  publicKeys: readonly Uint8Array[],
): { readonly links: readonly Link[]; readonly issues: readonly Issue[] } {
  const links: Link[] = [];
  const issues: Issue[] = [];
  chain.forEach((certificate: unknown, i) => {
    const name = `chain[${i}].`;
    const { statement, issue } = openEnvelope(certificate, publicKeys);
    const [misfit] = issue === null ? checkShape(statement) : [issue];
    if (misfit) issues.push({ ...misfit, code: `CHAIN_${misfit.code}`, path: `${name}${misfit.path}` });
    else if (statement !== null) links.push({ statement, name });
  });
  return { links, issues };
}

function digestOf(model: ModelEvidence): string {
  return typeof model === "string" ? model.toLowerCase() : sha256Hex(model);
}

/** A mistake of the caller's is not one of the certificate's. @throws ExpungeError E_OPTION */
export function requireModelEvidence(question: ModelQuestion): void {
  for (const field of ["model", "modelBefore"] as const) {
    const found: unknown = question[field];
    if (found === undefined || found instanceof Uint8Array) continue;
    if (typeof found === "string" && /^[0-9a-f]{64}$/i.test(found)) continue;
    const what = typeof found === "string" ? `a string of ${found.length} characters` : typeof found;
    throw new ExpungeError(
      "E_OPTION",
      `Expected ${field} to be the bytes of a weights file or its sha256 as 64 hex digits, found ${what}.`,
      { field },
    );
  }
}

/** That a person is among those whom the request named, and that it did what they asked for. */
export function checkSubject(predicate: UnlearningPredicate, subject: SubjectEvidence | undefined): Issue[] {
  if (subject === undefined) return [];
  return [...checkNamed(predicate, subject), ...checkKind(predicate, subject)];
}

function checkKind(predicate: UnlearningPredicate, subject: SubjectEvidence): Issue[] {
  const { asked = "deletion" } = Object(subject) as SubjectEvidence;
  const done = requestKindOf(predicate);
  if (asked === done) return [];
  const path = "predicate.lives.isCorrection";
  return [{ code: "SUBJECT_ASKED", path, expected: `a ${asked}`, actual: `a ${done}` }];
}

/** That a person is among those whom the request named, whatever it did. */
export function checkNamed({ request }: UnlearningPredicate, subject: SubjectEvidence): Issue[] {
  const path = "predicate.request.subjects";
  const { count, root } = request.subjects;
  const { id, salt, proof = count === 1 ? LONE_PROOF : undefined } = Object(subject) as SubjectEvidence;
  if (typeof id !== "string")
    return [{ code: "SUBJECT_ID", path: "subject.id", expected: "a text", actual: typeof id }];
  // A salt of another shape could smuggle a part of the id in.
  if (typeof salt !== "string" || !/^[0-9a-f]{64}$/.test(salt))
    return [
      {
        code: "SUBJECT_SALT",
        path: "subject.salt",
        expected: "64 lower-case hex digits, of the receipt",
        actual: salt ?? null,
      },
    ];
  if (proof === undefined && root !== null)
    return [
      { code: "SUBJECT_PROOF", path: "subject.proof", expected: `the receipt's, of ${count}`, actual: null },
    ];
  if (proof !== undefined && !isSubjectProof(proof))
    return [
      {
        code: "SUBJECT_PROOF",
        path: "subject.proof",
        expected: "{ index, count, path: hex hashes }",
        actual: proof,
      },
    ];
  const isIn =
    root !== null &&
    proof !== undefined &&
    proof.count === count &&
    // The form is part of the digest: an id is found under the one by which the model knew it, and under no other.
    SUBJECT_FORMS.some((form) => isInSubjectTree(subjectDigest(id, salt, form), proof, root));
  if (isIn) return [];
  return [
    {
      code: "SUBJECT",
      path,
      expected: root === null ? "no subject: rows were named" : `one of ${count} under ${root}`,
      actual: "another subject, or another receipt",
    },
  ];
}

const LONE_PROOF: SubjectProof = Object.freeze({ index: 0, count: 1, path: Object.freeze([]) });

/** That what holds is at least as strong as asked for; no other claim is looked at. */
export function checkStrength(
  { holds }: UnlearningPredicate,
  atMost: { readonly epsilon: number; readonly delta: number } | undefined,
): Issue[] {
  if (atMost === undefined || (holds.epsilon <= atMost.epsilon && holds.delta <= atMost.delta)) return [];
  const { epsilon, delta } = holds;
  return [{ code: "TOO_WEAK", path: "predicate.holds", expected: atMost, actual: { epsilon, delta } }];
}
