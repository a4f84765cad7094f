import { join } from "node:path";
import { type Dataset, readMnist } from "expunge/data";
import { DEFAULT_SETS } from "./default-sets.js";
import type { Split } from "./made-up-sets.js";

/** A data set that features are compared on. */
export interface FeatureSet {
  readonly name: string;
  /** The folder in the data folder that it is made of. */
  readonly needs: string;
  /** Whether it takes minutes, not an hour. */
  readonly isQuick: boolean;
  load(data: string): Promise<Split>;
}

/** All of them real, two with more rows than others have images. */
export const FEATURE_SETS: readonly FeatureSet[] = [
  {
    name: "MNIST odd against even",
    needs: "mnist",
    isQuick: true,
    async load(data) {
      const { train, test } = await readMnist(join(data, "mnist"));
      return { train: byParity(train), test: byParity(test) };
    },
  },
  known("MNIST 3 against 8"),
  known("CIFAR-10 features"),
  known("Adult"),
  {
    name: "MNIST ten classes",
    needs: "mnist",
    isQuick: false,
    load: (data) => readMnist(join(data, "mnist")),
  },
];

function known(name: string): FeatureSet {
  const set = DEFAULT_SETS.find((one) => one.name === name);
  if (set === undefined || set.needs === null) throw new Error(`There is no real set ${name}.`);
  return { name, needs: set.needs, isQuick: true, load: (data) => set.load(data) };
}

function byParity(digits: Dataset): Dataset {
  return {
    ...digits,
    task: "binary",
    labelNames: ["even", "odd"],
    labels: digits.labels.map((digit) => (digit % 2 === 1 ? 1 : -1)),
  };
}
