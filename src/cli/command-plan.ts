import { type Command, Option } from "commander";
import { type Plan, planUnlearning } from "../accounting/index.js";
import { ExpungeError } from "../errors.js";
import { number, positiveInteger, slotChoice, wholeNumber } from "./arguments.js";
import { count, createOutput, fields, figure, heading } from "./output.js";

export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .description(
      "Choose the noise for a budget of steps, or the steps for a noise level, before any data is read",
    )
    .requiredOption("--rows <n>", "records to train on", positiveInteger)
    .requiredOption("--epsilon <e>", "what every request must meet, in nats", number)
    .requiredOption("--delta <d>", "in (0, 1), well below 1 / rows", number)
    .option(
      "--batch-size <b>",
      "records per step (default 128, or all where there are fewer)",
      positiveInteger,
    )
    .option("--epochs <t>", "epochs of learning before the first request", positiveInteger, 20)
    .option("--l2 <lambda>", "regularisation, the strong convexity m", number, 0.01)
    .option(
      "--smoothness <s>",
      "smoothness of one record's loss; the default is that of logistic",
      number,
      0.25,
    )
    .option("--lipschitz <m>", "bound on one record's gradient; the default is that of logistic", number, 1)
    .option("--eta <eta>", "step size (default 1 / L)", number)
    .option("--radius <r>", "radius of the projection ball (default none)", number)
    .option("--sigma <s>", "noise level; then the steps are computed (give this or --unlearn-steps)", number)
    .option(
      "--unlearn-steps <k>",
      "steps a request may take; then the noise is computed (give this or --sigma)",
      wholeNumber,
    )
    .option(
      "--requests <r>",
      "requests, one after another, with totals beside retraining",
      positiveInteger,
      1,
    )
    .option("--records <s>", "records in each request", positiveInteger, 1)
    .addOption(
      new Option("--deletion <kind>", "what becomes of a deleted record")
        .choices(["tombstone", "replace"])
        .default("tombstone"),
    )
    .option(
      "--slot <slot>",
      "worst, best, mean, or a batch number: which slots are deleted",
      slotChoice,
      "worst",
    )
    .addOption(
      new Option("--release-at <when>", "where models may be released")
        .choices(["step", "epoch"])
        .default("step"),
    )
    .option(
      "--adaptive-epsilon <e>",
      "limit on what everything released reveals of anyone; with --unlearn-steps the noise keeps to it",
      number,
    )
    .addOption(
      new Option("--accountant <name>", "whose formulas").choices(["timeline", "paper"]).default("timeline"),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  How much noise lets one epoch (88 steps) forget any record?
    $ expunge plan --rows 11264 --batch-size 128 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --unlearn-steps 88
  ... and how much keeps everything released in 20 requests within epsilon = 2 for anyone, however requests are chosen?
    $ expunge plan --rows 11264 --batch-size 128 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --unlearn-steps 88 --requests 20 --adaptive-epsilon 2
  How many steps do 100 requests take at a given noise, and what would the paper's accountant ask?
    $ expunge plan --rows 11264 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --sigma 0.03 --requests 100 --slot mean
    $ expunge plan --rows 11264 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --sigma 0.03 --requests 100 --accountant paper`,
    )
    .action((options) => {
      const { rows, json, ...rest } = options;
      if ((rest.sigma === undefined) === (rest.unlearnSteps === undefined)) {
        throw new ExpungeError(
          "E_OPTION",
          "Give either --sigma (the steps are computed) or --unlearn-steps (the noise is computed).",
        );
      }
      const plan = planUnlearning({ rowCount: rows, batchSize: Math.min(128, rows), ...rest });
      createOutput(json === true).result(plan, () => describe(plan, rest.records));
    });
}

function describe(plan: Plan, records: number): string[] {
  const { totals, retraining, learning, allReleasesSeen, transcript } = plan;
  const first = plan.requests[0];
  return [
    heading(`Plan (${plan.accountant} accountant)`),
    ...fields([
      ["sigma", plan.sigma],
      ["noise per step", plan.noiseStd],
      ["eta", plan.eta],
      ["contraction", plan.contraction],
      ["steps per epoch", plan.batchCount],
      ["steps, first request", first.steps],
      [
        "certified",
        `epsilon = ${figure(plan.epsilon)}, delta = ${figure(plan.delta)}${plan.mu === null ? "" : `, mu = ${figure(plan.mu)}`}`,
      ],
    ]),
    heading(plan.requests.length === 1 ? "In total" : `All ${count(plan.requests.length, "request")}`),
    ...fields([
      ["steps", totals.steps],
      ["epochs", totals.epochs],
      ["retraining instead", `${figure(retraining.totalSteps)} steps`],
      [
        "retraining / ours",
        retraining.ratio === null ? "no steps needed at all" : `${figure(retraining.ratio)} times`,
      ],
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
            "all releases together, of all deleted records at once",
            allReleasesSeen === null ? null : `epsilon = ${figure(allReleasesSeen.epsilon)}`,
          ],
          [
            `all releases together, of any ${records === 1 ? "one record" : count(records, "record")}`,
            transcript === null ? null : `epsilon = ${figure(transcript.epsilon)}${withinLimit(plan)}`,
          ],
        ])),
  ];
}

function withinLimit({ transcript, requests }: Plan): string {
  const within = transcript?.requestsWithin ?? null;
  if (within === null) return "";
  return `; the limit lets ${within === requests.length ? "all" : `${figure(within)} of ${figure(requests.length)}`} requests through`;
}

/** Lists longer than this are cut in the middle; --json has them whole. */
const LONGEST_LIST = 20;

function listRequests(requests: Plan["requests"]): string[] {
  const lines = requests.map(
    ({ request, steps, totalSteps, epsilon }) =>
      `  ${figure(request).padStart(7)}  ${figure(steps).padStart(9)}  ${figure(totalSteps).padStart(11)}  ${figure(epsilon)}`,
  );
  const shown =
    lines.length <= LONGEST_LIST
      ? lines
      : [...lines.slice(0, 10), `  (${lines.length - 13} more: see --json)`, ...lines.slice(-3)];
  return [heading("  request      steps  steps in all  epsilon"), ...shown];
}
