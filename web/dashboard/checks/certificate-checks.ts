import type { Issue, Verification } from "expunge/verify";

/** One thing that `verify` looks at, in words for people. */
export interface Check {
  readonly name: string;
  readonly meaning: string;
  readonly state: "passed" | "failed" | "not run";
  readonly issues: readonly Issue[];
}

interface Kind {
  readonly id: string;
  readonly name: string;
  readonly meaning: string;
  readonly codes: RegExp;
}

/** In the order in which `verify` works; the seals' codes are the fields' own names, so they are what is left over. */
const KINDS: readonly Kind[] = [
  {
    id: "signature",
    name: "Signature",
    meaning: "It was signed with the issuer's key, and not a single character has changed since.",
    codes: /^(SIGNATURE|KEY_ID|ENVELOPE|PAYLOAD_TYPE|PAYLOAD|TOO_LARGE)$/,
  },
  {
    id: "form",
    name: "Form",
    meaning: "Every field is there, none is unknown, and each holds what it should.",
    codes: /^(SHAPE_.*|STATEMENT_TYPE|PREDICATE_TYPE|UNCHECKABLE)$/,
  },
  {
    id: "seals",
    name: "Seals",
    meaning:
      "Each field still has the short digest that was taken of it: this names a field that was altered.",
    codes: /^$/,
  },
  {
    id: "wording",
    name: "Wording",
    meaning: "The promise, its assumptions and what it does not cover stand there word for word.",
    codes: /^WORDING_/,
  },
  {
    id: "date",
    name: "Date",
    meaning: "It is not dated in the future.",
    codes: /^DATED_IN_FUTURE$/,
  },
  {
    id: "noise",
    name: "Secret noise",
    meaning: "The noise was unpredictable; a run for experiments with a fixed seed certifies nothing.",
    codes: /^NOT_CERTIFYING$/,
  },
  {
    id: "constants",
    name: "Constants",
    meaning:
      "Batches, step size and bounds follow from one another as the theory demands; computed anew here.",
    codes: /^(DERIVED_.*|PROCESS_INVALID|TASK_MISMATCH)$/,
  },
  {
    id: "timeline",
    name: "Timeline",
    meaning: "The deleted rows fit the batches, the steps and the request.",
    codes: /^(TIMELINE_.*|REQUEST_SUBJECTS_FALSE)$/,
  },
  {
    id: "claim",
    name: "The claim",
    meaning: "Energy, mu and epsilon were computed anew from the process alone, and agree.",
    codes: /^CLAIM_.*_FALSE$/,
  },
  {
    id: "joint",
    name: "The joint claim",
    meaning: "The same for somebody who has kept every released model.",
    codes: /^JOINT_.*_FALSE$/,
  },
  {
    id: "transcript",
    name: "The claim about everything released",
    meaning:
      "The same for any few rows (transcript.records of them), deleted or not, and that it stays within the limit that was set, if one was.",
    codes: /^TRANSCRIPT_.*_(FALSE|EXCEEDED)$/,
  },
  {
    id: "target",
    name: "What was asked for",
    meaning: "The claim is at least as strong as the request demanded.",
    codes: /^(TARGET_.*|TOO_WEAK)$/,
  },
  {
    id: "cost",
    name: "Cost",
    meaning: "Steps and gradients add up.",
    codes: /^COST_.*_FALSE$/,
  },
];

const PERSON: Kind = {
  id: "person",
  name: "The person",
  meaning: "Id and salt give one of the digests in the certificate: it speaks of this person.",
  codes: /^SUBJECT$/,
};

/** Checks that need the constants, and those that need the timeline too. */
const NEED_FORM = [
  "wording",
  "date",
  "noise",
  "constants",
  "timeline",
  "claim",
  "joint",
  "transcript",
  "target",
  "cost",
  "person",
];
const NEED_CONSTANTS = ["timeline", "claim", "joint", "transcript", "target", "cost"];
const NEED_TIMELINE = ["claim", "joint", "transcript", "target", "cost"];

/** `verify` names what fails; whatever it got to and did not name has passed. */
export function checksOf({ issues, statement }: Verification, isPersonAsked: boolean): readonly Check[] {
  const kinds = isPersonAsked ? [...KINDS, PERSON] : KINDS;
  const codes = issues.map(({ code }) => code);
  const skipped = new Set([
    ...(statement === null ? kinds.map(({ id }) => id).filter((id) => id !== "signature") : []),
    ...(codes.some((code) => /^(SHAPE_|UNCHECKABLE)/.test(code)) ? NEED_FORM : []),
    ...(codes.includes("PROCESS_INVALID") ? NEED_CONSTANTS : []),
    ...(codes.some((code) => code.startsWith("TIMELINE_")) ? NEED_TIMELINE : []),
  ]);
  return kinds.map(({ id, name, meaning }) => {
    const own = issues.filter((issue) => kindOf(issue) === id);
    const state = own.length > 0 ? "failed" : skipped.has(id) ? "not run" : "passed";
    return { name, meaning, state, issues: own };
  });
}

function kindOf({ code }: Issue): string {
  return [...KINDS, PERSON].find(({ codes }) => codes.test(code))?.id ?? "seals";
}
