import type { Command } from "commander";
import type { Dataset } from "../data/index.js";
import { classOf } from "../objective/index.js";
import type { Model } from "../unlearner/model.js";
import { probability } from "./command-evaluate.js";
import { loadRowsFor } from "./load-rows.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { writeLines } from "./output.js";

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
    .option("--schema <file>", "CSV or Parquet: the schema (default: the one kept with the model)")
    .option("--json", "print JSON: an array with one entry a row");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Examples:
    $ expunge predict model new-people.csv > predictions.csv
    $ expunge predict model new-people.csv --probability --json`,
    )
    .action(async (directory: string, data: string, options) => {
      const { model } = await readModel(directory, options);
      const rows = await loadRowsFor(directory, model, data, options.schema);
      const isProbability = options.probability === true;
      const values = isProbability
        ? model.predictProbability(rows)
        : model.predict(rows, thresholdOf(options));
      const rowCount = Array.isArray(rows) ? rows.length : (rows as Dataset).rowCount;
      const table: Predictions = {
        values,
        rowCount,
        columns: columnsOf(model, isProbability),
        textOf: textOf(model, isProbability),
      };
      await writeLines(options.json === true ? jsonLines(table) : csvLines(table));
    });
}

function thresholdOf({ threshold }: { readonly threshold?: number }): { readonly threshold?: number } {
  return threshold === undefined ? {} : { threshold };
}

interface Predictions {
  readonly values: Float64Array;
  readonly rowCount: number;
  readonly columns: readonly string[];
  readonly textOf: (value: number) => string | number;
}

function columnsOf({ description: { labelNames }, plan }: Model, isProbability: boolean): string[] {
  if (!isProbability) return ["label"];
  return plan.outputCount === 1 ? [`p_${labelNames[1]}`] : labelNames.map((name) => `p_${name}`);
}

function textOf({ description }: Model, isProbability: boolean) {
  const { task, labelNames } = description;
  return (value: number): string | number =>
    isProbability || task === "regression" ? value : labelNames[classOf(task, value)];
}

function* cellsOf({ values, rowCount, textOf }: Predictions): Generator<(string | number)[]> {
  const width = values.length / rowCount;
  for (let i = 0; i < rowCount; i++) yield Array.from(values.subarray(i * width, (i + 1) * width), textOf);
}

function* csvLines(table: Predictions): Generator<string> {
  yield table.columns.map(csvCell).join(",");
  for (const cells of cellsOf(table)) yield cells.map(csvCell).join(",");
}

function* jsonLines(table: Predictions): Generator<string> {
  let row = 0;
  yield "[";
  for (const cells of cellsOf(table)) {
    const text = JSON.stringify(cells.length === 1 ? cells[0] : cells);
    yield ++row < table.rowCount ? `${text},` : text;
  }
  yield "]";
}

/** RFC 4180: quoted where it must be. */
function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
