import { and, desc, eq, lt } from "drizzle-orm";
import { type Evaluation, ExpungeError, weightsFile } from "expunge";
import { Turns } from "../child/turns.js";
import { evaluateRows, type Predictions, predictRows } from "../child/use-model.js";
import { waitingBriefly } from "../database/brief-waits.js";
import { allOf, ofTenant } from "../database/conditions.js";
import { notFound, requireId } from "../database/ids.js";
import type { Database } from "../database/open-database.js";
import { afterCursor, beforeVersion, limitOf, pageOf } from "../database/paging.js";
import type { Queue } from "../database/queue.js";
import { certificates, datasets, lessons, models, releases, requests } from "../database/tables.js";
import { addRows } from "../datasets/add-rows.js";
import { datasetViews } from "../datasets/dataset-views.js";
import { deleteDataset } from "../datasets/delete-dataset.js";
import { storeDataset } from "../datasets/store-dataset.js";
import { certificateView } from "../models/certificate-views.js";
import { deleteModel } from "../models/delete-model.js";
import { requireAlike } from "../models/evaluate-release.js";
import { askForLesson, requireSchedule, setSchedule } from "../models/lessons.js";
import { MODEL_COLUMNS, modelViews, RELEASE_COLUMNS, releaseView } from "../models/model-views.js";
import { planFor, planModel } from "../models/plan-model.js";
import { previewLesson } from "../models/preview-lesson.js";
import { previewRequest } from "../models/preview-request.js";
import { requireForgettable } from "../models/require-forgettable.js";
import { storeModel } from "../models/store-model.js";
import { requireProcess } from "../models/stored-process.js";
import { evaluateAside, isQuick, predictAside } from "../models/use-aside.js";
import { requireMayLearn } from "../requests/adaptive-models.js";
import { cancelRequests } from "../requests/cancel-requests.js";
import { receiptsOf } from "../requests/receipts.js";
import { requestViews } from "../requests/request-views.js";
import { beginsWith } from "../requests/search-requests.js";
import { readAcceptable, submitCorrection } from "../requests/submit-correction.js";
import { createSubmitter } from "../requests/submitter.js";
import { readActivity } from "./read-activity.js";
import type { RequestView, Service } from "./service.js";

/** Calls that change what a worker may hold: of one tenant one at a time, and fewer in all than there are connections. */
const CHANGES_AT_ONCE = 4;
/** Deletions take as long as what they delete has rows: a tenant's other changes do not wait for them. */
const DELETIONS_AT_ONCE = 2;
const MOST_CHANGES = 256;

/** The service on a database and its queue; the work itself is done by workers (worker.ts). */
export function createService(database: Database, queue: Queue): Service {
  const { queries } = database;
  const submitter = createSubmitter(database, queue);
  // A preview of a lesson reads all that the lesson does, a plan all rows of some data sets.
  const previewTurns = new Turns({ most: 1, mostWaiting: 16 });
  // What waits for others' locks has a connection meanwhile: others' calls find some that are free.
  const brief = waitingBriefly(database);
  const changeTurns = new Turns({ most: CHANGES_AT_ONCE, mostWaiting: MOST_CHANGES });
  const deletionTurns = new Turns({ most: DELETIONS_AT_ONCE, mostWaiting: MOST_CHANGES });

  async function readRequest(tenantId: string, id: string): Promise<RequestView> {
    const own = and(eq(requests.id, requireId(id, "request")), eq(requests.tenantId, tenantId));
    const [view] = await requestViews(queries, await queries.select().from(requests).where(own));
    if (!view) throw notFound("request");
    return view;
  }

  return {
    async createDataset(tenantId, input) {
      return this.getDataset(tenantId, await storeDataset(database, tenantId, input));
    },
    async getDataset(tenantId, id) {
      const own = and(eq(datasets.id, requireId(id, "data set")), ofTenant(datasets, tenantId));
      const [view] = await datasetViews(queries, await queries.select().from(datasets).where(own));
      if (!view) throw notFound("data set");
      return view;
    },
    async listDatasets(tenantId, options = {}) {
      const limit = limitOf(options);
      const found = await queries
        .select()
        .from(datasets)
        .where(allOf(ofTenant(datasets, tenantId), afterCursor(options, datasets.createdAt, datasets.id)))
        .orderBy(desc(datasets.createdAt), desc(datasets.id))
        .limit(limit + 1);
      const views = await datasetViews(queries, found);
      return pageOf(found, views, limit, ({ createdAt, id }) => ({ time: createdAt, id }));
    },
    async datasetSchema(tenantId, id, isRepeated = false) {
      const isTheirs = isRepeated ? eq(datasets.tenantId, tenantId) : ofTenant(datasets, tenantId);
      const own = and(eq(datasets.id, requireId(id, "data set")), isTheirs);
      const [found] = await queries.select({ schema: datasets.schema }).from(datasets).where(own);
      if (!found) throw notFound("data set");
      if (found.schema) return found.schema;
      throw new ExpungeError("E_CONFLICT", "The data set was made without a schema.");
    },
    addRows: (tenantId, id, input) => addRows(brief, tenantId, id, input),
    deleteDataset: (tenantId, id, signal) =>
      deletionTurns.within(tenantId, signal, () => deleteDataset(brief, tenantId, id)),

    async createModel(tenantId, { name, datasetId, evaluationDatasetId, options, schedule }, signal) {
      if (schedule) {
        requireSchedule(schedule);
        requireMayLearn({ options });
      }
      const dataset = await this.getDataset(tenantId, datasetId);
      if (!dataset.description)
        throw new ExpungeError("E_CONFLICT", `The data set is ${dataset.state}, not ready.`);
      if (evaluationDatasetId !== undefined) {
        const { description } = await this.getDataset(tenantId, evaluationDatasetId);
        if (!description || evaluationDatasetId === datasetId)
          throw new ExpungeError(
            "E_OPTION",
            "Expected evaluationDatasetId to be another data set, and ready.",
          );
        requireAlike(dataset.description, description);
      }
      // Everything that can be said before any row is read is said now.
      const plan = await previewTurns.within(tenantId, signal, (pass) =>
        planFor(database, tenantId, dataset, options, pass),
      );
      requireForgettable(plan);
      const id = await changeTurns.within(tenantId, signal, () =>
        storeModel(brief, queue, tenantId, { name, datasetId, evaluationDatasetId, options, schedule }),
      );
      return this.getModel(tenantId, id);
    },
    async planModel(tenantId, { datasetId, options }, signal) {
      const dataset = await this.getDataset(tenantId, datasetId);
      return previewTurns.within(tenantId, signal, (pass) =>
        planModel(database, tenantId, dataset, options, pass),
      );
    },
    async getModel(tenantId, id) {
      const own = and(eq(models.id, requireId(id, "model")), ofTenant(models, tenantId));
      const found = await queries.select(MODEL_COLUMNS).from(models).where(own);
      const [model] = await modelViews(queries, found);
      if (!model) throw notFound("model");
      return model;
    },
    async listModels(tenantId, options = {}) {
      const limit = limitOf(options);
      const found = await queries
        .select(MODEL_COLUMNS)
        .from(models)
        .where(allOf(ofTenant(models, tenantId), afterCursor(options, models.createdAt, models.id)))
        .orderBy(desc(models.createdAt), desc(models.id))
        .limit(limit + 1);
      const views = await modelViews(queries, found);
      return pageOf(found, views, limit, ({ createdAt, id }) => ({ time: createdAt, id }));
    },
    async listReleases(tenantId, modelId, options = {}) {
      const { plan, timeline } = await this.getModel(tenantId, modelId);
      const limit = limitOf(options);
      const before = beforeVersion(options);
      if (plan === null) return { items: [], next: null };
      const found = await queries
        .select(RELEASE_COLUMNS)
        .from(releases)
        .where(and(eq(releases.modelId, modelId), before === null ? undefined : lt(releases.version, before)))
        .orderBy(desc(releases.version))
        .limit(limit + 1);
      const items = found
        .slice(0, limit)
        .map((release) => releaseView(release, plan, timeline?.lives?.phases));
      const last = items.at(-1);
      return { items, next: last && found.length > limit ? String(last.version) : null };
    },
    async releaseEvaluation(tenantId, modelId, version) {
      await this.getModel(tenantId, modelId);
      const [found] = await queries
        .select({ evaluation: releases.evaluation })
        .from(releases)
        .where(and(eq(releases.modelId, modelId), eq(releases.version, version)));
      if (!found) throw notFound("release");
      return found.evaluation;
    },
    async learn(tenantId, modelId, options = {}, signal) {
      const asked = { tenantId, modelId: requireId(modelId, "model") };
      return changeTurns.within(tenantId, signal, () => askForLesson(brief, queue, asked, options));
    },
    async previewLesson(tenantId, modelId, options = {}, signal) {
      return previewTurns.within(tenantId, signal, async () =>
        previewLesson(database, tenantId, await this.getModel(tenantId, modelId), options),
      );
    },
    async getLesson(tenantId, modelId, id) {
      await this.getModel(tenantId, modelId);
      const isIt = and(eq(lessons.id, requireId(id, "lesson")), eq(lessons.modelId, modelId));
      const [found] = await queries.select().from(lessons).where(isIt);
      if (!found) throw notFound("lesson");
      return found;
    },
    async listLessons(tenantId, modelId, options = {}) {
      await this.getModel(tenantId, modelId);
      const limit = limitOf(options);
      const found = await queries
        .select()
        .from(lessons)
        .where(allOf(eq(lessons.modelId, modelId), afterCursor(options, lessons.askedAt, lessons.id)))
        .orderBy(desc(lessons.askedAt), desc(lessons.id))
        .limit(limit + 1);
      return pageOf(found, found, limit, ({ askedAt, id }) => ({ time: askedAt, id }));
    },
    async setSchedule(tenantId, modelId, schedule) {
      const asked = { tenantId, modelId: requireId(modelId, "model") };
      await changeTurns.within(tenantId, undefined, () =>
        brief.transaction((transaction) => setSchedule(transaction, asked, schedule)),
      );
      return this.getModel(tenantId, modelId);
    },
    deleteModel: (tenantId, id, signal) =>
      deletionTurns.within(tenantId, signal, () => deleteModel(brief, tenantId, id)),
    async predict(tenantId, modelId, rows) {
      const process = await requireProcess(queries, tenantId, requireId(modelId, "model"));
      if (isQuick(process, rows.length)) return predictRows(process, rows);
      return JSON.parse(await predictAside(process, jsonBytes({ rows }))) as Predictions;
    },
    async predictBody(tenantId, modelId, body) {
      return predictAside(await requireProcess(queries, tenantId, requireId(modelId, "model")), body);
    },
    async evaluate(tenantId, modelId, rows, labels) {
      const process = await requireProcess(queries, tenantId, requireId(modelId, "model"));
      if (isQuick(process, rows.length)) return evaluateRows(process, rows, labels);
      return JSON.parse(await evaluateAside(process, jsonBytes({ rows, labels }))) as Evaluation;
    },
    async evaluateBody(tenantId, modelId, body) {
      return evaluateAside(await requireProcess(queries, tenantId, requireId(modelId, "model")), body);
    },
    async weights(tenantId, modelId) {
      return weightsFile(await requireProcess(queries, tenantId, requireId(modelId, "model")));
    },

    preview: (tenantId, request, signal) =>
      previewTurns.within(tenantId, signal, () => previewRequest(database, tenantId, request)),
    correct: (tenantId, correction) => submitCorrection(brief, queue, tenantId, correction),
    async previewCorrection(tenantId, correction, signal) {
      const request = await readAcceptable(database, tenantId, correction);
      return previewTurns.within(tenantId, signal, () =>
        previewRequest(database, tenantId, request, "correction"),
      );
    },
    submit: (tenantId, request, signal) => submitter.submit(tenantId, request, signal),
    getRequest: readRequest,
    async listRequests(tenantId, options = {}) {
      const limit = limitOf(options);
      const inState = options.state === undefined ? undefined : eq(requests.state, options.state);
      const sought = options.search === undefined ? undefined : beginsWith(options.search);
      const after = afterCursor(options, requests.receivedAt, requests.id);
      const found = await queries
        .select()
        .from(requests)
        .where(allOf(eq(requests.tenantId, tenantId), inState, sought, after))
        .orderBy(desc(requests.receivedAt), desc(requests.id))
        .limit(limit + 1);
      const views = await requestViews(queries, found);
      return pageOf(found, views, limit, ({ receivedAt, id }) => ({ time: receivedAt, id }));
    },
    async cancel(tenantId, id, signal) {
      const request = await readRequest(tenantId, id);
      await changeTurns.within(tenantId, signal, () =>
        brief.transaction((transaction) => cancelRequests(transaction, tenantId, [request.id]), "large"),
      );
      return readRequest(tenantId, id);
    },
    cancelAll: (tenantId, ids, signal) =>
      changeTurns.within(tenantId, signal, () =>
        brief.transaction((transaction) => cancelRequests(transaction, tenantId, ids), "large"),
      ),

    async receipts(tenantId, requestId, subjects) {
      const { id, datasetId } = await readRequest(tenantId, requestId);
      return receiptsOf(queries, { requestId: id, datasetId, subjects });
    },

    activity: (tenantId) => readActivity(queries, tenantId),

    async getCertificate(tenantId, id) {
      const own = and(eq(certificates.id, requireId(id, "certificate")), eq(certificates.tenantId, tenantId));
      const [found] = await queries.select().from(certificates).where(own);
      if (!found) throw notFound("certificate");
      return certificateView(found);
    },
    async listCertificates(tenantId, options = {}) {
      const limit = limitOf(options);
      const ofModel =
        options.modelId === undefined
          ? undefined
          : eq(certificates.modelId, requireId(options.modelId, "model"));
      const after = afterCursor(options, certificates.createdAt, certificates.id);
      const found = await queries
        .select()
        .from(certificates)
        .where(allOf(eq(certificates.tenantId, tenantId), ofModel, after))
        .orderBy(desc(certificates.createdAt), desc(certificates.id))
        .limit(limit + 1);
      return pageOf(found, found.map(certificateView), limit, ({ createdAt, id }) => ({
        time: createdAt,
        id,
      }));
    },
  };
}

const jsonBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
