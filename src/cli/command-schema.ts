import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { inferSchema, parseSchema, readTable, schemaDigest } from "../data/index.js";
import { list, readText } from "./arguments.js";
import { createOutput, fields, good, heading } from "./output.js";

export function addSchemaCommand(program: Command): void {
  const schema = program
    .command("schema")
    .description("Draft or check the schema that turns a table into features");
  schema
    .command("infer")
    .description("Draft a schema from a file, to be read and corrected by you")
    .argument("<file>", "CSV or Parquet")
    .requiredOption("--label <column>", "the column to predict")
    .option("--subject <column>", "the column that says whose row it is")
    .addOption(
      new Option("--task <kind>", "default by the label column").choices([
        "binary",
        "multiclass",
        "regression",
      ]),
    )
    .option("--columns <names>", "column names of a file without a header, comma-separated", list)
    .option("--delimiter <char>", "default ,")
    .option("--out <file>", "write the schema here (default: standard output)")
    .option("--json", "print JSON: the schema and the notes")
    .addHelpText(
      "after",
      "\nExamples:\n    $ expunge schema infer people.csv --label churned --subject email --out schema.json",
    )
    .action(async (file: string, options) => {
      const { label, subject, task, columns, delimiter } = options;
      const { schema: draft, notes } = await inferSchema(file, {
        label,
        ...(subject === undefined ? {} : { subject }),
        ...(task === undefined ? {} : { task }),
        ...(columns === undefined ? {} : { columns }),
        ...(delimiter === undefined ? {} : { delimiter }),
      });
      const output = createOutput(options.json === true);
      const text = `${JSON.stringify(draft, null, 2)}\n`;
      if (options.out !== undefined) await writeFile(options.out, text);
      for (const note of notes) output.note(`note: ${note}`);
      output.result({ schema: draft, notes }, () => [
        options.out === undefined
          ? text.trimEnd()
          : good(`Wrote ${options.out}. Read it before you train: what it holds is public.`),
      ]);
    });
  schema
    .command("check")
    .description("Read a file with a schema and report what comes out")
    .argument("<file>", "CSV or Parquet")
    .requiredOption("--schema <file>", "schema file")
    .option("--json", "print JSON")
    .action(async (file: string, options) => {
      const parsed = parseSchema(await readText(options.schema), options.schema);
      const dataset = await readTable(file, parsed);
      const summary = {
        rows: dataset.rowCount,
        features: dataset.featureCount,
        subjects: dataset.subjects === null ? null : new Set(dataset.subjects).size,
        labels: dataset.labelNames,
        digest: schemaDigest(parsed),
      };
      createOutput(options.json === true).result(summary, () => [
        heading("The file fits the schema"),
        ...fields([
          ["rows", summary.rows],
          ["features", summary.features],
          ["subjects", summary.subjects],
          ["labels", summary.labels.join(", ") || null],
          ["schema digest", summary.digest],
        ]),
      ]);
    });
}
