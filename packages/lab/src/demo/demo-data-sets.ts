import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpungeError } from "expunge";
import { type Dataset, parseSchema, readMnist, readTable } from "expunge/data";
import { packageFile } from "../package-file.js";
import { generateDemoData } from "../report/index.js";

/** One data set of the demo; all of them train on defaults. */
export interface DemoDataSet {
  readonly name: string;
  /** Where it came from, for the report. */
  readonly source: string;
  readonly train: Dataset;
  readonly test: Dataset;
}

/** The generated table, written to `out` and read back as any file would be. */
export async function generatedDataSet(out: string): Promise<DemoDataSet> {
  const data = generateDemoData();
  await mkdir(out, { recursive: true });
  const paths = {
    train: join(out, "train.csv"),
    test: join(out, "test.csv"),
    schema: join(out, "schema.json"),
  };
  await writeFile(paths.train, data.train);
  await writeFile(paths.test, data.test);
  await writeFile(paths.schema, `${JSON.stringify(data.schema, null, 2)}\n`);
  const schema = parseSchema(await readFile(paths.schema, "utf8"), paths.schema);
  return {
    name: "Generated customers",
    source:
      "seeded generator: people with one to eight monthly rows, mixed columns; train.csv beside this report",
    train: await readTable(paths.train, schema),
    test: await readTable(paths.test, schema),
  };
}

/**
 * MNIST 3 against 8 or Adult, by what the folder holds.
 * @throws ExpungeError E_DATA where there is none, or it is neither
 */
export async function realDataSet(folder: string): Promise<DemoDataSet> {
  if (!existsSync(folder))
    throw new ExpungeError(
      "E_DATA",
      `${folder}: there is no such folder. "npm run experiment -- download --data data" fetches MNIST to data/mnist and Adult to data/adult.`,
    );
  if (existsSync(join(folder, "adult.data"))) return adult(folder);
  const names = ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte"];
  if (names.some((name) => existsSync(join(folder, name)))) return mnist(folder);
  throw new ExpungeError(
    "E_DATA",
    `${folder}: expected MNIST's idx files or UCI Adult's adult.data and adult.test.`,
  );
}

async function mnist(folder: string): Promise<DemoDataSet> {
  const { train, test } = await readMnist(folder, { digits: [3, 8], maxTrainRows: 11264 });
  return {
    name: "MNIST, 3 against 8",
    source: "Yann LeCun, Corinna Cortes, Christopher Burges; the paper's rows",
    train,
    test,
  };
}

async function adult(folder: string): Promise<DemoDataSet> {
  const path = packageFile("..", "..", "examples", "adult-schema.json");
  const schema = parseSchema(await readFile(path, "utf8"), path);
  return {
    name: "UCI Adult (census income)",
    source:
      "Barry Becker, Ronny Kohavi, 1996, CC BY 4.0; rows that share a census weight stand for one person",
    train: await readTable(join(folder, "adult.data"), schema),
    test: await readTable(join(folder, "adult.test"), schema),
  };
}
