import { ClientError } from "./client-error.js";

/** Where the service is, and with which key to call it. */
export interface ClientOptions {
  /** Where the service is: https://expunge.example.com */
  readonly url: string;
  /** An API key. */
  readonly key: string;
  /** How long an answer may take, uploads aside; default 60,000 ms. */
  readonly timeoutMs?: number;
  /** Default the platform's own. */
  readonly fetch?: typeof globalThis.fetch;
}

type Query = Readonly<Record<string, string | number | undefined>>;

interface Call {
  readonly query?: object | undefined;
  readonly json?: unknown;
  readonly form?: FormData;
  /** In place of the time limit. */
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls to the API, each with its key. */
export interface Transport {
  json<T>(method: string, path: string, call?: Call): Promise<T>;
  bytes(path: string): Promise<Uint8Array>;
  text(path: string): Promise<string>;
  /** A body that is read as it comes, without a time limit. */
  stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export function createTransport({ url, key, timeoutMs, fetch = globalThis.fetch }: ClientOptions): Transport {
  const base = url.replace(/\/+$/, "");

  async function send(
    method: string,
    path: string,
    { query, json, form, headers, signal }: Call,
  ): Promise<Response> {
    const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
    const answer = await fetch(`${base}${path}${queryText(query as Query | undefined)}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      // The key is for this server.
      redirect: "error",
      ...(body === undefined ? {} : { body }),
      ...(form ? {} : { signal: signal ?? AbortSignal.timeout(timeoutMs ?? DEFAULT_TIMEOUT_MS) }),
    }).catch((error: Error) => {
      throw new ClientError("E_NETWORK", 0, `No answer from ${base}: ${reasonOf(error)}.`);
    });
    if (!answer.ok) throw await ClientError.from(answer);
    return answer;
  }

  return {
    async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
      const answer = await send(method, path, call);
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    },
    bytes: async (path) => new Uint8Array(await (await send("GET", path, {})).arrayBuffer()),
    text: async (path) => (await send("GET", path, {})).text(),
    async stream(path, signal) {
      const { body } = await send("GET", path, { signal });
      if (body === null) throw new ClientError("E_NETWORK", 0, `An empty answer from ${base}.`);
      return body;
    },
  };
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

/** Of a fetch that fails the cause says why. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
