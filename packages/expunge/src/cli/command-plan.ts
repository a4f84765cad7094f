import { type Command, Option } from "commander";
import {
  type NoiseKind,
  type OnReleasePlanOptions,
  type PlanOptions,
  planOnRelease,
  planUnlearning,
  type SlotChoice,
} from "../accounting/index.js";
import { ExpungeError } from "../errors.js";
import { objectiveFrom, usualKind, usualSpec } from "../objective/index.js";
import { mappedCountOf } from "../records/feature-map.js";
import { DEFAULT_TARGET, defaultSettings } from "../unlearner/defaults.js";
import { type MAP_OPTIONS, mapShapeFrom } from "../unlearner/feature-options.js";
import { FIT_OPTIONS } from "../unlearner/fit-option-table.js";
import { requireFitOption } from "../unlearner/option-checks.js";
import type { FitOptions } from "../unlearner/options.js";
import { number, positiveInteger, slotChoice, wholeNumber } from "./arguments.js";
import { describeEveryStep, describeOnRelease, planNotes } from "./describe-plan.js";
import { fitOption } from "./fit-options.js";
import { createOutput } from "./output.js";

const USUAL = objectiveFrom(usualSpec(usualKind("binary"), { classCount: 2 }));
const OF_TRAIN = { usual: "train's" } as const;

export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .description(
      "Say what requests will cost before any data is read: noise on release, or noise at every step (--sigma, --unlearn-steps)",
    )
    .requiredOption("--rows <n>", "records to train on", positiveInteger)
    .addOption(fitOption("epsilon", "e", { usual: null }).default(DEFAULT_TARGET.epsilon))
    .addOption(fitOption("delta", "d", { usual: null }).default(DEFAULT_TARGET.delta))
    .addOption(fitOption("batchSize", "b", OF_TRAIN))
    .addOption(fitOption("epochs", "t", OF_TRAIN))
    .addOption(fitOption("l2", "lambda", OF_TRAIN))
    .option("--columns <d>", "columns of a scaled row, for train's defaults", positiveInteger, 20)
    .addOption(fitOption("features", "kind"))
    .addOption(fitOption("featureCount", "n"))
    .addOption(fitOption("featureBandwidth", "x", { usual: "read off the rows; it changes no cost" }))
    .addOption(fitOption("featureSeed", "text", { more: "; it changes no cost" }))
    .addOption(fitOption("maxNoise", "nu", OF_TRAIN))
    .option(
      "--steps <k>",
      "noise on release: steps of every request, in place of --max-noise",
      positiveInteger,
    )
    .option(
      "--smoothness <s>",
      `smoothness of one record's loss; the default is that of ${USUAL.spec.kind}`,
      number,
      USUAL.smoothness,
    )
    .option(
      "--lipschitz <m>",
      `bound on one record's gradient; the default is that of ${USUAL.spec.kind}`,
      number,
      USUAL.lipschitz,
    )
    .addOption(fitOption("eta", "eta", OF_TRAIN))
    .addOption(fitOption("radius", "r", { usual: "none" }))
    .addOption(fitOption("sigma", "s", { usual: null, more: "; then the steps are computed" }))
    .addOption(fitOption("unlearnSteps", "k", { usual: null, parse: wholeNumber }))
    .option(
      "--requests <r>",
      "requests, one after another, with totals beside retraining",
      positiveInteger,
      1,
    )
    .option("--records <s>", "records in each request", positiveInteger, 1)
    .addOption(fitOption("deletion", "kind", { usual: null }).default(FIT_OPTIONS.deletion.usual))
    .option(
      "--slot <slot>",
      "worst, best, mean, or a batch number: which slots are deleted",
      slotChoice,
      "worst",
    )
    .addOption(fitOption("releaseAt", "when", { usual: null }).default(FIT_OPTIONS.releaseAt.usual))
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
  How many steps does a request take, and what noise does it leave, at train's defaults?
    $ expunge plan --rows 30000
    $ expunge plan --rows 30000 --requests 10000 --json
    $ expunge plan --rows 30000 --columns 43 --features fourier --feature-count 2000
  How much noise at every step lets one epoch (88 steps) forget any record?
    $ expunge plan --rows 11264 --batch-size 128 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --unlearn-steps 88
  ... and how much keeps everything released in 20 requests within epsilon = 2 for anyone, however requests are chosen?
    $ expunge plan --rows 11264 --batch-size 128 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --unlearn-steps 88 --requests 20 --adaptive-epsilon 2
  How many steps do 100 requests take at a given noise, and what would the paper's accountant ask?
    $ expunge plan --rows 11264 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --sigma 0.03 --requests 100 --slot mean
    $ expunge plan --rows 11264 --epochs 100 --l2 0.011264 --epsilon 1 --delta 8.8e-5 --sigma 0.03 --requests 100 --accountant paper`,
    )
    .action((options) => {
      const { json, ...rest } = options as PlanArguments & { json?: boolean };
      const output = createOutput(json === true);
      requireFitOption("delta", rest.delta);
      const columns = columnsOf(rest);
      const notes = planNotes(rest);
      if (rest.sigma === undefined && rest.unlearnSteps === undefined) {
        const plan = planOnRelease(onReleaseOptions(rest, columns.ofModel));
        output.result({ ...plan, columns, notes }, () => describeOnRelease(plan, columns.ofModel, notes));
        return;
      }
      const plan = planUnlearning(everyStepOptions(rest, columns.ofModel));
      output.result({ ...plan, columns, notes }, () =>
        describeEveryStep(plan, columns.ofModel, rest.records, notes),
      );
    });
}

interface PlanArguments
  extends Omit<PlanOptions, "rowCount" | "batchSize" | "epochs" | "l2" | "records" | "slot">,
    Pick<FitOptions, (typeof MAP_OPTIONS)[number]> {
  readonly rows: number;
  readonly columns: number;
  readonly records: number;
  readonly slot: SlotChoice;
  readonly batchSize?: number;
  readonly epochs?: number;
  readonly l2?: number;
  readonly maxNoise?: number;
  readonly steps?: number;
}

interface Columns {
  readonly ofRow: number;
  /** What the model is linear in: the row's own, or those that a feature map makes of them. */
  readonly ofModel: number;
}

/** @throws ExpungeError E_OPTION as `train` does, but for what only rows can tell */
function columnsOf({ columns, ...options }: PlanArguments): Columns {
  const shape = mapShapeFrom({ featureCount: columns }, options);
  return { ofRow: columns, ofModel: shape === undefined ? columns : mappedCountOf(shape) };
}

/** What `train` would take where nothing was said. */
function withDefaults(
  { rows, batchSize, epochs, l2, eta, smoothness, lipschitz, epsilon, delta }: PlanArguments,
  featureCount: number,
  noise: NoiseKind,
) {
  const defaults = defaultSettings({
    rowCount: rows,
    featureCount,
    outputCount: 1,
    task: "binary",
    lipschitz,
    recordSmoothness: smoothness,
    noise,
    target: { epsilon, delta },
  });
  const step = eta ?? (l2 === undefined ? defaults.eta : null);
  return {
    rowCount: rows,
    batchSize: batchSize ?? defaults.batchSize,
    epochs: epochs ?? defaults.epochs,
    l2: l2 ?? defaults.l2,
    ...(step === null ? {} : { eta: step }),
    maxNoise: defaults.maxNoise,
  };
}

function onReleaseOptions(options: PlanArguments, featureCount: number): OnReleasePlanOptions {
  const { rows: _rows, columns: _columns, slot, adaptiveEpsilon, releaseAt, accountant, ...rest } = options;
  if (adaptiveEpsilon !== undefined)
    throw new ExpungeError(
      "E_OPTION",
      "--adaptive-epsilon needs noise at every step: give --sigma or --unlearn-steps.",
    );
  if (slot === "mean" || releaseAt === "epoch" || accountant === "paper")
    throw new ExpungeError(
      "E_OPTION",
      "--slot mean, --release-at epoch and --accountant paper need noise at every step: give --sigma or --unlearn-steps.",
    );
  const { maxNoise, ...defaults } = withDefaults(options, featureCount, "on-release");
  const effort =
    options.steps === undefined ? { maxNoise: options.maxNoise ?? maxNoise } : { steps: options.steps };
  if (options.steps !== undefined && options.maxNoise !== undefined)
    throw new ExpungeError("E_OPTION", "Give --max-noise or --steps, not both: each follows from the other.");
  return { ...rest, ...defaults, ...effort, slot };
}

function everyStepOptions(options: PlanArguments, featureCount: number): PlanOptions {
  const { rows: _rows, columns: _columns, steps, maxNoise, ...rest } = options;
  if (steps !== undefined || maxNoise !== undefined)
    throw new ExpungeError(
      "E_OPTION",
      "--max-noise and --steps are for noise on release: leave out --sigma and --unlearn-steps.",
    );
  if (options.sigma !== undefined && options.unlearnSteps !== undefined)
    throw new ExpungeError(
      "E_OPTION",
      "Give --sigma or --unlearn-steps, not both: each follows from the other.",
    );
  const { maxNoise: _most, ...defaults } = withDefaults(options, featureCount, "every-step");
  return { ...rest, ...defaults };
}
