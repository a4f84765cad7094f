/**
 * For keepers of durable state, such as a database: a process as plain values (`ModelState`), to be begun, taken up where it was left, moved on by
 * one request and committed by whoever keeps it. Nothing here remembers anything: what is not stored has not happened, and whoever stores two
 * continuations of one state breaks what their certificates say. Models in memory and in directories need none of this.
 *
 * @module expunge/process
 */
export { newCertificateId } from "./certificate/make.js";
export { type SubjectTree, subjectTree } from "./certificate/subject-tree.js";
export { unverifiedStatement } from "./certificate/unverified.js";
export { HOLDS_STATEMENTS } from "./certificate/wording.js";
export { countLabels } from "./data/count-labels.js";
export { type Place, placeText } from "./data/data-error.js";
export { ERROR_SUMMARIES, throwIfAborted } from "./errors.js";
export { bandwidthOf, mapDataset, mappedSource, rowsLookedAt } from "./features/index.js";
export { given } from "./given.js";
export { ledgerError } from "./ledger/ledger-error.js";
export { TILE_HEIGHT } from "./ledger/tiles.js";
export { areSameBytes } from "./merkle/merkle-tree.js";
export { randomBytes, sha256Hex } from "./records/bytes.js";
export { canonicalJson } from "./records/canonical-json.js";
export {
  expandRows,
  joinSparse,
  mostEntries,
  selectSparse,
  sliceSparse,
  sparseOfPairs,
} from "./records/sparse-rows.js";
export { formSubject, type SubjectForm } from "./records/subject-form.js";
export { batchCountOf, processAfter, type Standing, slotCountOf } from "./records/training-plan.js";
export type { OpenFile, RangeFile } from "./row-files/block-file.js";
export { syncDirectory } from "./row-files/erase-file.js";
export type { RowFileOptions, RowFileProgress, WrittenRows } from "./row-files/options.js";
export type { RowFiles, RowFilesShape } from "./row-files/row-files.js";
export { openNameless, type PositionedFile, SealedFile } from "./row-files/sealed-file.js";
export { type SortedRows, sortRows } from "./row-files/write-row-files.js";
export { type DirectoryLock, lockDirectory } from "./store/directory-lock.js";
export { writeWhole } from "./store/durable-files.js";
export { type ProcessRecord, readProcessRecord } from "./store/process-record.js";
export { holdsOf } from "./unlearner/asked.js";
export type { Weighable } from "./unlearner/class-weights.js";
export { disclosureWithTails, requireLimitForAll } from "./unlearner/disclosure-limit.js";
export type { Mappable } from "./unlearner/feature-options.js";
export { drawOrder, type Prepared, type TrainRun, train } from "./unlearner/fit.js";
export type { Forgotten, ForgottenEntries } from "./unlearner/forgotten.js";
export { type Room, roomFor, roomIn, type TakenSlots, takeSlots } from "./unlearner/free-slots.js";
export {
  type Answers,
  isPoor,
  type Judgement,
  judge,
  type PoorCode,
} from "./unlearner/judge.js";
export { type LabelNames, labelsFor, type NamedLabels, strangersAmong } from "./unlearner/known-labels.js";
export {
  type LearnedSlots,
  type LearnOptions,
  learnSlots,
  planLesson,
  type SlotLesson,
} from "./unlearner/learn-slots.js";
export { descriptionOf, type ModelState } from "./unlearner/model-state.js";
export { requireKnownFitOptions } from "./unlearner/option-checks.js";
export type { Planned } from "./unlearner/options.js";
export type { RowForm } from "./unlearner/pack-rows.js";
export {
  inputCountOf,
  labelsFrom,
  modelOutputs,
  namesOf,
  type PredictionRows,
  type PredictionState,
  probabilitiesFrom,
} from "./unlearner/predict.js";
export { type Way, waysOf } from "./unlearner/preview.js";
export {
  createStreamingPlanKernel,
  type ProcessKernel,
  planRowWidth,
  rowWidthAt,
  widerSource,
} from "./unlearner/process-kernel.js";
export {
  type Asked,
  costOf,
  type RemovedLives,
  type RequestCost,
  type SlotNumbers,
} from "./unlearner/request-cost.js";
export { rowsToJoin, type StoredRows } from "./unlearner/rows-to-join.js";
export { type ReleaseSteps, runRelease } from "./unlearner/run-release.js";
export type { StepsReached, WatchedRun } from "./unlearner/run-steps.js";
export { longestOf, type Stored, storageAt, withCapacityFor } from "./unlearner/sparse-storage.js";
export { SubjectIndex } from "./unlearner/subject-index.js";
export { trainedTimeline } from "./unlearner/timeline.js";
export {
  contentsAt,
  type RunningProcess,
  type SlotContents,
  type SlotRecords,
  type SlotRemoval,
  type UnlearnDetails,
  type Unlearned,
  unlearnSlots,
} from "./unlearner/unlearn-slots.js";
