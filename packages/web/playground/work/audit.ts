import { Trials } from "expunge";
import { type AuditResult, auditSamples, auditTrials, knownDirection } from "expunge/audit";
import type { Audited, CloudPoint, Tasks } from "./messages.js";
import { datasetOf, fitOptions } from "./model.js";

/** Models drawn in each cloud: a picture needs no more. */
const CLOUD = 250;

type Ask = Tasks["audit"]["ask"];
type Progress = (done: number, total: number) => void;

/** What an audit comes to, and the models to draw. */
type Found = Pick<Audited, "verdict" | "result" | "lines" | "limits"> & {
  readonly unlearned: readonly Float64Array[];
  readonly retrained: readonly Float64Array[];
};

export type Stages = Awaited<ReturnType<Trials["run"]>>;

export const lastOf = (stages: Stages): Stages[number] => stages.at(-1)!;

/** Puts the forgetting of one row on trial, and shows the models in a plane. */
export async function audit(ask: Ask, progress: Progress): Promise<Audited> {
  const dataset = datasetOf(ask.data);
  const process = new Trials(dataset, fitOptions(ask.settings, dataset.rowCount));
  const without = { rows: [ask.row] };
  const quiet = { trials: 1, workers: 0, isNoiseless: true };
  // What the certificate of this request would say, after how many steps and with which noise.
  const served = await process.run({ trials: 1, workers: 0, forget: [without] });
  const onlyOf = (stages: Stages): Float64Array => lastOf(stages).weights[0]!;
  const whole = onlyOf(
    await process.run(ask.isCheating ? { ...quiet, like: served } : { ...quiet, forget: [without] }),
  );
  const bare = onlyOf(await process.run({ ...quiet, without, like: served }));
  const difference = whole.map((weight, j) => weight - bare[j]!);
  const found = ask.isCheating
    ? await tryCheat(process, ask, served, difference, progress)
    : await tryHonest(process, ask, served, progress);
  const { unlearned, retrained, ...rest } = found;
  const project = planeOf(difference, bare);
  const drawn = (models: readonly Float64Array[]): CloudPoint[] => models.slice(0, CLOUD).map(project);
  return { ...rest, isCheating: ask.isCheating, unlearned: drawn(unlearned), retrained: drawn(retrained) };
}

async function tryHonest(
  process: Trials,
  { row, trials }: Ask,
  served: Stages,
  progress: Progress,
): Promise<Found> {
  const forget = { rows: [row] };
  const size = { trials: CLOUD, workers: 0 };
  const { weights: unlearned } = lastOf(await process.run({ ...size, forget: [forget] }));
  const { weights: retrained } = lastOf(await process.run({ ...size, without: forget, like: served }));
  const { verdict, erasure, lines, limits } = await auditTrials(process, {
    ...{ forget, trials, workers: 0 },
    onProgress: ({ partsDone, partsTotal }) => progress(partsDone, partsTotal),
  });
  return { verdict, result: erasure.result, lines, limits, unlearned, retrained };
}

/** An issuer who runs the steps, adds the noise and signs, but leaves the row where it is: would anybody notice? */
async function tryCheat(
  process: Trials,
  { row, trials }: Ask,
  served: Stages,
  difference: Float64Array,
  progress: Progress,
): Promise<Found> {
  const { proof } = lastOf(served);
  if (proof === null) throw new Error("Expected a claim to put on trial, found none.");
  const size = { trials, workers: 0, like: served };
  const { weights: unlearned } = lastOf(await process.run(size));
  progress(1, 2);
  const { weights: retrained } = lastOf(await process.run({ ...size, without: { rows: [row] } }));
  const statistics = difference.some((value) => value !== 0)
    ? [knownDirection(difference, "difference without noise")]
    : [];
  const result: AuditResult = auditSamples({
    unlearned,
    retrained,
    certified: proof,
    statistics,
  });
  return { verdict: result.verdict, result, lines: [], limits: [], unlearned, retrained };
}

/**
 * A plane to look at models in: one axis along the difference of the two worlds without noise, where an attacker would look, the other
 * across it.
 */
export function planeOf(
  difference: Float64Array,
  origin: Float64Array,
): (weights: Float64Array) => CloudPoint {
  const length = Math.hypot(...difference);
  const along = length > 0 ? difference.map((value) => value / length) : unit(difference.length, 0);
  // The axis that is least along the first one, made orthogonal to it.
  const least = along.reduce((best, value, j) => (Math.abs(value) < Math.abs(along[best]!) ? j : best), 0);
  const across = unit(along.length, least).map((value, j) => value - along[least]! * along[j]!);
  const acrossLength = Math.hypot(...across) || 1;
  const from = (weights: Float64Array, axis: Float64Array): number =>
    weights.reduce((sum, value, j) => sum + (value - origin[j]!) * axis[j]!, 0);
  return (weights) => [from(weights, along), from(weights, across) / acrossLength];
}

function unit(length: number, index: number): Float64Array {
  return new Float64Array(length).map((_, j) => (j === index ? 1 : 0));
}
