import type { Claim } from "../accounting/unlearning.js";
import type { RowSource } from "../data/row-source.js";
import type { Schema } from "../data/schema.js";
import type { DatasetState, ModelStateName, RequestState, TaskState } from "../database/tables.js";
import type { Envelope } from "../records/certificate.js";
import type { ModelTimeline, TrainingPlan } from "../records/training-plan.js";
import type { DataDescription } from "../unlearner/model-state.js";
import type { FitOptions } from "../unlearner/options.js";

/*
 * What Expunge does for a tenant, whatever protocol asks for it. Every call names the tenant, and finds nothing of another's:
 * an id that is not the tenant's own is E_NOT_FOUND, as one that does not exist is.
 */

/** What is deleted is not shown. */
export type LiveState = Exclude<ModelStateName, "deleted">;

export interface DatasetView {
  readonly id: string;
  readonly name: string;
  readonly state: Exclude<DatasetState, "deleted">;
  /** null until all rows are there. */
  readonly description: DataDescription | null;
  readonly hasSubjects: boolean;
  readonly createdAt: Date;
}

export interface ModelView {
  readonly id: string;
  readonly name: string;
  readonly datasetId: string;
  /** Rows that every release is scored on; null for none. */
  readonly evaluationDatasetId: string | null;
  readonly state: LiveState;
  /** Share of the training that is done; null where none is under way. */
  readonly progress: number | null;
  /** null until it is trained. */
  readonly plan: TrainingPlan | null;
  readonly timeline: ModelTimeline | null;
  /** Differential privacy of the model that is released now, for any record still in use; null until it is trained. */
  readonly privacy: Claim | null;
  /** Of everything released so far together, for any one person (as many records as the plan's budget says, else one). */
  readonly privacyOfAll: Claim | null;
  readonly failure: string | null;
  readonly createdAt: Date;
}

/** A state of a model that left the service: after its training, or after a lot of requests. */
export interface ReleaseView {
  readonly version: number;
  /** Of the whole timeline so far. */
  readonly steps: number;
  /** Of this lot, and of a retraining in its place. */
  readonly unlearnSteps: number;
  readonly retrainSteps: number;
  readonly gradientEvaluations: number;
  readonly retrainGradientEvaluations: number;
  readonly requestCount: number;
  readonly certificateId: string | null;
  readonly accuracy: number | null;
  readonly rootMeanSquaredError: number | null;
  /** Differential privacy of this release alone, for any record in it. */
  readonly privacy: Claim;
  readonly releasedAt: Date;
}

export interface TaskView {
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
  readonly chosen: "independently" | "adaptively";
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
  /**
   * Salt under which certificates name its subjects, so that whoever asked can check that theirs is meant; null for rows. Both salts are null
   * for a request that is repeated after its data set was deleted.
   */
  readonly salt: string | null;
  /** Salt under which the ledger's entry commits to what was asked (`commitToRequest`). */
  readonly ledgerSalt: string | null;
}

export interface DeletionRequest {
  readonly datasetId: string;
  /** Ids as in the data's subject column, or row numbers from 0; one of the two. */
  readonly subjects?: readonly string[];
  readonly rows?: readonly number[];
  /** Default "adaptively": whoever asks may have seen a model of this data set first. */
  readonly chosen?: "independently" | "adaptively";
  readonly idempotencyKey?: string;
  /** By when it must be done; default a month from now (GDPR Art. 12(3)). */
  readonly dueAt?: Date;
  readonly envelope?: unknown;
}

export interface CertificateView {
  readonly id: string;
  readonly modelId: string;
  readonly envelope: Envelope;
  /** Place in the ledger. */
  readonly ledgerIndex: number | null;
  readonly createdAt: Date;
}

/** What a request would cost each model; nothing has been done. */
export interface RequestPreview {
  readonly rowCount: number;
  readonly models: readonly {
    readonly modelId: string;
    readonly steps: number;
    readonly gradientEvaluations: number;
    readonly retrainSteps: number;
    readonly claim: Claim;
    /** What holds where whoever asks may have seen a release: over all of them, for these rows, and for anybody. */
    readonly joint: Claim;
    readonly transcript: Claim;
  }[];
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
  /** All releases of a model, oldest first. */
  listReleases(tenantId: string, modelId: string): Promise<readonly ReleaseView[]>;
  /** Erases weights and rows; what requests still ask of the model is thereby done. Certificates stay. */
  deleteModel(tenantId: string, id: string): Promise<void>;
  /** Labels, and probabilities where the objective has them, of raw rows (scaled as the training data were). */
  predict(
    tenantId: string,
    modelId: string,
    rows: readonly (readonly number[])[],
  ): Promise<{ readonly labels: readonly number[]; readonly probabilities: readonly number[] | null }>;
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

  activity(tenantId: string): Promise<Activity>;

  getCertificate(tenantId: string, id: string): Promise<CertificateView>;
  listCertificates(
    tenantId: string,
    options?: PageOptions & { readonly modelId?: string },
  ): Promise<Page<CertificateView>>;
}
