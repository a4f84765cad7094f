import type { Problem } from "./schemas/common.js";

/** What the server answered instead, or that it did not; of the same form as an ExpungeError. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  /** A code of docs/errors.md or of the API; "E_NETWORK" where there was no answer. */
  readonly code: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, status: number, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = Object.freeze({ ...details });
  }

  /** From an answer that is no success. */
  static async from(answer: Response): Promise<ClientError> {
    const { status } = answer;
    const problem = (await answer.json().catch(() => null)) as Partial<Problem> | null;
    const { code = "E_NETWORK", detail = `The server answered with status ${status}.` } = problem ?? {};
    const { requestId, errors } = problem ?? {};
    const retryAfter = Number(answer.headers.get("retry-after") ?? Number.NaN);
    return new ClientError(code, status, detail, {
      ...(requestId === undefined ? {} : { requestId }),
      ...(errors === undefined ? {} : { errors }),
      ...(Number.isNaN(retryAfter) ? {} : { retryAfterSeconds: retryAfter }),
    });
  }
}
