import { roundingKind } from "../accounting/index.js";
import { kernelBuild } from "../engine/index.js";
import type { FeatureMap } from "../records/feature-map.js";
import { batchCountOf } from "../records/training-plan.js";
import type { ReadModel } from "../store/read-model.js";
import { storageAt } from "../unlearner/sparse-storage.js";
import { figure } from "./output.js";
import { summaryOfWeights } from "./weights-text.js";

export type ModelSummary = Awaited<ReturnType<typeof summarizeModel>>;

/** The newest requests that a summary lists. */
const LISTED_REQUESTS = 20;

/** What a model is and has been through, as plain JSON. */
export async function summarizeModel(stored: ReadModel) {
  const { model, directory, weightsPath } = stored;
  const { plan, timeline, description, state } = model;
  const { process, noise } = plan;
  const ids: string[] = [];
  for await (const id of stored.certificateIds()) {
    ids.push(id);
    if (ids.length > LISTED_REQUESTS) ids.shift();
  }
  return {
    directory,
    weights: weightsPath,
    objective: plan.objective,
    rowsAtStart: process.rowCount,
    /** Corrected ones among them. */
    rowsJoined: timeline.lives?.joinedCount ?? 0,
    rowsNow: description.rowCount - timeline.deletedCount,
    subjectsNow: state.index.hasOwners ? state.index.countSubjects(state.forgotten) : null,
    features: description.featureCount,
    featureMap: plan.features ?? null,
    /** Numbers other than 0 that a row has room for; null where rows are held with all their numbers. */
    sparseCapacity: storageAt(model)?.capacity ?? null,
    labels: description.labelNames,
    schemaDigest: description.schemaDigest,
    requesters: plan.requesters,
    noise,
    limit: plan.limit,
    kernel: plan.kernel,
    rounding: roundingKind(plan.kernel),
    /** Of the kernel, as this machine runs it; none for the reference. */
    kernelBuild: plan.kernel === "reference" ? null : kernelBuild(),
    eta: process.eta,
    l2: process.strongConvexity,
    weighting: summaryOfWeights(model),
    contraction: process.contraction,
    radius: process.radius,
    batchSize: process.batchSize,
    stepsPerEpoch: batchCountOf(model),
    lessons: timeline.lives?.lessonCount ?? 0,
    epochs: plan.epochs,
    deletion: process.deletion,
    target: plan.target,
    steps: timeline.steps,
    requestCount: timeline.requestCount,
    newestCertificates: ids,
    disclosure: model.disclosure(),
    isCertifying: plan.seed === null,
    isTuned: plan.isTuned,
    tunedOn: plan.tunedOn ?? null,
  };
}

/** A line of a summary on a model's feature map; none where it has none. */
export function mapLine(map: FeatureMap | null): readonly (readonly [string, string])[] {
  if (map === null) return [];
  const { kind, count, bandwidth, isBandwidthFromData, seed } = map;
  const width =
    bandwidth === null
      ? ""
      : `, bandwidth ${figure(bandwidth)}${isBandwidthFromData ? " (read off rows)" : ""}`;
  return [["feature map", `${kind}, ${count}${width}, seed "${seed}"`]];
}

/** "logistic, offset = -2" */
export function describeObjective({ kind, ...parameters }: { readonly kind: string }): string {
  return [kind, ...Object.entries(parameters).map(([name, value]) => `${name} = ${value}`)].join(", ");
}
