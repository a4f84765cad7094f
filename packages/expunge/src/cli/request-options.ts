import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "commander";
import type { Dataset } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import type { StoredModel } from "../store/stored-model.js";
import type { CorrectRequest } from "../unlearner/correction.js";
import type { ForgetResult } from "../unlearner/model.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { memorySize, number, positiveInteger } from "./arguments.js";
import { addScoreDataOptions, loadDataFor } from "./load-data.js";
import type { Notes } from "./notes.js";
import { addWaitOption } from "./open-model.js";
import { requireWritableFile } from "./output-path.js";

/** What commands that change a model take. */
export interface ChangeArguments {
  readonly preview?: boolean;
  readonly evaluate?: string;
  readonly schema?: string;
  readonly labels?: string;
  readonly memoryLimit?: number;
  readonly wait: number;
  readonly json?: boolean;
}

/** What requests take besides whom they name. */
export interface RequestArguments extends ChangeArguments {
  readonly subjectsFile?: string;
  readonly rows?: readonly number[];
  readonly epsilon?: number;
  readonly delta?: number;
  readonly maxNoise?: number;
  readonly steps?: number;
  /** false for none. */
  readonly receipts?: string | false;
  readonly key?: string;
  readonly out?: string;
}

/** Adds what a request asks for. */
export function addAskedOptions(command: Command): Command {
  return command
    .option("--epsilon <e>", "ask for another match than the model was planned for", number)
    .option("--delta <d>", "and its delta", number)
    .option(
      "--max-noise <nu>",
      "most noise to leave in the score of a row of norm 1; less noise takes more steps (default: the model's)",
      number,
    )
    .option("--steps <k>", "run this many steps, and add the noise that they leave to add", positiveInteger);
}

/** Adds where a request's certificate and receipts go. */
export function addCertificateOptions(command: Command): Command {
  return command
    .option("--key <file>", "signing key (default: this user's own, made on first use)")
    .option("--out <file>", "write the certificate here too")
    .option(
      "--receipts <file>",
      "append each subject's receipt to this file, one JSON object a line; they are kept nowhere else",
    )
    .option("--no-receipts", "let the receipts of several people go for ever: they cannot be made later");
}

/** Adds how a change is previewed and measured, and how its directory is opened. @param evaluate what --evaluate says of itself */
export function addChangeOptions(
  command: Command,
  evaluate = "labelled data to measure the score on, before and after (with --preview: the expected change)",
): Command {
  command
    .option("--preview", "say what it would cost, and change nothing")
    .option("--evaluate <data>", evaluate)
    .option(
      "--memory-limit <size>",
      "memory for rows; models with more read them as they go (default 1GB)",
      memorySize,
    )
    .option("--json", "print JSON");
  addScoreDataOptions(command);
  return addWaitOption(command);
}

/** What was asked for, of the options that say so. */
export function askedOf({ epsilon, delta, maxNoise, steps }: RequestArguments) {
  return given({ epsilon, delta, maxNoise, steps });
}

/** The rows to measure a change on, where there are any. */
export async function evaluationRows(
  { directory, model }: StoredModel,
  options: ChangeArguments,
  notes: Notes,
): Promise<{ readonly evaluateOn?: Dataset }> {
  const { evaluate } = options;
  if (evaluate === undefined) return {};
  const how = { part: "test", notes, isBeside: true } as const;
  return { evaluateOn: await loadDataFor(directory, model, evaluate, options, how) };
}

/** @throws ExpungeError E_OPTION for a file that cannot be written: before anything is changed */
export async function requireWritableResults({ out, receipts }: RequestArguments): Promise<void> {
  if (out !== undefined) await requireWritableFile(out);
  if (typeof receipts === "string") await requireWritableFile(receipts);
}

/** Receipts are made with their request, and lost after it. @throws ExpungeError E_OPTION where nobody said what is to become of them */
export function requireReceiptsChoice(
  request: ForgetRequest | CorrectRequest,
  { receipts }: RequestArguments,
): void {
  const count = peopleIn(request);
  if (receipts !== undefined || count < 2) return;
  throw new ExpungeError(
    "E_OPTION",
    `The request names ${count} people: give --receipts FILE, or --no-receipts. With a receipt a person finds themselves in the certificate; it is made with the request, and cannot be made later. Nothing was changed.`,
  );
}

/** How many people a request names; none where it names rows. */
export function peopleIn(request: ForgetRequest | CorrectRequest): number {
  if (request.rows !== undefined) return 0;
  if ("to" in request) return request.subject === undefined ? new Set(request.to.subjects ?? []).size : 1;
  return new Set(request.subjects).size;
}

/** The request's certificate, or the one that covers it already; where there is none, what the file held before stays. */
export async function writeCertificate(
  path: string,
  stored: StoredModel,
  result: ForgetResult,
): Promise<void> {
  const [earlier] = result.earlierCertificates;
  const certificate =
    result.certificate ?? (earlier === undefined ? null : await stored.readCertificate(earlier));
  if (certificate === null) return;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "w");
  try {
    await file.writeFile(`${JSON.stringify(certificate, null, 2)}\n`);
    // A pipe or a device is not on a disk.
    if ((await file.stat()).isFile()) await file.sync();
  } finally {
    await file.close();
  }
}
