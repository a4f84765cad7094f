import type { DataDescription, Envelope, Evaluation, FitOptions, Holds, Proof, Receipt } from "expunge";
import type { RowSource, Schema } from "expunge/data";
import type { DatasetState, RequestState, TaskState } from "../database/tables.js";
import type { LiveState, Meant, ModelView, ReleaseView } from "./model-views.js";

export type { Disclosure, LiveState, Meant, ModelView, ReleaseView } from "./model-views.js";

/*
 * What Expunge does for a tenant, whatever protocol asks for it. Every call names the tenant, and finds nothing of another's:
 * an id that is not the tenant's own is E_NOT_FOUND, as one that does not exist is.
 */

export interface DatasetView {
  readonly id: string;
  readonly name: string;
  readonly state: Exclude<DatasetState, "deleted">;
  /** null until all rows are there. */
  readonly description: DataDescription | null;
  readonly hasSubjects: boolean;
  readonly createdAt: Date;
}

export interface TaskView extends Meant {
  readonly modelId: string;
  readonly state: TaskState;
  readonly certificateId: string | null;
  readonly failure: string | null;
}

export interface RequestView {
  readonly id: string;
  readonly datasetId: string;
  readonly state: RequestState;
  /** Rows that it removes. */
  readonly rowCount: number;
  readonly tasks: readonly TaskView[];
  readonly failure: string | null;
  readonly receivedAt: Date;
  readonly dueAt: Date;
  readonly completedAt: Date | null;
  /** What a protocol in front of this one asked to keep with the request. */
  readonly envelope: unknown;
}

/** A request just taken in, with what only whoever asked may know. */
export interface AcceptedRequest {
  readonly request: RequestView;
  /** Whether it is an earlier one that came again under its idempotency key. */
  readonly isRepeated: boolean;
  /** Places of subjects that nobody knows, which were skipped. */
  readonly unknown: readonly number[];
  /** Salt under which the ledger's entry commits to what was asked (`commitToRequest`); null for one repeated after its data set was deleted. */
  readonly ledgerSalt: string | null;
}

/** What a subject of a request needs to find itself in the certificate of one model, and nobody else. */
export interface SubjectReceipt extends Receipt {
  readonly modelId: string;
}

export interface DeletionRequest {
  readonly datasetId: string;
  /** Ids as in the data's subject column, or row numbers from 0; one of the two. */
  readonly subjects?: readonly string[];
  readonly rows?: readonly number[];
  /** What to do about subjects that nobody knows: "skip" serves the others; default "refuse": nobody is served. */
  readonly unknown?: "refuse" | "skip";
  readonly idempotencyKey?: string;
  /** By when it must be done; default a month from now (GDPR Art. 12(3)). */
  readonly dueAt?: Date;
  readonly envelope?: unknown;
}

export interface CertificateView {
  readonly id: string;
  readonly holds: Holds;
  readonly meaning: string;
  readonly modelId: string;
  readonly envelope: Envelope;
  /** Place in the ledger. */
  readonly ledgerIndex: number | null;
  readonly createdAt: Date;
}

/** One way to serve a request in a model: more steps cost time and leave less noise. */
export interface TradeView {
  readonly steps: number;
  readonly gradientEvaluations: number;
  /** Expected duration of the steps, from a few of them; null where even those take too long to try. */
  readonly milliseconds: number | null;
  readonly noise: number;
  readonly epsilon: number;
  /** As `ReleaseView` scores releases; null without evaluation rows, against adaptive requesters, and where it takes too long to try. */
  readonly expectedScore: number | null;
  /** Whether the request will be served in this way. */
  readonly isChosen: boolean;
}

/** What a request would cost one model, and prove. */
export interface ModelPreview extends Meant, Proof {
  readonly modelId: string;
  /** Rows that it would remove from this model. */
  readonly rowCount: number;
  readonly steps: number;
  readonly gradientEvaluations: number;
  readonly milliseconds: number | null;
  readonly noise: number;
  readonly retrainSteps: number;
  readonly retrainGradientEvaluations: number;
  /** Of the model that is released now. */
  readonly score: number | null;
  readonly expectedScoreChange: number | null;
  /** By ascending steps; one where every step has noise, none where nothing would be removed. */
  readonly trades: readonly TradeView[];
}

/** What a request would cost each model; nothing has been done. */
export interface RequestPreview {
  readonly rowCount: number;
  /** Places of subjects that would be skipped. */
  readonly unknown: readonly number[];
  readonly models: readonly ModelPreview[];
}

/** What is going on, for somebody who watches. */
export interface Activity {
  /** How many are in each state. */
  readonly requests: Readonly<Record<RequestState, number>>;
  /** Not finished yet, oldest first; at most 50. */
  readonly open: readonly RequestView[];
  /** The last that were finished; at most 10. */
  readonly recent: readonly RequestView[];
  /** Newest first; at most 200. */
  readonly models: readonly {
    readonly id: string;
    readonly name: string;
    readonly state: LiveState;
    readonly progress: number | null;
    readonly steps: number;
  }[];
}

/** Features before scaling, without the intercept. */
export type RawRows = readonly (readonly number[])[];

/** A page of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Hand back as `after` for the next page; null at the end. */
  readonly next: string | null;
}

export interface PageOptions {
  readonly after?: string;
  /** 1 to 200, default 50. */
  readonly limit?: number;
}

/**
 * @throws ExpungeError E_NOT_FOUND for an id that is not the tenant's, E_CONFLICT for what the state does not allow, E_UNKNOWN_SUBJECT,
 *         E_OPTION, E_DATA, E_DATABASE
 */
export interface Service {
  /** Stores all rows of a source; nothing of it is there where that fails. */
  createDataset(
    tenantId: string,
    input: { readonly name: string; readonly source: RowSource; readonly schema: Schema | null },
  ): Promise<DatasetView>;
  getDataset(tenantId: string, id: string): Promise<DatasetView>;
  listDatasets(tenantId: string, options?: PageOptions): Promise<Page<DatasetView>>;
  /** Erases rows and owners. @throws ExpungeError E_CONFLICT while a model is trained on them */
  deleteDataset(tenantId: string, id: string): Promise<void>;

  /** Makes a model and a job that trains it. */
  createModel(
    tenantId: string,
    input: {
      readonly name: string;
      readonly datasetId: string;
      /** Rows of the same schema that every release is scored on. */
      readonly evaluationDatasetId?: string;
      readonly options: FitOptions;
    },
  ): Promise<ModelView>;
  getModel(tenantId: string, id: string): Promise<ModelView>;
  listModels(tenantId: string, options?: PageOptions): Promise<Page<ModelView>>;
  listReleases(tenantId: string, modelId: string, options?: PageOptions): Promise<Page<ReleaseView>>;
  /** Every measure of a release on the evaluation rows; null without them. @throws ExpungeError E_NOT_FOUND */
  releaseEvaluation(tenantId: string, modelId: string, version: number): Promise<Evaluation | null>;
  /** Erases weights and rows; what requests still ask of the model is thereby done. Certificates stay. */
  deleteModel(tenantId: string, id: string): Promise<void>;
  /** Labels, and probabilities where the objective has them, of raw rows (scaled as the training data were). */
  predict(
    tenantId: string,
    modelId: string,
    rows: RawRows,
  ): Promise<{ readonly labels: readonly number[]; readonly probabilities: readonly number[] | null }>;
  /** How well the model in force predicts labelled raw rows; labels are -1/+1, class numbers, or values. @throws ExpungeError E_DATA */
  evaluate(tenantId: string, modelId: string, rows: RawRows, labels: readonly number[]): Promise<Evaluation>;
  /** The weights in force, as a safetensors file. */
  weights(tenantId: string, modelId: string): Promise<Uint8Array>;

  preview(tenantId: string, request: DeletionRequest): Promise<RequestPreview>;
  /** Takes a request in: once this resolves it will be carried out, whatever crashes. */
  submit(tenantId: string, request: DeletionRequest): Promise<AcceptedRequest>;
  getRequest(tenantId: string, id: string): Promise<RequestView>;
  listRequests(
    tenantId: string,
    options?: PageOptions & { readonly state?: RequestState },
  ): Promise<Page<RequestView>>;
  /** Takes a request back that has not been started. @throws ExpungeError E_CONFLICT where it has */
  cancel(tenantId: string, id: string): Promise<RequestView>;
  /** Takes several back, or none. @throws as `cancel` */
  cancelAll(tenantId: string, ids: readonly string[]): Promise<void>;

  /**
   * Receipts of some of a request's subjects, by id, in the order asked: one for each model whose certificate names the subject so far.
   *
   * @throws ExpungeError E_UNKNOWN_SUBJECT naming the place of one that the request does not name, E_CONFLICT where the data set is deleted:
   *         its secret went with it
   */
  receipts(
    tenantId: string,
    requestId: string,
    subjects: readonly string[],
  ): Promise<readonly (readonly SubjectReceipt[])[]>;

  activity(tenantId: string): Promise<Activity>;

  getCertificate(tenantId: string, id: string): Promise<CertificateView>;
  listCertificates(
    tenantId: string,
    options?: PageOptions & { readonly modelId?: string },
  ): Promise<Page<CertificateView>>;
}
