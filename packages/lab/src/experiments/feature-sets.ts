import { join } from "node:path";
import { ExpungeError } from "expunge";
import { type Dataset, readMnist } from "expunge/data";
import { DEFAULT_SETS } from "./default-sets.js";
import type { Features } from "./features-result.js";
import type { Split } from "./made-up-sets.js";

/** A data set that features are compared on. */
export interface FeatureSet {
  readonly name: string;
  /** What `--set` calls it. */
  readonly id: string;
  /** The folder in the data folder that it is made of. */
  readonly needs: string;
  /** Whether it takes minutes, not an hour. */
  readonly isQuick: boolean;
  /** What is tried on it; left out for what is tried on all. */
  readonly kinds?: readonly Features[];
  load(data: string): Promise<Split>;
}

/** All of them real, two with more rows than others have images. */
export const FEATURE_SETS: readonly FeatureSet[] = [
  {
    name: "MNIST odd against even",
    id: "odd-even",
    needs: "mnist",
    isQuick: true,
    async load(data) {
      const { train, test } = await readMnist(join(data, "mnist"));
      return { train: byParity(train), test: byParity(test) };
    },
  },
  known("MNIST 3 against 8", "3-8"),
  known("CIFAR-10 features", "cifar10"),
  known("Adult", "adult"),
  {
    name: "MNIST ten classes",
    id: "ten-classes",
    needs: "mnist",
    isQuick: false,
    // Each wave costs ten times what it does with two classes.
    kinds: [{ features: "linear" }, { features: "fourier", featureCount: 1000 }],
    load: (data) => readMnist(join(data, "mnist")),
  },
];

/** Those of these ids, in the usual order. @throws ExpungeError E_OPTION for one that is none */
export function featureSetsOf(ids: readonly string[]): readonly FeatureSet[] {
  const known = FEATURE_SETS.map(({ id }) => id);
  const stranger = ids.find((id) => !known.includes(id));
  if (stranger === undefined) return FEATURE_SETS.filter(({ id }) => ids.includes(id));
  throw new ExpungeError("E_OPTION", `Expected sets of ${known.join(", ")}, found "${stranger}".`);
}

function known(name: string, id: string): FeatureSet {
  const set = DEFAULT_SETS.find((one) => one.name === name);
  if (set === undefined || set.needs === null) throw new Error(`There is no real set ${name}.`);
  return { name, id, needs: set.needs, isQuick: true, load: (data) => set.load(data) };
}

function byParity(digits: Dataset): Dataset {
  return {
    ...digits,
    task: "binary",
    labelNames: ["even", "odd"],
    labels: digits.labels.map((digit) => (digit % 2 === 1 ? 1 : -1)),
  };
}
