import { stat } from "node:fs/promises";
import type { Command } from "commander";
import type { Statement } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { fromBase64 } from "../records/bytes.js";
import type { StoredModel } from "../store/stored-model.js";
import { readText } from "./arguments.js";
import { describeStatement } from "./describe-certificate.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { count, createOutput, fields, figure, heading } from "./output.js";

export function addInspectCommand(program: Command): void {
  const command = program
    .command("inspect")
    .description("Show what a model or a certificate says (without checking it: see verify)")
    .argument("<path>", "model directory or certificate file")
    .option("--json", "print JSON: a certificate's whole statement, or a summary of the model");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Examples:
    $ expunge inspect model
    $ expunge inspect certificate.json --json`,
    )
    .action(async (path: string, options) => {
      const output = createOutput(options.json === true);
      const isFile = await stat(path).then(
        (s) => s.isFile(),
        () => false,
      );
      if (isFile) {
        const statement = decodeCertificate(await readText(path), path);
        output.result(statement, () => [
          heading(`${path} (not checked: see expunge verify)`),
          ...describeStatement(statement),
        ]);
        return;
      }
      const summary = summarize(await readModel(path, options));
      output.result(summary, () => describe(summary));
    });
}

/** @throws ExpungeError E_CERTIFICATE where the file is none */
function decodeCertificate(text: string, path: string): Statement {
  try {
    const { payload } = JSON.parse(text) as { payload: string };
    const statement = JSON.parse(new TextDecoder().decode(fromBase64(payload))) as Statement;
    describeStatement(statement);
    return statement;
  } catch {
    throw new ExpungeError(
      "E_CERTIFICATE",
      `${path}: expected a certificate (a DSSE envelope with an unlearning statement) or a model directory.`,
    );
  }
}

function summarize({
  model,
  directory,
  weightsPath,
}: Pick<StoredModel, "model" | "directory" | "weightsPath">) {
  const { plan, timeline, description, state } = model;
  const { process } = plan;
  return {
    directory,
    weights: weightsPath,
    objective: plan.objective,
    rowsAtStart: description.rowCount,
    rowsNow: description.rowCount - state.forgotten.rows.size,
    subjectsNow: state.index.hasOwners ? state.index.countSubjects() : null,
    features: description.featureCount,
    labels: description.labelNames,
    schemaDigest: description.schemaDigest,
    sigma: plan.sigma,
    eta: process.eta,
    contraction: process.contraction,
    batchSize: process.batchSize,
    stepsPerEpoch: process.batchCount,
    deletion: process.deletion,
    target: plan.target,
    steps: timeline.steps,
    releases: timeline.releases,
    requests: timeline.requests,
    privacyEpsilon: model.privacy().epsilon,
    isCertifying: plan.seed === null,
  };
}

function describe(summary: ReturnType<typeof summarize>): string[] {
  return [
    heading(summary.directory),
    ...fields([
      ["objective", describeObjective(summary.objective)],
      ["rows", `${figure(summary.rowsNow)} of ${figure(summary.rowsAtStart)} at the start`],
      ["subjects", summary.subjectsNow],
      ["features", summary.features],
      ["labels", summary.labels.join(", ") || null],
      ["sigma", summary.sigma],
      ["eta", summary.eta],
      ["contraction", summary.contraction],
      ["batch", `${summary.batchSize} rows, ${summary.stepsPerEpoch} steps an epoch`],
      ["deletion", summary.deletion],
      [
        "each request meets",
        `epsilon = ${figure(summary.target.epsilon)} at delta = ${figure(summary.target.delta)}`,
      ],
      ["steps run", summary.steps],
      ["privacy of those who stay", `${figure(summary.privacyEpsilon)} (epsilon; no part of the promise)`],
      ["weights", summary.weights],
      ["seeded", summary.isCertifying ? null : "yes: certificates of this model do not certify"],
    ]),
    heading(`${count(summary.requests.length, "request")} served`),
    ...summary.requests.map(
      (r) =>
        `  ${r.certificateId}  ${count(r.rowCount, "row")}, steps ${figure(r.stepsBefore)} to ${figure(r.stepsAfter)}`,
    ),
  ];
}

function describeObjective({ kind, ...parameters }: { readonly kind: string }): string {
  return [kind, ...Object.entries(parameters).map(([name, value]) => `${name} = ${value}`)].join(", ");
}
