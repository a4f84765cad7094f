import { existsSync } from "node:fs";
import { join } from "node:path";
import { createSigner, type FitOptions, fit, type Model, makeTrainingPlan, type TrainingPlan } from "expunge";
import { type Dataset, selectRows } from "expunge/data";
import { costOf, labelsFrom, mapDataset, modelOutputs, trainedTimeline } from "expunge/process";
import { seededRandom } from "../report/seeded-random.js";
import { type Cell, computeCells } from "./cells.js";
import { digestOf } from "./data-sets.js";
import { FEATURE_SETS, type FeatureSet } from "./feature-sets.js";
import {
  BATCHES,
  EPSILONS,
  type Features,
  type FeaturesFindings,
  type FeaturesResult,
  NOISES,
  nameOfFeatures,
  SETTINGS,
} from "./features-result.js";
import { featuresMarkdown } from "./features-text.js";
import type { Split } from "./made-up-sets.js";
import { writeBetweenMarkers } from "./markers.js";
import { type Figure, figureOf } from "./outcome.js";
import { findPeer, type Peer } from "./scikit-learn.js";

export interface FeaturesOptions {
  /** Folder with mnist/, adult/ and cifar10-squeezenet/; sets that are not there are left out. */
  readonly data: string;
  /** Finished cells are kept here. */
  readonly out: string;
  readonly docs?: string;
  /** Leaves out what takes long. */
  readonly quick?: boolean;
  /** Default: all of them. */
  readonly sets?: readonly FeatureSet[];
  /** Default: each set's own. */
  readonly kinds?: readonly Features[];
  readonly note: (text: string) => void;
  readonly onCell?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** Of noise, on rows that were held back. */
const DRAWS = 20;
const MOST_GATED_COLUMNS = 4096;

/**
 * Trains each set with each kind of features so that one epoch forgets the row in the worst slot, serves that request, and measures both models on the test
 * rows. How much noise the release may leave is chosen on training rows that were held back; l2 is the least with which one epoch is then enough.
 *
 * @throws ExpungeError E_DATA where a set cannot be read, E_ABORTED
 */
export async function runFeatures(options: FeaturesOptions): Promise<FeaturesFindings> {
  const { data, note, signal, quick = false, sets = FEATURE_SETS } = options;
  const wanted = sets.filter(({ isQuick }) => isQuick || !quick);
  const here = wanted.filter(({ needs }) => existsSync(join(data, needs)));
  for (const set of wanted)
    if (!here.includes(set)) note(`SKIPPED: ${set.name}: no ${join(data, set.needs)}.`);
  const peer = await findPeer();
  if (peer === null)
    note("SKIPPED: scikit-learn's column: no python3 with sklearn (Debian: python3-sklearn).");
  const results: FeaturesResult[] = [];
  const peers: Record<string, number> = {};
  for (const [at, set] of here.entries()) {
    const split = await set.load(data);
    const kinds = options.kinds ?? set.kinds ?? kindsFor(split.train);
    const digest = digestOf(split.train, split.test);
    const mapped = new MappedRows(split);
    const cells = [
      ...kinds.flatMap((features) =>
        EPSILONS.map((epsilon) => cellOf(set, () => mapped.by(features), digest, features, epsilon)),
      ),
      ...(peer === null ? [] : [peerCell(set, split, digest, peer)]),
    ];
    const found = await computeCells(cells, {
      folder: join(options.out, "features"),
      ...(signal ? { signal } : {}),
      onCell: (done, total) => options.onCell?.({ done: at * total + done, total: here.length * total }),
    });
    if (peer !== null) peers[set.name] = found.figure(peerName(set), "accuracy").mean;
    for (const features of kinds) {
      const figure = (epsilon: number, name: string): number =>
        found.figure(nameOf(set, features, epsilon), name).mean;
      results.push({
        ...{ set: set.name, rowCount: split.train.rowCount, features },
        columns: makeTrainingPlan(split.train, features).featureCount,
        stages: EPSILONS.map((epsilon) => ({
          l2: figure(epsilon, "l2"),
          before: figure(epsilon, "before"),
          after: figure(epsilon, "after"),
          steps: figure(epsilon, "steps"),
          batchSize: figure(epsilon, "batchSize"),
          maxNoise: figure(epsilon, "maxNoise"),
        })),
      });
    }
  }
  const findings = { peerVersion: peer?.version ?? null, peers, results };
  if (options.docs !== undefined)
    await writeBetweenMarkers(options.docs, featuresMarkdown(findings, { quick }));
  return findings;
}

/** Kinds and sizes of features that are tried on rows where nothing else is said. */
function kindsFor({ featureCount }: Dataset): readonly Features[] {
  const gates = Math.min(16, Math.floor(MOST_GATED_COLUMNS / featureCount));
  return [
    { features: "linear" },
    { features: "fourier", featureCount: 1000 },
    { features: "fourier", featureCount: 2000 },
    { features: "gated-relu", featureCount: gates },
  ];
}

/** What of a process is chosen on rows that were held back. */
type Tried = Required<Pick<FitOptions, "maxNoise" | "batchSize">>;

const TRIED: readonly Tried[] = BATCHES.flatMap((batchSize) =>
  NOISES.map((maxNoise) => ({ maxNoise, batchSize })),
);

const nameOf = ({ name }: FeatureSet, features: Features, epsilon: number): string =>
  `${name}, ${nameOfFeatures(features)}, epsilon=${epsilon}`;
const peerName = ({ name }: FeatureSet): string => `${name}, scikit-learn`;

function cellOf(
  set: FeatureSet,
  mapped: () => Split,
  digest: string,
  features: Features,
  epsilon: number,
): Cell {
  return {
    name: nameOf(set, features, epsilon),
    settings: {
      digest,
      ...(features as Record<string, string>),
      epsilon,
      ...SETTINGS,
      noises: NOISES.join(),
      batches: BATCHES.join(),
    },
    async run(signal) {
      const { train, test } = mapped();
      const run = signal ? { signal } : {};
      const planned = (rows: Dataset, tried: Tried): FitOptions => {
        const options = { ...SETTINGS, epsilon, ...tried };
        return { ...options, l2: leastL2(rows, options) };
      };
      const heldBack = heldBackOf(train);
      let best = { tried: TRIED[0] as Tried, score: -1 };
      for (const tried of TRIED) {
        const model = await fit(heldBack.train, { ...planned(heldBack.train, tried), ...run });
        const score = scoreWithNoise(model, heldBack.test);
        model.dispose();
        if (score > best.score) best = { tried, score };
      }
      const options = { ...planned(train, best.tried), tunedOn: "private" } as const;
      const model = await fit(train, { ...options, ...run });
      const found = { l2: options.l2 as number, ...(await forgetOne(model, test, run)) };
      return Object.fromEntries(
        Object.entries({ ...found, ...best.tried }).map(([name, value]) => [name, once(value)]),
      );
    },
  };
}

/** A sixth of the rows to score on, the others to train on. */
function heldBackOf(train: Dataset): Split {
  const rows = Array.from({ length: train.rowCount }, (_, row) => row);
  return {
    train: selectRows(
      train,
      rows.filter((row) => row % 6 !== 5),
    ),
    test: selectRows(
      train,
      rows.filter((row) => row % 6 === 5),
    ),
  };
}

/** Accuracy with the noise of a first request on the weights, over several draws: what is chosen must not be chosen for lucky noise. */
function scoreWithNoise({ plan, description, weights }: Model, rows: Dataset): number {
  const random = seededRandom(rows.rowCount);
  const { std } = worstRequest(plan).release;
  let sum = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const noised = weights.map((weight) => weight + std * random.normal());
    const state = { plan, description, weights: noised };
    const labels = labelsFrom(state, modelOutputs(state, rows));
    sum +=
      labels.reduce((right, label, row) => right + (label === rows.labels[row] ? 1 : 0), 0) / labels.length;
  }
  return sum / DRAWS;
}

/** Forgets the row in the worst slot. Accuracies are those before, and on average over the release and three trials of it. */
async function forgetOne(model: Model, test: Dataset, run: { readonly signal?: AbortSignal }) {
  const rows = [rowInWorstSlot(model.plan, model.state.slotOfRow)];
  const before = model.score(test);
  const { trades } = await model.preview({ rows }, { evaluateOn: test });
  const tried = trades.find(({ isChosen }) => isChosen)?.expectedScore ?? before;
  const result = await model.forget({ rows }, { signer: createSigner(), ...run });
  const after = (result.model.score(test) + 3 * tried) / 4;
  result.model.dispose();
  return { before, after, steps: result.steps };
}

/** Rows as a plan's map makes them, for trainings that differ in nothing else: those of the features asked for last, which may take a gibibyte. */
class MappedRows {
  private readonly split: Split;
  private last: { readonly features: Features; readonly rows: Split } | undefined;

  constructor(split: Split) {
    this.split = split;
  }

  by(features: Features): Split {
    if (this.last?.features === features) return this.last.rows;
    this.last = undefined;
    const { train, test } = this.split;
    const { features: map } = makeTrainingPlan(train, features);
    const rows = map ? { train: mapDataset(train, map), test: mapDataset(test, map) } : { train, test };
    this.last = { features, rows };
    return rows;
  }
}

function peerCell(set: FeatureSet, split: Split, digest: string, peer: Peer): Cell {
  return {
    name: peerName(set),
    settings: { digest, version: peer.version },
    async run() {
      return { accuracy: once((await peer.fit(split)).accuracy) };
    },
  };
}

const once = (value: number): Figure => figureOf([[value]]);

/** The batch that the last step of the training visited: nothing has faded of its rows. */
function rowInWorstSlot({ process }: TrainingPlan, slotOfRow: Uint32Array): number {
  const first = (process.batchCount - 1) * process.batchSize;
  return slotOfRow.findIndex((slot) => slot >= first);
}

/** The least l2, within a hundredth, with which one epoch forgets the row in the worst slot with the noise that it may leave. */
export function leastL2(train: Dataset, options: FitOptions): number {
  let [low, high] = [0.01 / train.rowCount, 1];
  while (high / low > 1.01) {
    const l2 = Math.sqrt(low * high);
    const plan = makeTrainingPlan(train, { ...options, l2 });
    if (worstRequest(plan).release.steps <= plan.process.batchCount) high = l2;
    else low = l2;
  }
  return high;
}

function worstRequest(plan: TrainingPlan): ReturnType<typeof costOf> {
  const { batchCount, batchSize } = plan.process;
  const timeline = trainedTimeline(plan, plan.epochs * batchCount);
  const endless = { ...plan, maxSteps: 2 ** 40 };
  return costOf({ plan: endless, timeline }, [batchCount * batchSize - 1], { target: plan.target });
}
