import type { AuditedClaim, AuditReport } from "./audit-report.js";
import type { AuditResult } from "./audit-result.js";
import { typicalBound } from "./lower-bounds.js";
import { wrapText } from "./wrap-text.js";

type Found = Omit<AuditReport, "lines" | "limits">;

/** The verdict in plain words. */
export function linesOf(found: Found): readonly string[] {
  const { erasure, disclosure, control } = found;
  return [
    verdictLine(found),
    claimLine("Erasure (the model released last)", erasure),
    ...(disclosure === null ? [] : [claimLine(disclosureTitle(disclosure), disclosure)]),
    controlLine(control),
    powerLine("the model released last", erasure),
    ...(disclosure === null ? [] : [powerLine("everything released", disclosure)]),
  ];
}

function disclosureTitle({ releases, records }: NonNullable<Found["disclosure"]>): string {
  const steps = releases.length === 1 ? `step ${releases[0]}` : `steps ${releases.join(", ")}`;
  return `Disclosure (everything released, ${steps}, about any ${count(records, "row")})`;
}

/** The whole report as text, one page. @param width columns, at least 40 */
export function auditText(report: AuditReport, width = 100): string {
  const { requests, process, trials, steps, erasure } = report;
  const { constants } = process;
  const rowCount = requests.reduce((sum, { rows }) => sum + rows.length, 0);
  return [
    `Privacy audit: ${report.verdict}${report.verdict === "consistent" && isTooWeak(erasure) ? ", but too few trials to tell (see below)" : ""}`,
    "",
    ...report.lines.flatMap((line) => wrapText(line, width)),
    "",
    ...wrapText(
      `What was run: ${count(trials, "model")} trained on all ${count(constants.rowCount, "row")} and made to forget ${count(rowCount, "row")} in ${count(requests.length, "request")}; twice as many trained without, by the same schedule of ${count(steps, "step")}. ${process.objective.kind}, batches of ${constants.batchSize}, ${noiseWords(report)}, contraction ${short(constants.contraction)} a step, ${constants.deletion}. The attack judged: ${erasure.result.mu.statistic}.${seedWords(report)}`,
      width,
    ),
    "",
    "What this does not show:",
    ...report.limits.flatMap((limit) => wrapText(limit, width, "  - ", "    ")),
  ].join("\n");
}

/** Where the noise is, and how much. */
function noiseWords({ process: { noise }, requests }: AuditReport): string {
  if (noise.kind === "every-step") return `noise at every step (sigma ${short(noise.sigma)})`;
  const released = requests.map(({ noise: std }) => short(std));
  return `noise on release (${released.join(", ")} on each weight)`;
}

function verdictLine({ verdict, trials, erasure, disclosure, control }: Found): string {
  if (verdict === "void")
    return `The audit is void: it told two samples of retrained models apart (mu of at least ${short(control.mu.bound)}), which nobody can. Something is wrong with the noise or with the audit itself.`;
  if (verdict === "consistent")
    return `Nothing in ${count(3 * trials, "model")} contradicts the certificate: no attack told unlearned models from retrained ones better than certified.`;
  const broken = [
    ...(erasure.result.verdict === "violated" ? ["the erasure claim"] : []),
    ...(disclosure?.result.verdict === "violated" ? ["the disclosure claim"] : []),
  ];
  return `The runs contradict ${broken.join(" and ")}: more was told apart than is certified. A process that keeps to its plan would look so in at most ${percent(1 - erasure.result.confidence)} of audits: repeat the audit with more trials, or with a higher confidence, to be sure.`;
}

function claimLine(what: string, { claim, result }: AuditedClaim): string {
  const { mu, epsilon, confidence, violations } = result;
  const shown =
    mu.bound === 0 && epsilon === 0
      ? "the attacks show nothing (mu and epsilon of at least 0)"
      : `the attacks show mu of at least ${short(mu.bound)} and epsilon of at least ${short(epsilon)} (confidence ${percent(confidence)})`;
  const end = violations.length > 0 ? "; that is more than certified." : ".";
  return `${what}: certified are mu = ${short(claim.mu)} and epsilon = ${short(claim.epsilon)} at delta = ${short(claim.delta)}; ${shown}${end}`;
}

function controlLine({ mu, epsilon, verdict, confidence }: AuditResult): string {
  const found = `mu of at least ${short(mu.bound)}, epsilon of at least ${short(epsilon)}`;
  const end =
    verdict === "consistent" ? "as it must be" : `which must be 0 in ${percent(confidence)} of audits`;
  return `Control, retrained models against retrained ones: ${found}, ${end}.`;
}

/** Whether even rows that attain the certified mu would have gone unseen. */
function isTooWeak({ claim, result: { reach } }: AuditedClaim): boolean {
  return reach.ifTight === null || claim.mu > reach.mu || reach.ifTight.mu === 0;
}

function powerLine(what: string, { claim, result }: AuditedClaim): string {
  const { reach, mu } = result;
  const most = `The most that so many models can show of ${what} is mu = ${short(reach.mu)}`;
  if (reach.ifTight === null || claim.mu > reach.mu)
    return `${most}, less than is certified: that claim could not have failed this audit.`;
  const typical = reach.ifTight.mu;
  if (typical >= claim.mu / 2)
    return `${most}. Had these rows attained the certified mu, about ${short(typical)} would have been shown; what leaks much more than certified is caught.`;
  const trials = trialsToShow(claim, mu.error);
  const more = trials === null ? "" : `; that takes some ${trials.toLocaleString("en-US")} trials`;
  return `${most}. Had these rows attained the certified mu, ${typical > 0 ? `no more than about ${short(typical)}` : "nothing"} would have been shown${more}. Only what leaks several times more than certified is caught.`;
}

/** Trials, to a factor of 2, that would show half of the certified mu where it is attained; null beyond a million. */
function trialsToShow({ mu, delta }: AuditedClaim["claim"], error: number): number | null {
  for (let trials = 250; trials <= 2 ** 20; trials *= 2)
    if (typicalBound("mu", mu, trials / 2, delta, error) >= mu / 2) return trials;
  return null;
}

function seedWords({ isSeeded, process }: AuditReport): string {
  if (!isSeeded) return "";
  // Replacement records always come from the system.
  return process.constants.deletion === "replace"
    ? " Seeded, save for the replacement records."
    : " Seeded: the audit can be repeated.";
}

/** Three significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  return `${short(100 * share)}%`;
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;
}
