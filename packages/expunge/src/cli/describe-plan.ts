import type { OnReleasePlan, Plan, PlanOptions } from "../accounting/index.js";
import { count, fields, figure, heading } from "./output.js";

/** What a plan takes for granted, and who knows better once that has changed. */
export function planNotes({ deletion = "tombstone", adaptiveEpsilon }: PlanAssumptions): string[] {
  return [
    "The plan covers deletions only, one after another, from a model that learns no more once it is trained. After lessons a request may take more or fewer steps: `expunge forget --preview` says how many, as the model then stands.",
    ...(deletion === "tombstone"
      ? ["A correction costs what a deletion of two rows in the same place does: --records 2."]
      : []),
    ...(adaptiveEpsilon === undefined ? [] : ["Every lesson is one more release, which the limit counts."]),
  ];
}

export type PlanAssumptions = Pick<PlanOptions, "deletion" | "adaptiveEpsilon">;

/** @param columns what the model is linear in */
export function describeOnRelease(plan: OnReleasePlan, columns: number, notes: readonly string[]): string[] {
  const { process, requests, retraining, trades } = plan;
  const first = requests[0]!;
  const most = requests.reduce((a, b) => (b.noise > a.noise ? b : a));
  return [
    heading("Plan (noise on release)"),
    ...fields([
      ["columns of the model", columns],
      ["batch", `${figure(process.batchSize)} rows, ${count(process.batchCount, "step")} an epoch`],
      ["l2", process.strongConvexity],
      ["eta", process.eta],
      ["contraction", process.contraction],
      ["steps, first request", `${figure(first.steps)} (retraining: ${figure(retraining.stepsPerRequest)})`],
      ["its noise in a score", first.noise],
      [
        "certified",
        `epsilon = ${figure(most.epsilon)}, delta = ${figure(plan.target.delta)}, mu = ${figure(most.mu)}`,
      ],
    ]),
    heading("What other steps would do for the first request"),
    ...trades.map(({ steps, noise }) => `  ${figure(steps).padStart(11)} steps  noise ${figure(noise)}`),
    heading(requests.length === 1 ? "In total" : `All ${count(requests.length, "request")}`),
    ...fields([...costFields(plan), ["most noise of a release", requests.length === 1 ? null : most.noise]]),
    ...(requests.length === 1 ? [] : listRequests(requests)),
    ...listNotes(notes),
  ];
}

/**
 * @param columns what the model is linear in
 * @param records in each request
 */
export function describeEveryStep(
  plan: Plan,
  columns: number,
  records: number,
  notes: readonly string[],
): string[] {
  const { retraining, learning, disclosure } = plan;
  return [
    heading(`Plan (${plan.accountant} accountant)`),
    ...fields([
      ["columns of the model", columns],
      ["sigma", plan.sigma],
      ["noise per step", plan.noiseStd],
      ["eta", plan.eta],
      ["contraction", plan.contraction],
      ["steps per epoch", plan.batchCount],
      ["steps, first request", plan.steps],
      [
        "certified",
        `epsilon = ${figure(plan.epsilon)}, delta = ${figure(plan.delta)}${plan.mu === null ? "" : `, mu = ${figure(plan.mu)}`}`,
      ],
    ]),
    heading(plan.requests.length === 1 ? "In total" : `All ${count(plan.requests.length, "request")}`),
    ...fields([
      ...costFields(plan),
      [
        "note",
        (retraining.ratio ?? 1) < 1
          ? "retraining is the cheaper way here; more noise needs fewer steps"
          : null,
      ],
    ]),
    ...(plan.requests.length === 1 ? [] : listRequests(plan.requests)),
    ...(learning === null ? [] : [heading("What the models reveal")]),
    ...(learning === null
      ? []
      : fields([
          ["trained model, of those who stay", `epsilon = ${figure(learning.epsilon)}`],
          [
            `everything released, of any ${records === 1 ? "one record" : count(records, "record")}`,
            disclosure === null ? null : `epsilon = ${figure(disclosure.epsilon)}${withinLimit(plan)}`,
          ],
        ])),
    ...listNotes(notes),
  ];
}

function listNotes(notes: readonly string[]): string[] {
  return [heading("What this takes for granted"), ...notes.map((note) => `  ${note}`)];
}

/** What all requests take, and what retraining for each would. */
function costFields({ totals, retraining }: Pick<Plan | OnReleasePlan, "totals" | "retraining">) {
  const { totalSteps, ratio } = retraining;
  return [
    ["steps", totals.steps],
    ["epochs", totals.epochs],
    ["retraining instead", `${figure(totalSteps)} steps`],
    ["retraining / ours", ratio === null ? "no steps needed at all" : `${figure(ratio)} times`],
  ] as const;
}

function withinLimit({ disclosure, requests }: Plan): string {
  const within = disclosure?.requestsWithin ?? null;
  if (within === null) return "";
  return `; the limit lets ${within === requests.length ? "all" : `${figure(within)} of ${figure(requests.length)}`} requests through`;
}

type Listed = Pick<Plan["requests"][number], "request" | "steps" | "totalSteps" | "epsilon">;

/** Lists longer than this are cut in the middle; --json has them whole. */
const MAX_LIST = 20;

function listRequests(requests: readonly Listed[]): string[] {
  const lines = requests.map(
    ({ request, steps, totalSteps, epsilon }) =>
      `  ${figure(request).padStart(7)}  ${figure(steps).padStart(9)}  ${figure(totalSteps).padStart(11)}  ${figure(epsilon)}`,
  );
  const shown =
    lines.length <= MAX_LIST
      ? lines
      : [...lines.slice(0, 10), `  (${lines.length - 13} more: see --json)`, ...lines.slice(-3)];
  return [heading("  request      steps  steps in all  epsilon"), ...shown];
}
