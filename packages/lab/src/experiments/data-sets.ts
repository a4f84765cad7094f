import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpungeError } from "expunge";
import { type Deletion, type ProcessConstants, processConstants } from "expunge/accounting";
import { type Dataset, parseSchema, readMnist, readNumeric, readTable, selectRows } from "expunge/data";
import { given } from "expunge/internal";
import { packageFile } from "../package-file.js";

export const SET_NAMES = ["mnist", "cifar10", "adult"] as const;
export type SetName = (typeof SET_NAMES)[number];

/** One data set of the experiments with the settings it is run at. */
export interface ExperimentSet {
  readonly name: SetName;
  readonly title: string;
  readonly train: Dataset;
  readonly test: Dataset;
  /** m = lambda. */
  readonly l2: number;
  /** 1 / n in the paper's settings. */
  readonly delta: number;
  /** Hex sha256 of rows and labels: what a finished cell belongs to. */
  readonly digest: string;
}

/** The rows that the paper trains on. */
const PAPER_ROWS = { mnist: 11264, cifar10: 9728 } as const;

const FOLDERS: Readonly<Record<SetName, readonly string[]>> = {
  mnist: ["mnist"],
  cifar10: ["cifar10-squeezenet", "cifar10"],
  adult: ["adult"],
};

/** The data sets below a folder. */
export function setsIn(folder: string): readonly SetName[] {
  return SET_NAMES.filter((name) => folderOf(folder, name) !== null);
}

/** @throws ExpungeError E_DATA where the folder does not hold it */
export async function loadSet(folder: string, name: SetName): Promise<ExperimentSet> {
  const found = folderOf(folder, name);
  if (found === null) {
    const names = FOLDERS[name].join(" or ");
    throw new ExpungeError(
      "E_DATA",
      `${folder}: expected a folder ${names} in it; see npm run experiment -- download.`,
    );
  }
  const read = { mnist: readMnistPair, cifar10: readCifarPair, adult: readAdultPair }[name];
  const { title, train, test, l2, delta } = await read(found);
  return { name, title, train, test, l2, delta, digest: digestOf(train, test) };
}

/**
 * The process that the experiments run on a set: logistic loss on rows of norm at most 1, step 1/L, as the paper. Arithmetic is taken to be exact, as
 * the paper takes it; what the rounding of steps and releases adds to our certificates shows in no figure.
 */
export function processOf(
  set: Pick<ExperimentSet, "train" | "l2">,
  options: {
    readonly batchSize: number;
    /** Default "replace", as the paper. */
    readonly deletion?: Deletion;
    readonly eta?: number;
    readonly radius?: number;
  },
): ProcessConstants {
  const { batchSize, deletion = "replace", eta, radius } = options;
  return processConstants({
    rowCount: set.train.rowCount,
    batchSize: Math.min(batchSize, set.train.rowCount),
    l2: set.l2,
    smoothness: 0.25,
    lipschitz: 1,
    deletion,
    ...given({ eta, radius }),
  });
}

type Pair = Omit<ExperimentSet, "name" | "digest">;

async function readMnistPair(folder: string): Promise<Pair> {
  const pair = await readMnist(folder, { digits: [3, 8], maxTrainRows: PAPER_ROWS.mnist });
  return { ...pair, title: "MNIST, 3 against 8", ...paperSettings("mnist", pair.train.rowCount) };
}

async function readCifarPair(folder: string): Promise<Pair> {
  const read = (part: string): Promise<Dataset> =>
    readNumeric(join(folder, `${part}-features.npy`), { labels: join(folder, `${part}-labels.npy`) });
  const all = await read("train");
  const rowCount = Math.min(all.rowCount, PAPER_ROWS.cifar10);
  const train = selectRows(
    all,
    Array.from({ length: rowCount }, (_, row) => row),
  );
  return {
    train,
    test: await read("test"),
    title: "CIFAR-10, cat against ship (SqueezeNet features)",
    ...paperSettings("cifar10", rowCount),
  };
}

async function readAdultPair(folder: string): Promise<Pair> {
  const path = packageFile("..", "..", "examples", "adult-schema.json");
  const schema = parseSchema(await readFile(path, "utf8"), path);
  return {
    title: "UCI Adult (census income)",
    train: await readTable(join(folder, "adult.data"), schema),
    test: await readTable(join(folder, "adult.test"), schema),
    l2: 0.001,
    delta: 1e-5,
  };
}

/** The paper's regularisation, 1e-6 for each of its rows, also where a folder holds fewer of them. */
function paperSettings(
  name: keyof typeof PAPER_ROWS,
  rowCount: number,
): { readonly l2: number; readonly delta: number } {
  return { l2: PAPER_ROWS[name] / 1e6, delta: 1 / rowCount };
}

function folderOf(folder: string, name: SetName): string | null {
  return FOLDERS[name].map((part) => join(folder, part)).find((path) => existsSync(path)) ?? null;
}

/** Of rows and labels, hex sha256. */
export function digestOf(...parts: readonly Dataset[]): string {
  const hash = createHash("sha256");
  for (const { features, labels } of parts) hash.update(features).update(labels);
  return hash.digest("hex");
}
