import { type TrialMaterial, Trials } from "expunge";
import { auditSamples, knownDirection } from "expunge/audit";
import { lastOf, planeOf, type Stages } from "./audit.js";
import type { CloudPoint, Clouds, Tasks } from "./messages.js";
import { datasetOf, fitOptions, trained } from "./model.js";

/** Models of each kind. */
const MODELS = 500;
/** Lines beside the unlearned one. */
const FAN = 30;

/** Models from the beginning without rows, as the certificate compares with them: in the batches of the model itself, after as many steps, with as much noise. */
export async function fan({ rows }: Tasks["fan"]["ask"]): Promise<readonly Float64Array[]> {
  const process = new Trials(materialOf(trained()));
  const forget = rows.map((row) => ({ rows: [row] }));
  const served = await process.run({ trials: 1, workers: 0, forget });
  return lastOf(await process.run({ trials: FAN, workers: 0, without: { rows }, like: served })).weights;
}

/** The first model's rows in its own batch order. Trials of a data set alone would draw another. */
function materialOf({ data, start }: ReturnType<typeof trained>): TrialMaterial {
  const { features, labels, featureCount, rowCount } = datasetOf(data);
  const { batchCount, batchSize } = start.plan.process;
  const slotCount = batchCount * batchSize;
  const packed = new Float32Array(slotCount * featureCount);
  const packedLabels = new Float32Array(slotCount);
  for (let row = 0; row < rowCount; row++) {
    const slot = start.slotOfRow[row]!;
    packed.set(features.subarray(row * featureCount, (row + 1) * featureCount), slot * featureCount);
    packedLabels[slot] = labels[row]!;
  }
  return { ...start, rows: { slotCount, featureCount, features: packed, labels: packedLabels } };
}

/** The two pictures that explain most: models that forgot, and models whose issuer only says so, each among models that never saw the row. */
export async function clouds({ data, settings, row }: Tasks["clouds"]["ask"]): Promise<Clouds> {
  const dataset = datasetOf(data);
  const process = new Trials(dataset, fitOptions(settings, dataset.rowCount));
  const without = { rows: [row] };
  const served = await process.run({ trials: 1, workers: 0, forget: [without] });
  const { proof } = lastOf(served);
  if (proof === null) throw new Error("Expected a claim to put on trial, found none.");
  const quiet = { trials: 1, workers: 0, isNoiseless: true, like: served };
  const only = (stages: Stages): Float64Array => lastOf(stages).weights[0]!;
  const bare = only(await process.run({ ...quiet, without }));
  const whole = only(await process.run(quiet));
  const difference = whole.map((weight, j) => weight - bare[j]!);
  const size = { trials: MODELS, workers: 0 };
  const honest = lastOf(await process.run({ ...size, forget: [without] })).weights;
  const cheating = lastOf(await process.run({ ...size, like: served })).weights;
  const never = lastOf(await process.run({ ...size, like: served, without })).weights;
  const statistics = [knownDirection(difference, "difference without noise")];
  const found = auditSamples({ unlearned: cheating, retrained: never, certified: proof, statistics });
  const project = planeOf(difference, bare);
  const drawn = (models: readonly Float64Array[]): CloudPoint[] => models.map(project);
  return {
    ...{ honest: drawn(honest), cheating: drawn(cheating), never: drawn(never) },
    ...{ isCaught: found.verdict === "violated", shown: found.epsilon, certified: proof.epsilon },
  };
}
