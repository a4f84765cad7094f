import { ClientError } from "./client-error.js";
import type { CertificatePage, CertificateQuery, CertificateView } from "./schemas/certificates.js";
import type { PageQuery } from "./schemas/common.js";
import type { AdditionView, DatasetPage, DatasetView, RowRecord, StoredDataset } from "./schemas/datasets.js";
import type { Evaluation, ReleaseEvaluation } from "./schemas/evaluation.js";
import type { ActivityView } from "./schemas/events.js";
import type { CreatedKey, KeyList, Me, NewKey } from "./schemas/keys.js";
import type { Consistency, KeySet, LogKeys } from "./schemas/ledger.js";
import type { LessonPage, LessonPreview, LessonView, NewLesson, Schedule } from "./schemas/lessons.js";
import type {
  ModelPage,
  ModelPlan,
  ModelPlanInput,
  ModelView,
  NewModel,
  Prediction,
  ReleasePage,
} from "./schemas/models.js";
import type { OnReleasePlanInput, OnReleasePlanView, PlanInput, PlanView } from "./schemas/plan.js";
import type {
  AcceptedCorrection,
  AcceptedRequest,
  CorrectionPreview,
  CorrectionPreviewInput,
  NewCorrection,
  NewRequest,
  PreviewInput,
  ReceiptList,
  ReceiptsInput,
  RequestPage,
  RequestPreview,
  RequestQuery,
  RequestView,
} from "./schemas/requests.js";
import { type ClientOptions, createTransport, type Transport } from "./transport.js";
import { type WatchOptions, watch } from "./watch.js";

/** A data set to be uploaded. */
export interface DatasetInput {
  /** 1 to 200 characters. */
  readonly name: string;
  /** As `expunge schema infer` drafts it. */
  readonly schema: object;
  /** CSV, gzipped or not, or Parquet. Of a file: `await fs.openAsBlob(path)`, which is read as it is sent. */
  readonly data: Blob | string;
}

/** How to wait for work of the service. */
export interface WaitOptions {
  /** Default 1,000 ms. */
  readonly everyMs?: number;
  /** Ends the wait with E_ABORTED; the work goes on. */
  readonly signal?: AbortSignal;
}

/** How to submit a request, or rows. */
export interface SubmitOptions {
  /** The same key is the same request, however often it is sent. */
  readonly idempotencyKey?: string;
}

/** Raw features of 1 to 100,000 rows, before scaling and without the intercept. */
export type Rows = readonly (readonly number[])[];

/** The API of a service, by its routes. Every method throws ClientError. */
export interface Client extends ReturnType<typeof routes> {}

/** A client of one service with one API key. It needs nothing but `fetch`: Node, browsers, Deno, Bun. */
export function createClient(options: ClientOptions): Client {
  return routes(options);
}

function routes(options: ClientOptions) {
  const transport = createTransport(options);
  const { json, bytes, text } = transport;
  return {
    /** Data sets: rows with a schema. */
    datasets: {
      /** Uploads a data set; resolves when its rows have been read. */
      create({ name, schema, data }: DatasetInput): Promise<StoredDataset> {
        const form = new FormData();
        form.set("name", name);
        form.set("schema", JSON.stringify(schema));
        form.set("data", typeof data === "string" ? new Blob([data]) : data, "data");
        return json("POST", "/v1/datasets", { form });
      },
      /** One data set. */
      get: (id: string): Promise<DatasetView> => json("GET", `/v1/datasets/${encode(id)}`),
      /** A page of data sets, newest first. */
      list: (query: PageQuery = {}): Promise<DatasetPage> => json("GET", "/v1/datasets", { query }),
      /** How its columns become features. */
      schema: (id: string): Promise<Record<string, unknown>> =>
        json("GET", `/v1/datasets/${encode(id)}/schema`),
      /**
       * Adds rows, by the names of their columns, or a table of the same columns. Once this resolves they are durable; models learn them by their next
       * lessons.
       */
      addRows(
        id: string,
        rows: readonly RowRecord[] | Blob | string,
        options: SubmitOptions = {},
      ): Promise<AdditionView> {
        const path = `/v1/datasets/${encode(id)}/rows`;
        const headers = keyOf(options);
        if (typeof rows !== "string" && !(rows instanceof Blob))
          return json("POST", path, { json: { rows }, headers });
        const form = new FormData();
        form.set("data", typeof rows === "string" ? new Blob([rows]) : rows, "data");
        return json("POST", path, { form, headers });
      },
      /** Refused while a model is trained on it. */
      delete: (id: string): Promise<void> => json("DELETE", `/v1/datasets/${encode(id)}`),
    },
    /** Models: training, predictions, releases. */
    models: modelRoutes(transport),
    /** Deletion requests. */
    requests: requestRoutes(transport),
    /** Certificates and their places in the ledger. */
    certificates: {
      /** One certificate. */
      get: (id: string): Promise<CertificateView> => json("GET", `/v1/certificates/${encode(id)}`),
      /** A page of certificates, newest first. */
      list: (query: CertificateQuery = {}): Promise<CertificatePage> =>
        json("GET", "/v1/certificates", { query }),
      /** The .tlog-proof file; E_NOT_FOUND until a checkpoint covers it. */
      proof: (id: string): Promise<string> => text(`/v1/certificates/${encode(id)}/proof`),
    },
    /** The transparency log of all certificates. */
    ledger: {
      /** The newest checkpoint, as a signed note. */
      checkpoint: (): Promise<string> => text("/ledger/checkpoint"),
      /** One tile or bundle of entries by its path, `tile/...` (C2SP tlog-tiles). */
      tile: (path: string): Promise<Uint8Array> => bytes(`/ledger/${path}`),
      /** The proof that the log of `from` entries is the beginning of that of `to`. */
      consistency: (from: number, to: number): Promise<Consistency> =>
        json("GET", "/v1/ledger/consistency", { query: { from, to } }),
      /** The log's verifier keys, told by the log itself: keep a copy, or compare it with one. */
      keys: (): Promise<LogKeys> => json("GET", "/.well-known/expunge-log-keys.json"),
    },
    /** API keys, for administrators. */
    keys: {
      /** Makes a key; its secret is in the answer and nowhere else. */
      create: (input: NewKey): Promise<CreatedKey> => json("POST", "/v1/keys", { json: input }),
      /** All keys, revoked ones included. */
      list: (): Promise<KeyList> => json("GET", "/v1/keys"),
      /** Revokes a key at once. */
      revoke: (id: string): Promise<void> => json("DELETE", `/v1/keys/${encode(id)}`),
    },
    /** Whose key this is. */
    me: (): Promise<Me> => json("GET", "/v1/me"),
    /** What is going on, as it changes; a connection that ends is opened anew until `signal` is aborted. */
    events: (options: WatchOptions = {}): AsyncGenerator<ActivityView, void> => watch(transport, options),
    /** Plans a process with noise at every step. */
    plan: (input: PlanInput): Promise<PlanView> => json("POST", "/v1/plan", { json: input }),
    /** Plans a process with noise on release. */
    planOnRelease: (input: OnReleasePlanInput): Promise<OnReleasePlanView> =>
      json("POST", "/v1/plan/on-release", { json: input }),
    /** Public keys of certificates. Fetched from the issuer itself: keep a copy, or compare it with one. */
    keySet: (): Promise<KeySet> => json("GET", "/.well-known/expunge-keys.json"),
  };
}

function modelRoutes({ json, bytes }: Transport) {
  const get = (id: string): Promise<ModelView> => json("GET", `/v1/models/${encode(id)}`);
  return {
    /** Takes a model on for training; `wait` resolves when it is trained. */
    create: (input: NewModel): Promise<ModelView> => json("POST", "/v1/models", { json: input }),
    /** What such a model would be, and what its first request would cost and prove; nothing is trained. */
    plan: (input: ModelPlanInput): Promise<ModelPlan> => json("POST", "/v1/models/plan", { json: input }),
    /** One model. */
    get,
    /** A page of models, newest first. */
    list: (query: PageQuery = {}): Promise<ModelPage> => json("GET", "/v1/models", { query }),
    /** Takes it out of service: what requests still ask of it is thereby done. */
    delete: (id: string): Promise<void> => json("DELETE", `/v1/models/${encode(id)}`),
    /** A page of a model's releases, newest first. */
    releases: (id: string, query: PageQuery = {}): Promise<ReleasePage> =>
      json("GET", `/v1/models/${encode(id)}/releases`, { query }),
    /** Every measure of a release, by its version; null without evaluation rows. */
    releaseEvaluation: async (id: string, version: number): Promise<Evaluation | null> => {
      const path = `/v1/models/${encode(id)}/releases/${version}/evaluation`;
      return (await json<ReleaseEvaluation>("GET", path)).evaluation;
    },
    /** Resolves when the model is trained or has failed. */
    wait: (id: string, options: WaitOptions = {}): Promise<ModelView> =>
      until(
        () => get(id),
        ({ state }) => state === "ready" || state === "failed",
        options,
      ),
    /** Has it learn the rows that wait for it; `waitForLesson` resolves when it has. */
    learn: (id: string, input: NewLesson = {}): Promise<LessonView> =>
      json("POST", `/v1/models/${encode(id)}/lessons`, { json: input }),
    /** What a lesson would take, and which rows it would leave; nothing is changed. */
    previewLesson: (id: string, input: NewLesson = {}): Promise<LessonPreview> =>
      json("POST", `/v1/models/${encode(id)}/lessons/preview`, { json: input }),
    /** A page of its lessons, newest first. */
    lessons: (id: string, query: PageQuery = {}): Promise<LessonPage> =>
      json("GET", `/v1/models/${encode(id)}/lessons`, { query }),
    /** Resolves when a lesson has been given or has failed. */
    waitForLesson: (lesson: LessonView, options: WaitOptions = {}): Promise<LessonView> =>
      until(
        () => json("GET", `/v1/models/${encode(lesson.modelId)}/lessons/${encode(lesson.id)}`),
        ({ state }: LessonView) => state !== "waiting",
        options,
      ),
    /** Sets when it learns by itself; null: it does not. */
    setSchedule: (id: string, schedule: Schedule | null): Promise<ModelView> =>
      schedule === null
        ? json("DELETE", `/v1/models/${encode(id)}/schedule`)
        : json("PUT", `/v1/models/${encode(id)}/schedule`, { json: schedule }),
    /** The weights in force, as a safetensors file. */
    weights: (id: string): Promise<Uint8Array> => bytes(`/v1/models/${encode(id)}/weights`),
    /** Predictions for raw rows, or for up to 10,000 rows by the names of their columns. */
    predict: (id: string, rows: Rows | readonly RowRecord[]): Promise<Prediction> =>
      json("POST", `/v1/models/${encode(id)}/predict`, {
        json: Array.isArray(rows[0]) ? { rows } : { records: rows },
      }),
    /** Every measure of quality on labelled rows; labels are numbers as in `Prediction`. */
    evaluate: (id: string, rows: Rows, labels: readonly number[]): Promise<Evaluation> =>
      json("POST", `/v1/models/${encode(id)}/evaluate`, { json: { rows, labels } }),
  };
}

function requestRoutes({ json }: Transport) {
  const get = (id: string): Promise<RequestView> => json("GET", `/v1/requests/${encode(id)}`);
  return {
    /** Submits a request. Once this resolves, the service has stored the request and carries it out, whatever crashes. */
    submit(input: NewRequest, options: SubmitOptions = {}): Promise<AcceptedRequest> {
      return json("POST", "/v1/requests", { json: input, headers: keyOf(options) });
    },
    /** Submits a correction: rows are replaced, and their old values are forgotten as deleted ones are. It is a request like others from then on. */
    correct(input: NewCorrection, options: SubmitOptions = {}): Promise<AcceptedCorrection> {
      return json("POST", "/v1/corrections", { json: input, headers: keyOf(options) });
    },
    /** What a correction would cost and prove, before anything is done. */
    previewCorrection: (input: CorrectionPreviewInput): Promise<CorrectionPreview> =>
      json("POST", "/v1/corrections/preview", { json: input }),
    /** What a request would cost and prove, before anything is done. */
    preview: (input: PreviewInput): Promise<RequestPreview> =>
      json("POST", "/v1/requests/preview", { json: input }),
    /** One request. */
    get,
    /** What shows that certificates mean these subjects of a request, in their order; ask once it is completed, and keep it. */
    receipts: (id: string, input: ReceiptsInput): Promise<ReceiptList> =>
      json("POST", `/v1/requests/${encode(id)}/receipts`, { json: input }),
    /** A page of requests, newest first. */
    list: (query: RequestQuery = {}): Promise<RequestPage> => json("GET", "/v1/requests", { query }),
    /** Takes a request back, as long as no model has begun to serve it, and no restore from a backup has brought it back. */
    cancel: (id: string): Promise<RequestView> => json("DELETE", `/v1/requests/${encode(id)}`),
    /** Resolves when the request is completed, cancelled or failed. */
    wait: (id: string, options: WaitOptions = {}): Promise<RequestView> =>
      until(
        () => get(id),
        ({ state }) => state !== "accepted" && state !== "running",
        options,
      ),
  };
}

async function until<T>(
  read: () => Promise<T>,
  isOver: (found: T) => boolean,
  { everyMs = 1000, signal }: WaitOptions,
): Promise<T> {
  for (;;) {
    if (signal?.aborted) throw new ClientError("E_ABORTED", 0, "The wait was stopped; the work goes on.");
    const found = await read();
    if (isOver(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

const encode = encodeURIComponent;

function keyOf({ idempotencyKey }: SubmitOptions): Record<string, string> {
  return idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
}
