import type { AuditReport } from "./audit-report.js";

type Found = Pick<AuditReport, "requests" | "disclosure" | "erasure" | "process">;

/** What an audit cannot show, in plain words; the report carries it so that nobody reads more into the verdict. */
export function limitsOf({ requests, disclosure, erasure, process }: Found): readonly string[] {
  const limits = [
    "It audits the process with this plan, these rows and this batch order, not one given model: no test of a single set of weights can show that it was unlearned.",
    "A bound from below can refute a certificate and never prove one: a better attack may exist, and what is proved is in the certificate.",
    "It says nothing of copies elsewhere: of raw data, backups, logs, or models released before.",
  ];
  const outOfReach = [erasure, ...(disclosure === null ? [] : [disclosure])].filter(
    ({ claim, result }) => claim.mu > result.reach.mu,
  );
  for (const { claim, result } of outOfReach)
    limits.push(
      `So few models cannot refute a mu above ${result.reach.mu.toPrecision(3)}, and ${claim.mu.toPrecision(3)} is certified: that claim was not put to the test. More models raise the limit slowly; fewer releases or more noise lower the claim.`,
    );
  if (process.constants.deletion === "replace")
    limits.push(
      "Both worlds hold the same replacement records, drawn at random, as the certificate compares them.",
    );
  limits.push(disclosure === null ? ERASURE : DISCLOSURE);
  if (process.noise.kind === "on-release") limits.push(NO_NOISE_BEFORE);
  if (requests.length > 1)
    limits.push(
      "The claim of the last request is audited: the model released last against retraining without any row that was deleted on the way.",
    );
  return limits;
}

const ERASURE =
  "Covered: an attacker who sees the model released last, and requests that do not depend on models seen. Not covered: one who saw earlier releases, or who chose whom to delete by looking at them.";
const DISCLOSURE =
  "The disclosure claim covers an attacker who sees every release listed, for every set of so many records fixed beforehand. Whoever chooses a victim, or when to stop, after seeing a release is covered by the limit fixed before training (adaptiveEpsilon), which no audit of a fixed sequence of requests puts to the test.";
const NO_NOISE_BEFORE =
  "The models released before the first request had no noise: nothing bounds what they reveal, and whoever kept one is not covered.";
