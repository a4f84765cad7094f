import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { unverifiedStatement } from "../certificate/unverified.js";
import type { Statement } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { readText } from "./arguments.js";
import { describeStatement } from "./describe-certificate.js";
import { describeObjective, type ModelSummary, mapLine, summarizeModel } from "./model-summary.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { count, createOutput, fields, figure, heading } from "./output.js";
import { weightsText } from "./weights-text.js";

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
      const summary = await summarizeModel(await readModel(path, options));
      output.result(summary, () => describe(summary));
    });
}

/** @throws ExpungeError E_CERTIFICATE where the file is none */
function decodeCertificate(text: string, path: string): Statement {
  try {
    const statement = unverifiedStatement(text) as Statement;
    describeStatement(statement);
    return statement;
  } catch {
    throw new ExpungeError(
      "E_CERTIFICATE",
      `${path}: expected a certificate (a DSSE envelope with an unlearning statement) or a model directory.`,
    );
  }
}

function describe(summary: ModelSummary): string[] {
  const { noise, limit, disclosure, requestCount, newestCertificates } = summary;
  const earlier = requestCount - newestCertificates.length;
  return [
    heading(summary.directory),
    ...fields([
      ["objective", describeObjective(summary.objective)],
      [
        "rows",
        summary.rowsJoined === 0
          ? `${figure(summary.rowsNow)} of ${figure(summary.rowsAtStart)} at the start`
          : `${figure(summary.rowsNow)}: ${figure(summary.rowsAtStart)} at the start, ${figure(summary.rowsJoined)} joined since`,
      ],
      ["lessons", summary.lessons || null],
      ["subjects", summary.subjectsNow],
      ["features", summary.features],
      [
        "rows are held",
        summary.sparseCapacity === null
          ? "dense (all their numbers)"
          : `sparse (at most ${figure(summary.sparseCapacity)} numbers other than 0 a row)`,
      ],
      ...mapLine(summary.featureMap),
      ["labels", summary.labels.join(", ") || null],
      [
        "certificates hold against",
        summary.requesters === "independent"
          ? "people whose requests do not depend on what this model's releases show"
          : "whoever asks, also after seeing every release",
      ],
      [
        "noise",
        noise.kind === "on-release"
          ? `on release, at most ${figure(noise.most)} in the score of a row of norm 1`
          : `at every step, sigma = ${figure(noise.sigma)}`,
      ],
      [
        "limit on everything released",
        limit === null
          ? null
          : `epsilon = ${figure(limit.epsilon)} for any ${count(limit.records, "record")}; so far ${figure(disclosure?.epsilon ?? 0)}`,
      ],
      ["kernel", `${summary.kernel} (rounding ${summary.rounding})`],
      ["kernel's build here", summary.kernelBuild],
      ["eta", summary.eta],
      ["l2", summary.l2],
      ["weights of rows", weightsText(summary.weighting)],
      ["batch", `${count(summary.batchSize, "row")}, ${count(summary.stepsPerEpoch, "step")} an epoch`],
      ["deletion", summary.deletion],
      [
        "each request meets",
        `epsilon = ${figure(summary.target.epsilon)} at delta = ${figure(summary.target.delta)}`,
      ],
      ["steps run", summary.steps],
      ["weights", summary.weights],
      ["seeded", summary.isCertifying ? null : "yes: certificates of this model do not certify"],
      [
        "certified so far",
        requestCount === 0 ? "nothing about anybody: no request has been served yet" : null,
      ],
    ]),
    ...(requestCount === 0 ? [] : [heading(`${count(requestCount, "request")} served`)]),
    ...(earlier > 0 ? [`  (${figure(earlier)} earlier: see certificates.log and certificates/)`] : []),
    ...newestCertificates.map((id) => `  ${id}`),
  ];
}
