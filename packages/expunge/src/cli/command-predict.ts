import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { classColumn } from "../export/class-labels.js";
import type { TableColumn } from "../export/parquet.js";
import { given } from "../given.js";
import type { Model } from "../unlearner/model.js";
import { namesOf, type PredictionRows } from "../unlearner/predict.js";
import { probability } from "./command-evaluate.js";
import { exportFacts } from "./export-facts.js";
import { loadRowsFor } from "./load-rows.js";
import { FILE_SCHEMA_TEXT } from "./load-schema.js";
import { Notes } from "./notes.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { count, createOutput, writeLines } from "./output.js";
import { formatOfName, requireWritableFile, writeOutput } from "./output-path.js";

export function addPredictCommand(program: Command): void {
  const command = program
    .command("predict")
    .description("Predict the labels of rows; CSV on standard output, one line a row")
    .argument("<model>", "model directory")
    .argument(
      "<data>",
      "CSV or Parquet, .npy/.npz, or MNIST's folder (its test images); label and subject columns may be absent",
    )
    .option("--probability", "probabilities instead of labels")
    .option(
      "--threshold <t>",
      "two classes: probability in (0, 1) from which on a row is called positive (default 0.5)",
      probability,
    )
    .option("--schema <file>", FILE_SCHEMA_TEXT)
    .option("--out <file>", "write a .csv or .parquet file instead")
    .option("--json", "print JSON: an array with one entry a row; with --out, what was written");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Examples:
    $ expunge predict model new-people.csv > predictions.csv
    $ expunge predict model new-people.csv --probability --json
    $ expunge predict model new-people.parquet --out predictions.parquet`,
    )
    .action(async (directory: string, data: string, options) => {
      const { out } = options;
      const format = out === undefined ? null : formatOfName("--out", out, FORMATS);
      if (out !== undefined) await requireWritableFile(out);
      const { model } = await readModel(directory, options);
      const output = createOutput(options.json === true);
      const notes = new Notes(output);
      const rows = await loadRowsFor(directory, model, data, options.schema, notes);
      const columns = predictionColumns(model, rows, options);
      if (out === undefined) {
        await writeLines(options.json === true ? jsonLines(columns) : csvLines(columns));
        return;
      }
      await writeOutput(out, (path) =>
        format === "csv" ? writeFile(path, ended(csvLines(columns))) : writeParquet(path, columns, model),
      );
      const summary = {
        file: out,
        rows: columns[0]!.data.length,
        columns: columns.map(({ name }) => name),
        notes: notes.texts,
      };
      output.result(summary, () => [`Wrote ${count(summary.rows, "prediction")} to ${out}.`]);
    });
}

const FORMATS = { csv: [".csv"], parquet: [".parquet", ".pq"] } as const;

interface PredictArguments {
  readonly probability?: true;
  readonly threshold?: number;
}

/** Labels as the data had them, values of a regression, or probabilities, a column a class. */
function predictionColumns(
  model: Model,
  rows: PredictionRows,
  { probability, threshold }: PredictArguments,
): readonly TableColumn[] {
  const { description, plan } = model;
  const { labelNames, task } = description;
  if (probability === true) {
    const { outputCount } = plan;
    const values = model.predictProbability(rows);
    const names = outputCount === 1 ? [labelNames[1]] : labelNames;
    const rowCount = values.length / outputCount;
    return names.map((name, j) => ({
      name: `p_${name}`,
      data: Float64Array.from({ length: rowCount }, (_, i) => values[i * outputCount + j]!),
    }));
  }
  const labels = model.predict(rows, given({ threshold }));
  if (task === "regression") return [{ name: "label", data: labels }];
  return [{ name: "label", data: namesOf(description, labels) }];
}

async function writeParquet(path: string, columns: readonly TableColumn[], model: Model): Promise<void> {
  const { labelNames } = model.description;
  const typed = columns.map(({ name, data }) => ({
    name,
    data: Array.isArray(data) ? classColumn(labelNames, data) : data,
  }));
  const { beginParquet } = await import("../export/parquet.js");
  const table = beginParquet(path, typed, exportFacts("predictions", model));
  await table.write(typed.map(({ data }) => data));
  await table.finish();
}

/** Lines of a file, each with its end. */
function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function* rowsOf(columns: readonly TableColumn[]): Generator<(string | number)[]> {
  for (let i = 0; i < columns[0]!.data.length; i++)
    yield columns.map(({ data }) => data[i] as string | number);
}

function* csvLines(columns: readonly TableColumn[]): Generator<string> {
  yield columns.map(({ name }) => csvCell(name)).join(",");
  for (const cells of rowsOf(columns)) yield cells.map(csvCell).join(",");
}

function* jsonLines(columns: readonly TableColumn[]): Generator<string> {
  let row = 0;
  yield "[";
  for (const cells of rowsOf(columns)) {
    const text = JSON.stringify(cells.length === 1 ? cells[0] : cells);
    yield ++row < columns[0]!.data.length ? `${text},` : text;
  }
  yield "]";
}

/** RFC 4180: quoted where it must be. */
function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
