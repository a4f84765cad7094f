import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { unverifiedStatement } from "../certificate/unverified.js";
import type { Statement } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import type { ReadModel } from "../store/read-model.js";
import { resolveRequest } from "../unlearner/request.js";
import { readText, subjectsNamed } from "./arguments.js";
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
    .option("--subject <id>", "say which rows of the model are this person's")
    .option(
      "--subjects-file <file>",
      "a file that holds this id (- for standard input, which keeps ids out of the shell history)",
    )
    .option("--json", "print JSON: a certificate's whole statement, or a summary of the model");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Examples:
    $ expunge inspect model
    $ expunge inspect model --subject ann@example.com
    $ expunge inspect certificate.json --json`,
    )
    .action(async (path: string, options: InspectArguments) => {
      const output = createOutput(options.json === true);
      const subject = await subjectOf(options);
      const isFile = await stat(path).then(
        (s) => s.isFile(),
        () => false,
      );
      if (subject !== undefined) {
        if (isFile)
          throw new ExpungeError("E_OPTION", `${path} is no model directory: a certificate names nobody.`);
        const found = rowsOf(await readModel(path, options), subject);
        output.result(found, () => describeRows(found));
        return;
      }
      if (isFile) {
        const statement = decodeCertificate(await readText(path), path);
        output.result(statement, () => [
          heading(`${path} (not checked: see expunge verify)`),
          ...describeStatement(statement, "claimed"),
        ]);
        return;
      }
      const summary = await summarizeModel(await readModel(path, options));
      output.result(summary, () => describe(summary));
    });
}

interface InspectArguments {
  readonly subject?: string;
  readonly subjectsFile?: string;
  readonly json?: boolean;
  readonly wait: number;
}

/** @throws ExpungeError E_OPTION where several are named, or a file names nobody */
async function subjectOf(options: InspectArguments): Promise<string | undefined> {
  const named = await subjectsNamed(options);
  if (named.length === 1 || (named.length === 0 && options.subjectsFile === undefined)) return named[0];
  throw new ExpungeError("E_OPTION", `Expected one subject, found ${named.length}.`);
}

interface SubjectRows {
  /** As requests count them, from 0. */
  readonly rows: readonly number[];
  /** Where none is left: of the certificates that cover them. */
  readonly certificatePaths: readonly string[];
}

/** Of an index in memory: no row is read. @throws ExpungeError E_UNKNOWN_SUBJECT */
function rowsOf(stored: ReadModel, subject: string): SubjectRows {
  const { rows, earlier } = resolveRequest(stored.model.state, { subjects: [subject] }, () => "The subject");
  return { rows, certificatePaths: earlier.map((id) => stored.certificatePath(id)) };
}

function describeRows({ rows, certificatePaths }: SubjectRows): string[] {
  return fields([
    ["rows", rows.length === 0 ? "none any more" : `${rows.join(", ")} (as --rows counts them, from 0)`],
    ...certificatePaths.map((path) => ["forgotten before, see", path] as const),
  ]);
}

/** @throws ExpungeError E_CERTIFICATE where the file is none */
function decodeCertificate(text: string, path: string): Statement {
  try {
    const statement = unverifiedStatement(text) as Statement;
    describeStatement(statement, "claimed");
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
