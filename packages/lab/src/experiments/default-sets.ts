import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Dataset,
  type InferOptions,
  inferSchema,
  parseSchema,
  readMnist,
  readNumeric,
  readTable,
  selectRows,
} from "expunge/data";
import { given } from "expunge/internal";
import { packageFile } from "../package-file.js";
import { generateDemoData } from "../report/demo-data.js";
import {
  type MadeUpOptions,
  madeUpAmounts,
  madeUpEmbeddings,
  madeUpTable,
  type Split,
} from "./made-up-sets.js";

/** A data set that the defaults are judged on. */
export interface DefaultSet {
  readonly name: string;
  /** Accuracy; the area under the curve where one class is rare; R squared of a regression. */
  readonly measure: "accuracy" | "AUC" | "R2";
  /** Whether it is small enough for a quick look. */
  readonly isQuick: boolean;
  /** The folder in the data folder that it is made of; null for made-up rows. */
  readonly needs: string | null;
  load(data: string): Promise<Split>;
}

/** Rows times columns up to which a set is part of a quick look. */
const QUICK_NUMBERS = 200_000;
const TEST_COUNT = 10_000;
/** Where one row in a hundred is positive, few test rows would say little. */
const RARE_TEST_COUNT = 30_000;
const MAX_RARE = 0.2;

/** Real ones, parts of them and made-up ones, from 200 rows to a million, 5 to 2,000 columns. */
export const DEFAULT_SETS: readonly DefaultSet[] = [
  adult("Adult, first 300", 300),
  adult("Adult, first 1,000", 1000),
  adult("Adult, first 5,000", 5000),
  adult("Adult", null),
  mnist("MNIST 3 against 8, 1,000 rows", { digits: [3, 8], rows: 1000, isQuick: true }),
  mnist("MNIST 3 against 8", { digits: [3, 8], rows: null, isQuick: false }),
  mnist("MNIST ten classes, 2,000 rows", { rows: 2000, isQuick: true }),
  mnist("MNIST ten classes, 10,000 rows", { rows: 10_000, isQuick: false }),
  cifar("CIFAR-10 features, 2,000 rows", 2000),
  cifar("CIFAR-10 features", null),
  customers("made-up customers, 600 rows", 750),
  customers("made-up customers, 9,600 rows", 12_000),
  madeUp("made up, 200 x 5", { rowCount: 200, featureCount: 5, seed: 11 }),
  madeUp("made up, 300 x 20", { rowCount: 300, featureCount: 20, seed: 12 }),
  madeUp("made up, 1,000 x 20", { rowCount: 1000, featureCount: 20, seed: 13 }),
  madeUp("made up, 3,000 x 200", {
    rowCount: 3000,
    featureCount: 200,
    seed: 15,
    usefulCount: 20,
    correlation: 0.8,
  }),
  madeUp("made up, 5,000 x 2,000", {
    rowCount: 5000,
    featureCount: 2000,
    seed: 16,
    usefulCount: 50,
    correlation: 0.9,
    strength: 3,
  }),
  madeUp("made up, 2,000 x 20, 1 in 12", { rowCount: 2000, featureCount: 20, seed: 33, rate: 1 / 12 }),
  madeUp("made up, 20,000 x 30, 1 in 100", { rowCount: 20_000, featureCount: 30, seed: 17, rate: 0.01 }),
  madeUp("made up, ten classes, 2,000 x 15", {
    rowCount: 2000,
    featureCount: 15,
    seed: 19,
    classCount: 10,
    strength: 3,
  }),
  madeUp("made up, ten classes, 50,000 x 40", {
    rowCount: 50_000,
    featureCount: 40,
    seed: 20,
    classCount: 10,
    strength: 3,
  }),
  embeddings("made-up embeddings, 5,000 x 768", 5000),
  embeddings("made-up embeddings, 40,000 x 768", 40_000),
  madeUp("made up, 100,000 x 50", { rowCount: 100_000, featureCount: 50, seed: 21 }),
  madeUp("made up, 200,000 x 30, 1 in 100", { rowCount: 200_000, featureCount: 30, seed: 18, rate: 0.01 }),
  madeUp("made up, 1,000,000 x 20", { rowCount: 1_000_000, featureCount: 20, seed: 22, correlation: 0.3 }),
  amounts("made-up amounts, 300 x 5", { rowCount: 300, featureCount: 5, seed: 41, isSkewed: false }),
  amounts("made-up prices, 1,000 x 8", { rowCount: 1000, featureCount: 8, seed: 42, isSkewed: true }),
  amounts("made-up amounts, 5,000 x 30", { rowCount: 5000, featureCount: 30, seed: 43, isSkewed: false }),
  adultAges("Adult, age from the rest, first 5,000", 5000),
];

function adult(name: string, rows: number | null): DefaultSet {
  return {
    name,
    measure: "accuracy",
    isQuick: rows !== null && rows <= 1000,
    needs: "adult",
    async load(data) {
      const path = packageFile("..", "..", "examples", "adult-schema.json");
      const schema = parseSchema(await readFile(path, "utf8"), path);
      const train = await readTable(join(data, "adult", "adult.data"), schema);
      const test = await readTable(join(data, "adult", "adult.test"), schema);
      return { train: rows === null ? train : selectRows(train, range(rows)), test };
    },
  };
}

function mnist(
  name: string,
  options: { readonly digits?: readonly number[]; readonly rows: number | null; readonly isQuick: boolean },
): DefaultSet {
  return {
    name,
    measure: "accuracy",
    isQuick: options.isQuick,
    needs: "mnist",
    async load(data) {
      const { digits, rows } = options;
      const { train, test } = await readMnist(join(data, "mnist"), given({ digits }));
      return { train: rows === null ? train : spreadOver(train, rows), test };
    },
  };
}

function cifar(name: string, rows: number | null): DefaultSet {
  return {
    name,
    measure: "accuracy",
    isQuick: rows !== null,
    needs: "cifar10-squeezenet",
    async load(data) {
      const read = (part: string) => {
        const file = (what: string): string => join(data, "cifar10-squeezenet", `${part}-${what}.npy`);
        return readNumeric(file("features"), { labels: file("labels") });
      };
      const train = await read("train");
      return { train: rows === null ? train : spreadOver(train, rows), test: await read("test") };
    },
  };
}

/** The table of the demonstration, by a schema as `expunge schema infer` drafts it. */
function customers(name: string, rowCount: number): DefaultSet {
  return {
    name,
    measure: "accuracy",
    isQuick: rowCount <= 1000,
    needs: null,
    async load() {
      const folder = await mkdtemp(join(tmpdir(), "expunge-defaults-"));
      try {
        const { train, test } = generateDemoData({ rowCount });
        const files = { train: join(folder, "train.csv"), test: join(folder, "test.csv") };
        await writeFile(files.train, train);
        await writeFile(files.test, test);
        const { schema } = await inferSchema(files.train, { label: "leaves", subject: "customer" });
        return { train: await readTable(files.train, schema), test: await readTable(files.test, schema) };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** A regression, by a schema as `expunge schema infer` drafts it. */
function amounts(name: string, options: Omit<Parameters<typeof madeUpAmounts>[0], "testCount">): DefaultSet {
  const { rowCount, featureCount } = options;
  return {
    name,
    measure: "R2",
    isQuick: rowCount * featureCount <= QUICK_NUMBERS,
    needs: null,
    async load() {
      const lines = madeUpAmounts({ ...options, rowCount: rowCount + TEST_COUNT })
        .trim()
        .split("\n");
      const train = lines.slice(0, rowCount + 1);
      const test = [lines[0], ...lines.slice(rowCount + 1)];
      return regressionOf({ train: train.join("\n"), test: test.join("\n") }, { label: "amount" });
    },
  };
}

/** A real regression: how old somebody is. */
function adultAges(name: string, rows: number): DefaultSet {
  return {
    name,
    measure: "R2",
    isQuick: false,
    needs: "adult",
    async load(data) {
      const schema = JSON.parse(
        await readFile(packageFile("..", "..", "examples", "adult-schema.json"), "utf8"),
      );
      const read = async (file: string): Promise<string[]> =>
        (await readFile(join(data, "adult", file), "utf8"))
          .split("\n")
          .filter((line) => line.includes(","))
          .map((line) => line.replaceAll(", ", ","));
      const train = (await read("adult.data")).slice(0, rows).join("\n");
      const test = (await read("adult.test")).join("\n");
      return regressionOf(
        { train, test },
        { label: "age", task: "regression", columns: schema.csv.columnNames },
      );
    },
  };
}

/** Small enough that no row is shortened, and a power of two, so that dividing by it gives the features back. */
const PLAIN_SCALE = 2 ** -40;

async function regressionOf(
  texts: { readonly train: string; readonly test: string },
  options: InferOptions,
): Promise<Split> {
  const folder = await mkdtemp(join(tmpdir(), "expunge-defaults-"));
  try {
    const files = { train: join(folder, "train.csv"), test: join(folder, "test.csv") };
    await writeFile(files.train, texts.train);
    await writeFile(files.test, texts.test);
    const { schema } = await inferSchema(files.train, options);
    const plain = parseSchema({ ...schema, rowScale: PLAIN_SCALE, intercept: 0 });
    const features = async (file: string): Promise<Float32Array> =>
      (await readTable(file, plain)).features.map((value) => value / PLAIN_SCALE);
    const train = await readTable(files.train, schema);
    return {
      train,
      test: await readTable(files.test, schema),
      plain: {
        train: await features(files.train),
        test: await features(files.test),
        featureCount: train.featureCount - 1,
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function madeUp(name: string, options: Omit<MadeUpOptions, "testCount">): DefaultSet {
  const { rate = 0.5, rowCount, featureCount } = options;
  const isRare = rate < MAX_RARE;
  return {
    name,
    measure: isRare ? "AUC" : "accuracy",
    isQuick: rowCount * featureCount <= QUICK_NUMBERS,
    needs: null,
    load: async () => madeUpTable({ ...options, testCount: isRare ? RARE_TEST_COUNT : TEST_COUNT }),
  };
}

function embeddings(name: string, rowCount: number): DefaultSet {
  return {
    name,
    measure: "accuracy",
    isQuick: false,
    needs: null,
    load: async () => madeUpEmbeddings({ rowCount, testCount: TEST_COUNT, featureCount: 768, seed: 1 }),
  };
}

/** Rows at even distances: in the files one class may come after the other. */
function spreadOver(dataset: Dataset, rows: number): Dataset {
  const every = Math.floor(dataset.rowCount / rows);
  return selectRows(
    dataset,
    range(rows).map((row) => row * every),
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
