import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { loadOrCreateSigner } from "../store/signing-key.js";
import type { StoredForgetOptions, StoredModel } from "../store/stored-model.js";
import type { CorrectRequest } from "../unlearner/correction.js";
import type { ForgetResult, Model } from "../unlearner/model.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { describePreview, summarizeForget } from "./describe-forget.js";
import { Notes } from "./notes.js";
import { openModel } from "./open-model.js";
import type { Answer, Output } from "./output.js";
import { ReceiptsFile } from "./receipts-file.js";
import {
  askedOf,
  evaluationRows,
  peopleIn,
  type RequestArguments,
  requireReceiptsChoice,
  writeCertificate,
} from "./request-options.js";

/** A deletion or a correction: what is asked for, how it is carried out, and what is said of it. */
interface RequestKind<Request, Result> {
  requestFor(model: Model, notes: Notes): Promise<Request>;
  carryOut(stored: StoredModel, request: Request, options: StoredForgetOptions): Promise<Result>;
  describe(summary: ReturnType<typeof summarizeForget>, result: Result): Answer;
}

/** Carries a request out or previews it, holding the model's directory no longer than that takes. */
export async function answerRequest<
  Request extends ForgetRequest | CorrectRequest,
  Result extends ForgetResult,
>(
  directory: string,
  options: RequestArguments,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
  { requestFor, carryOut, describe }: RequestKind<Request, Result>,
): Promise<Answer> {
  const stored = await openModel(directory, options, signal);
  try {
    const before = stored.model;
    const notes = new Notes(output);
    const request = await requestFor(before, notes);
    if (!options.preview) requireReceiptsChoice(request, options);
    const rows = await evaluationRows(stored, options, notes);
    if (options.preview) {
      const mustSay = options.receipts === undefined && peopleIn(request) > 1;
      const preview = await before.preview(request, { ...askedOf(options), ...rows });
      return { value: { ...preview, notes: notes.texts }, lines: () => describePreview(preview, mustSay) };
    }
    const signer = await loadOrCreateSigner(options.key);
    const bar = output.progress("forgetting");
    const asked = { ...askedOf(options), signer, signal, onProgress: bar.report };
    const receiptsFile = options.receipts === false ? undefined : options.receipts;
    const result = await withReceipts(receiptsFile, (beforeSwitch) =>
      carryOut(stored, request, { ...asked, ...given({ beforeSwitch }) }).finally(bar.stop),
    );
    if (options.out !== undefined) await writeCertificate(options.out, stored, result);
    const summary = summarizeForget(stored, result, before, { ...rows, receiptsFile, notes: notes.texts });
    return describe(summary, result);
  } finally {
    await stored.close();
  }
}

/** Carries a request out with its receipts on disk before it is in force: they cannot be had again. */
async function withReceipts<Result>(
  path: string | undefined,
  carryOut: (beforeSwitch: StoredForgetOptions["beforeSwitch"]) => Promise<Result>,
): Promise<Result> {
  if (path === undefined) return carryOut(undefined);
  const receipts = new ReceiptsFile(path);
  let result: Result;
  try {
    result = await carryOut((begun) => receipts.prepare(begun));
  } catch (error) {
    // It may be in force.
    if (error instanceof ExpungeError && error.code === "E_ERASE") await keepAfter(error, receipts);
    else await receipts.discard();
    throw error;
  }
  await receipts.keep();
  return result;
}

async function keepAfter({ code, message, details }: ExpungeError, receipts: ReceiptsFile): Promise<void> {
  await receipts.keep().catch((error: Error) => {
    throw new ExpungeError(code, `${message} ${error.message}`, details);
  });
}
