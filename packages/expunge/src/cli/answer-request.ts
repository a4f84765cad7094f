import { loadOrCreateSigner } from "../store/signing-key.js";
import type { StoredModel } from "../store/stored-model.js";
import type { CorrectRequest } from "../unlearner/correction.js";
import type { ForgetOptions } from "../unlearner/forget-options.js";
import type { ForgetResult, Model } from "../unlearner/model.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { describePreview, summarizeForget } from "./describe-forget.js";
import { openModel } from "./open-model.js";
import type { Answer, Output } from "./output.js";
import { askedOf, evaluationRows, keepResults, type RequestArguments } from "./request-options.js";

/** A deletion or a correction: what is asked for, how it is carried out, and what is said of it. */
interface RequestKind<Request, Result> {
  requestFor(model: Model): Promise<Request>;
  carryOut(stored: StoredModel, request: Request, options: ForgetOptions): Promise<Result>;
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
    const request = await requestFor(before);
    const rows = await evaluationRows(stored, options);
    if (options.preview) {
      const preview = await before.preview(request, { ...askedOf(options), ...rows });
      return { value: preview, lines: () => describePreview(preview) };
    }
    const signer = await loadOrCreateSigner(options.key);
    const bar = output.progress("forgetting");
    const asked = { ...askedOf(options), signer, signal, onProgress: bar.report };
    const result = await carryOut(stored, request, asked).finally(bar.stop);
    await keepResults(stored, result, options);
    return describe(
      summarizeForget(stored, result, before, { ...rows, receiptsFile: options.receipts }),
      result,
    );
  } finally {
    await stored.close();
  }
}
