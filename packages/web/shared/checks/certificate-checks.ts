import type { Issue, Verification } from "expunge/verify";

export type CheckState = "passed" | "failed" | "not run";

export const CHECK_MARKS: Readonly<Record<CheckState, string>> = { passed: "✓", failed: "✗", "not run": "–" };

/** One thing that `verify` looks at, in words for people. */
export interface Check {
  readonly name: string;
  /** What was found, in a sentence that fits the state; empty where it was not run. */
  readonly meaning: string;
  readonly state: CheckState;
  readonly issues: readonly Issue[];
}

interface Kind {
  readonly id: string;
  readonly name: string;
  /** Where it passed. */
  readonly meaning: string;
  /** Where it failed. */
  readonly failure: string;
  readonly codes: RegExp;
}

/** In the order in which `verify` works; the seals' codes are the fields' own names, so they are what is left over. */
const KINDS: readonly Kind[] = [
  {
    id: "signature",
    name: "Signature",
    meaning: "It was signed with the issuer's key, and not a single character has changed since.",
    failure:
      "The key that it was checked against did not sign this text: the text was changed since, another key signed it, or it was never signed.",
    codes: /^(SIGNATURE|ENVELOPE|PAYLOAD_TYPE|BASE64|TOO_LARGE|TOO_MANY_SIGNATURES)$/,
  },
  {
    id: "form",
    name: "Form",
    meaning:
      "Spelled in the one way that there is; every field is there, none is unknown, each holds what it should.",
    failure:
      "A field is missing, unknown or holds what it should not, or the text is not spelled in the one way that there is.",
    codes: /^(SHAPE_.*|PAYLOAD|NOT_CANONICAL|BYTE_ORDER_MARK|DUPLICATE_KEY|TOO_DEEP|UNCHECKABLE)$/,
  },
  {
    id: "seals",
    name: "Seals",
    meaning:
      "Each field still has the short digest that was taken of it: this names a field that was altered.",
    failure: "A field no longer has the digest that was taken of it: it was altered.",
    codes: /^$/,
  },
  {
    id: "wording",
    name: "Wording",
    meaning: "The promise, its assumptions and what it does not cover stand there word for word.",
    failure: "The promise, its assumptions or what it does not cover was reworded.",
    codes: /^WORDING_/,
  },
  {
    id: "date",
    name: "Date",
    meaning: "It is not dated in the future.",
    failure: "It is dated in the future.",
    codes: /^DATED_IN_FUTURE$/,
  },
  {
    id: "noise",
    name: "Source of noise",
    meaning:
      "The certificate states a secret source of noise; one that states a fixed seed certifies nothing. Whether it was so is the issuer’s word.",
    failure: "The certificate states no secret source of noise: it certifies nothing.",
    codes: /^NOT_CERTIFYING$/,
  },
  {
    id: "constants",
    name: "Constants",
    meaning:
      "Batches, step size, rounding and bounds follow from one another as the theory demands; computed anew here.",
    failure: "Batches, step size, rounding or bounds do not follow from one another as the theory demands.",
    codes: /^(DERIVED_.*|PROCESS_(INVALID|RANGE)|TASK_MISMATCH)$/,
  },
  {
    id: "timeline",
    name: "Timeline",
    meaning:
      "The deleted rows fit the batches, the steps, the noise and the request; and the model changed if steps were run.",
    failure:
      "The deleted rows do not fit the batches, the steps, the noise or the request; or the models before and after do not fit the steps.",
    codes:
      /^(TIMELINE_(STEPS|CELLS|RELEASE|SHIFTS|EARLIER_.*|.*_FALSE)|CHAIN_(LINK|NUMBER|FORKED)|REQUEST_(SLOTS|SUBJECTS)_FALSE|NOISE_(SIGMA|STD)_FALSE|MODEL_(UNCHANGED|CHANGED)|LIVES_(FALSE|EARLIER)|DISCLOSURE_(PRESENCE|RELEASES)|POLICY)$/,
  },
  {
    id: "erasure",
    name: "The erasure claim",
    meaning: "Mu and epsilon against retraining were computed anew from the process alone, and agree.",
    failure:
      "Computed anew from the process, the claim against retraining is another one than the certificate states.",
    codes: /^ERASURE_.*_FALSE$/,
  },
  {
    id: "disclosure",
    name: "Everything released",
    meaning:
      "Its bound was computed anew and stays within the limit, if one was set; where noise comes on release alone, no bound is stated.",
    failure: "The bound is another one than the certificate states, or it is above the limit.",
    codes: /^(DISCLOSURE_.*_FALSE|DISCLOSURE_TOO_LARGE|LIMIT_EXCEEDED)$/,
  },
  {
    id: "holds",
    name: "What holds",
    meaning: "It is what follows from the claims for the people whom the model's policy is for.",
    failure: "What it says holds does not follow from its claims.",
    codes: /^HOLDS_.*_FALSE$/,
  },
  {
    id: "target",
    name: "What was asked for",
    meaning: "The claim is at least as strong as the request demanded.",
    failure: "The claim is weaker than what was demanded.",
    codes: /^(TARGET_MISSED|TOO_WEAK)$/,
  },
  {
    id: "cost",
    name: "Cost",
    meaning: "Steps and gradients add up.",
    failure: "Steps or gradients do not add up.",
    codes: /^COST_.*_FALSE$/,
  },
];

const PERSON: Kind = {
  id: "person",
  name: "The person",
  meaning:
    "Id and receipt lead to the one digest of all whom the certificate names: it speaks of this person.",
  failure:
    "Id and receipt do not lead to the digest of those whom the certificate names: they do not show that it speaks of this person.",
  codes: /^SUBJECT(_ID|_SALT|_PROOF|_ASKED)?$/,
};

const MODEL: Kind = {
  id: "model",
  name: "The model",
  meaning: "The weights given are those that the certificate speaks of.",
  failure: "The weights given are not those that the certificate speaks of.",
  codes: /^MODEL$/,
};

/** Claims are computed of a timeline that fits together, and that takes constants which the theory allows. */
const NEED_TIMELINE = ["erasure", "disclosure", "holds", "target"];
const NEED_CONSTANTS = ["timeline", ...NEED_TIMELINE];
/** Everything after the form. */
const NEED_FORM = ["wording", "date", "noise", "constants", ...NEED_CONSTANTS, "cost", "model", "person"];
/** Constants that claims are computed with. */
const CLAIMED_WITH = /^DERIVED_(?!OUTPUT_COUNT$)/;

/** `verify` names what fails; whatever it got to and did not name has passed. */
export function checksOf(
  { issues, statement }: Verification,
  isPersonAsked: boolean,
  isModelAsked = false,
): readonly Check[] {
  const kinds = [...KINDS, ...(isModelAsked ? [MODEL] : []), ...(isPersonAsked ? [PERSON] : [])];
  const codes = issues.map(({ code }) => code);
  const skipped = new Set([
    ...(statement === null ? kinds.map(({ id }) => id).filter((id) => id !== "signature") : []),
    ...(issues.some((issue) => kindOf(issue) === "form") ? NEED_FORM : []),
    ...(codes.includes("PROCESS_INVALID") ? NEED_CONSTANTS : []),
    ...(issues.some((issue) => kindOf(issue) === "timeline" || CLAIMED_WITH.test(issue.code))
      ? NEED_TIMELINE
      : []),
  ]);
  return kinds.map(({ id, name, ...words }) => {
    const own = issues.filter((issue) => kindOf(issue) === id);
    const state = own.length > 0 ? "failed" : skipped.has(id) ? "not run" : "passed";
    const meaning = { passed: words.meaning, failed: words.failure, "not run": "" }[state];
    return { name, meaning, state, issues: own };
  });
}

function kindOf({ code }: Issue): string {
  return [...KINDS, MODEL, PERSON].find(({ codes }) => codes.test(code))?.id ?? "seals";
}
