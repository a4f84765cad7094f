import type { Command } from "commander";
import { listText } from "../data/data-error.js";
import {
  type EncodedTable,
  encodeTable,
  labelFactsOf,
  labelNamesOf,
  type Schema,
  schemaDigest,
} from "../data/index.js";
import { inOwnUnits } from "../data/label-scaling.js";
import { ExpungeError } from "../errors.js";
import { classColumn, classLabels } from "../export/class-labels.js";
import type { TableColumn } from "../export/parquet.js";
import { given } from "../given.js";
import { wasForgotten } from "../unlearner/forgotten-owners.js";
import type { Model } from "../unlearner/model.js";
import { namesOf } from "../unlearner/predict.js";
import { exportFacts } from "./export-facts.js";
import {
  beginFeatureArrays,
  beginFeatureTable,
  FEATURE_FORMATS,
  type FeatureFile,
  type FeatureFormat,
  type FeatureShape,
} from "./feature-file.js";
import { kindOf } from "./load-data.js";
import { type FileSchema, loadSchema, loadSchemaFor, respellingNotes } from "./load-schema.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { count, createOutput, type Output } from "./output.js";
import { formatOfName, requireWritableFile, writeOutput } from "./output-path.js";

interface EncodeArguments {
  readonly model?: string;
  readonly schema?: string;
  readonly out: string;
  readonly labels?: string | true;
  readonly rawRows?: true;
  readonly wait: number;
  readonly json?: true;
}

export function addEncodeCommand(program: Command): void {
  const command = program
    .command("encode")
    .description("Write a table's features for other software, as a model sees them")
    .argument("<data>", "CSV or Parquet")
    .option(
      "--model <directory>",
      "the model whose schema it is; rows of people that it has forgotten are left out",
    )
    .option(
      "--schema <file>",
      "the schema; with --model that of the file, where it is written otherwise than the training data (default: the one kept with the model)",
    )
    .requiredOption(
      "--out <file>",
      "file to write: .parquet, or .npy with a .npy.json that names its columns",
    )
    .option("--labels [file]", "the labels too: a column of the .parquet, or a .npy of their own")
    .option("--raw-rows", "features before scaling, without the constant feature, in float64")
    .option("--json", "print JSON");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Rows come from the file alone, in its order; nothing is read of what the model has kept of anybody. Ids are never written.

Examples:
    $ expunge encode people.csv --model model --labels --out features.parquet
    $ expunge encode people.csv --schema schema.json --labels labels.npy --out features.npy`,
    )
    .action(async (data: string, options: EncodeArguments) => {
      const { out } = options;
      const format = formatOfName("--out", out, FEATURE_FORMATS);
      requireLabelFile(format, options);
      await requireWritableFile(out);
      if (typeof options.labels === "string") await requireWritableFile(options.labels);
      const output = createOutput(options.json === true);
      const { model, schema, modelSchema } = await schemaAndModel(data, options);
      if (options.labels !== undefined)
        for (const text of respellingNotes({ schema, modelSchema })) output.note(`note: ${text}`);
      const table = await encodeTable(data, schema, {
        isRaw: options.rawRows === true,
        hasLabels: options.labels !== undefined,
        isLeftOut: model === null ? () => false : wasForgotten(model.state),
      });
      if (model !== null) requireOwners(table, model, data, output);
      const { rowCount, leftOut } = await write(format, table, modelSchema, model, options);
      if (leftOut.length > 0)
        output.note(
          `Left out, for the model has forgotten whose they are: ${count(leftOut.length, "row")} (${leftOut.length === 1 ? "row" : "rows"} ${listText(leftOut.map(String))}).`,
        );
      const columns = table.featureNames.length;
      const summary = { file: out, rows: rowCount, columns, leftOut };
      output.result(summary, () => [
        `Wrote ${count(rowCount, "row")} of ${count(columns, "feature")} to ${out}.`,
      ]);
    });
}

/** @throws ExpungeError E_OPTION */
function requireLabelFile(format: FeatureFormat, { labels }: EncodeArguments): void {
  const isTable = format === "parquet";
  if (labels === undefined) return;
  if (isTable ? labels === true : typeof labels === "string" && /\.npy$/i.test(labels)) return;
  throw new ExpungeError(
    "E_OPTION",
    isTable
      ? "In a .parquet file labels are a column: give --labels without a file."
      : "An array of features has no room for labels: give --labels FILE.npy.",
  );
}

async function schemaAndModel(
  data: string,
  options: EncodeArguments,
): Promise<FileSchema & { readonly model: Model | null }> {
  if ((await kindOf(data)) !== "table")
    throw new ExpungeError("E_DATA", `${data} holds numbers already; encode is for CSV and Parquet.`);
  if (options.model !== undefined) {
    const { model } = await readModel(options.model, options);
    return { model, ...(await loadSchemaFor(options.model, model.description, data, options.schema)) };
  }
  if (options.schema !== undefined) {
    const schema = await loadSchema(options.schema);
    return { model: null, schema, modelSchema: schema };
  }
  throw new ExpungeError("E_OPTION", "Give --model DIRECTORY or --schema FILE.");
}

/** Rows of the forgotten are left out where they can be told. @throws ExpungeError E_DATA where they cannot, though somebody was forgotten */
function requireOwners(table: EncodedTable, { state, timeline }: Model, data: string, output: Output): void {
  if (timeline.requestCount === 0 || table.hasSubjects) return;
  if (!state.index.hasOwners) {
    output.note("The model knows rows without owners: rows that it has forgotten cannot be told in a file.");
    return;
  }
  throw new ExpungeError(
    "E_DATA",
    `${data} does not say whose its rows are, so that those of people whom the model has forgotten could not be left out: keep the subject column in the file.`,
  );
}

interface Written {
  readonly rowCount: number;
  readonly leftOut: readonly number[];
}

async function write(
  format: FeatureFormat,
  table: EncodedTable,
  schema: Schema,
  model: Model | null,
  { out, labels, rawRows }: EncodeArguments,
): Promise<Written> {
  const label = labels === undefined ? null : labelColumn(schema);
  const { scaling: kind, intercept } = schema;
  const shape: FeatureShape = {
    featureNames: table.featureNames,
    type: rawRows ? new Float64Array() : new Float32Array(),
    label: label && { name: schema.label.column, data: label.sample },
    metadata: exportFacts("features", model, {
      schemaDigest: schemaDigest(schema),
      rows: rawRows ? "before scaling" : "scaled",
      scaling: { kind, intercept },
      ...given({ labelNames: labels === undefined ? undefined : labelNamesOf(schema) }),
    }),
  };
  const fill = async (file: FeatureFile): Promise<Written> => {
    let rowCount = 0;
    const leftOut: number[] = [];
    for await (const chunk of table.chunks) {
      for (const row of chunk.leftOut) leftOut.push(row);
      rowCount += chunk.rowCount;
      if (chunk.rowCount > 0)
        await file.write(chunk.features, chunk.labels && label ? label.dataOf(chunk.labels) : null);
    }
    await file.finish();
    return { rowCount, leftOut };
  };
  if (format === "parquet")
    return writeOutput(out, async (path) => fill(await beginFeatureTable(path, shape)));
  const labelPath = typeof labels === "string" ? labels : null;
  const withLabels = (write: (path: string | null) => Promise<Written>): Promise<Written> =>
    labelPath === null ? write(null) : writeOutput(labelPath, write);
  return writeOutput(out, (features) =>
    writeOutput(`${out}.json`, (description) =>
      withLabels(async (labels) => fill(await beginFeatureArrays({ features, description, labels }, shape))),
    ),
  );
}

interface LabelColumn {
  /** An array of the type of all; of texts, all that there are. */
  readonly sample: TableColumn["data"];
  readonly dataOf: (labels: Float64Array) => TableColumn["data"];
}

/** Labels as the data had them: names of classes, or amounts in their own units. */
function labelColumn(schema: Schema): LabelColumn {
  const { task } = schema;
  if (task === "regression") {
    const { labelScaling } = labelFactsOf(schema);
    return { sample: new Float64Array(), dataOf: (labels) => inOwnUnits(labels, labelScaling) };
  }
  const labelNames = labelNamesOf(schema);
  return {
    sample: classLabels(labelNames),
    dataOf: (labels) => classColumn(labelNames, namesOf({ task, labelNames }, labels)),
  };
}
