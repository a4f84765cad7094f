import type { Evaluation, FitOptions } from "expunge";
import type { Schema as RowSchema, RowSource } from "expunge/data";
import type { Predictions } from "../child/use-model.js";
import type { Page, PageOptions } from "../database/paging.js";
import type { LessonLength, RequestState, Schedule } from "../database/tables.js";
import type { Addition } from "../datasets/add-rows.js";
import type { DatasetView } from "../datasets/dataset-views.js";
import type { CertificateView } from "../models/certificate-views.js";
import type { LessonView } from "../models/lessons.js";
import type { ModelView, ReleaseView } from "../models/model-views.js";
import type { ModelPlan } from "../models/plan-model.js";
import type { LessonPreview } from "../models/preview-lesson.js";
import type { RequestPreview } from "../models/preview-request.js";
import type { DeletionRequest } from "../requests/deletion-request.js";
import type { SubjectReceipt } from "../requests/receipts.js";
import type { AcceptedRequest, RequestView } from "../requests/request-views.js";
import type { CorrectionRequest } from "../requests/submit-correction.js";
import type { Activity } from "./read-activity.js";

export type { Page, PageOptions } from "../database/paging.js";
export type { LessonLength, Schedule } from "../database/tables.js";
export type { Addition } from "../datasets/add-rows.js";
export type { DatasetView } from "../datasets/dataset-views.js";
export type { CertificateView } from "../models/certificate-views.js";
export type { LessonView } from "../models/lessons.js";
export type { ModelView, ReleaseView } from "../models/model-views.js";
export type { ModelPlan } from "../models/plan-model.js";
export type { LessonPreview } from "../models/preview-lesson.js";
export type { ModelPreview, RequestPreview } from "../models/preview-request.js";
export type { DeletionRequest } from "../requests/deletion-request.js";
export type { SubjectReceipt } from "../requests/receipts.js";
export type { AcceptedRequest, RequestView } from "../requests/request-views.js";
export type { CorrectionRequest } from "../requests/submit-correction.js";
export type { WatchedRequest } from "../requests/watched-requests.js";
export type { Activity } from "./read-activity.js";

/*
 * What Expunge does for a tenant, whatever protocol asks for it. Every call names the tenant, and finds nothing of another's:
 * an id that is not the tenant's own is E_NOT_FOUND, as one that does not exist is.
 */

/** Features before scaling, without the intercept. */
export type RawRows = readonly (readonly number[])[];

/**
 * Of calls that change or plan something one of a tenant runs at a time. A signal says that nobody waits any more: what waits for its turn is let go.
 *
 * @throws ExpungeError E_NOT_FOUND for an id that is not the tenant's, E_CONFLICT for what the state does not allow, E_UNKNOWN_SUBJECT,
 *         E_OPTION, E_DATA, E_DATABASE; E_LOCKED where what is to be changed is held for longer than five seconds, or too many calls wait
 */
export interface Service {
  /** Stores all rows of a source; nothing of it is there where that fails. */
  createDataset(
    tenantId: string,
    input: { readonly name: string; readonly source: RowSource; readonly schema: RowSchema | null },
  ): Promise<DatasetView>;
  getDataset(tenantId: string, id: string): Promise<DatasetView>;
  listDatasets(tenantId: string, options?: PageOptions): Promise<Page<DatasetView>>;
  /**
   * What rows of a data set are read by.
   *
   * @param isRepeated of one that is deleted too, for calls that may have been made before
   * @throws ExpungeError E_NOT_FOUND; E_CONFLICT where it was made without one
   */
  datasetSchema(tenantId: string, id: string, isRepeated?: boolean): Promise<RowSchema>;
  /** Adds rows to a data set: once this resolves they are durable, and wait for the next lesson of its models. @throws ExpungeError E_QUOTA */
  addRows(
    tenantId: string,
    id: string,
    input: { readonly source: RowSource; readonly idempotencyKey?: string },
  ): Promise<Addition>;
  /** Erases rows and owners. @throws ExpungeError E_CONFLICT while a model is trained on them */
  deleteDataset(tenantId: string, id: string, signal?: AbortSignal): Promise<void>;

  /** Makes a model and a job that trains it. */
  createModel(
    tenantId: string,
    input: {
      readonly name: string;
      readonly datasetId: string;
      /** Rows of the same schema that every release is scored on. */
      readonly evaluationDatasetId?: string;
      readonly options: FitOptions;
      /** When it learns by itself what comes to its data set. */
      readonly schedule?: Schedule;
    },
    signal?: AbortSignal,
  ): Promise<ModelView>;
  /** What such a model would be, and what its first request would cost; nothing is trained. */
  planModel(
    tenantId: string,
    input: { readonly datasetId: string; readonly options: FitOptions },
    signal?: AbortSignal,
  ): Promise<ModelPlan>;
  getModel(tenantId: string, id: string): Promise<ModelView>;
  listModels(tenantId: string, options?: PageOptions): Promise<Page<ModelView>>;
  listReleases(tenantId: string, modelId: string, options?: PageOptions): Promise<Page<ReleaseView>>;
  /** Every measure of a release on the evaluation rows; null without them. @throws ExpungeError E_NOT_FOUND */
  releaseEvaluation(tenantId: string, modelId: string, version: number): Promise<Evaluation | null>;
  /** Has a model learn the rows that wait for it; one lesson at most waits for each. @throws ExpungeError E_CONFLICT where no rows wait, E_OPTION for a model for adaptive requesters */
  learn(tenantId: string, modelId: string, options?: LessonLength, signal?: AbortSignal): Promise<LessonView>;
  /**
   * What a lesson would take, and which rows it would leave; nothing is changed. One is worked out at a time, tenants by turns.
   *
   * @param signal that nobody waits any more
   * @throws ExpungeError as `learn`, but where no rows wait; E_LOCKED where too many wait for previews
   */
  previewLesson(
    tenantId: string,
    modelId: string,
    options?: LessonLength,
    signal?: AbortSignal,
  ): Promise<LessonPreview>;
  getLesson(tenantId: string, modelId: string, id: string): Promise<LessonView>;
  listLessons(tenantId: string, modelId: string, options?: PageOptions): Promise<Page<LessonView>>;
  /** Sets when a model learns by itself; null: it does not. @throws ExpungeError E_OPTION for a model for adaptive requesters */
  setSchedule(tenantId: string, modelId: string, schedule: Schedule | null): Promise<ModelView>;
  /** Erases weights and rows; what requests still ask of the model is thereby done. Certificates stay. */
  deleteModel(tenantId: string, id: string, signal?: AbortSignal): Promise<void>;
  /** Labels, their names but for regression, and probabilities where the objective has them, of raw rows (scaled as the training data were). */
  predict(tenantId: string, modelId: string, rows: RawRows): Promise<Predictions>;
  /** The same of rows in JSON, however many, and as JSON: computed by another process. @throws BodyError; ExpungeError E_OPTION beyond its limits */
  predictBody(tenantId: string, modelId: string, body: Uint8Array): Promise<string>;
  /** How well the model in force predicts labelled raw rows; labels are -1/+1, class numbers, or values. @throws ExpungeError E_DATA */
  evaluate(tenantId: string, modelId: string, rows: RawRows, labels: readonly number[]): Promise<Evaluation>;
  /** The same of rows and labels in JSON, as `predictBody`. */
  evaluateBody(tenantId: string, modelId: string, body: Uint8Array): Promise<string>;
  /** The weights in force, as a safetensors file. */
  weights(tenantId: string, modelId: string): Promise<Uint8Array>;

  /** What a request would cost each model; nothing is changed. One is worked out at a time, as of lessons. */
  preview(tenantId: string, request: DeletionRequest, signal?: AbortSignal): Promise<RequestPreview>;
  /**
   * Takes a request in: once this resolves it will be carried out, whatever crashes.
   *
   * @param signal lets go of a request that waits for its turn: nothing was accepted then
   */
  submit(tenantId: string, request: DeletionRequest, signal?: AbortSignal): Promise<AcceptedRequest>;
  /** Takes a correction in, as a request: once this resolves it will be carried out, whatever crashes. @throws ExpungeError as `submitCorrection` */
  correct(tenantId: string, correction: CorrectionRequest): Promise<AcceptedRequest>;
  previewCorrection(
    tenantId: string,
    correction: CorrectionRequest,
    signal?: AbortSignal,
  ): Promise<RequestPreview>;
  getRequest(tenantId: string, id: string): Promise<RequestView>;
  listRequests(
    tenantId: string,
    options?: PageOptions & {
      readonly state?: RequestState;
      /** How its reference or its id begins. */
      readonly search?: string;
    },
  ): Promise<Page<RequestView>>;
  /** Takes a request back that has not been started. @throws ExpungeError E_CONFLICT where it has */
  cancel(tenantId: string, id: string, signal?: AbortSignal): Promise<RequestView>;
  /** Takes several back, or none. @throws as `cancel` */
  cancelAll(tenantId: string, ids: readonly string[], signal?: AbortSignal): Promise<void>;

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
