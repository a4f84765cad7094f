import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { inferSchema, OddCells, parseSchema, readTable, schemaDigest } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { list, positiveInteger, readText } from "./arguments.js";
import { createOutput, fields, good, heading } from "./output.js";
import { requireWritableFile, writeInPlace } from "./output-path.js";

export function addSchemaCommand(program: Command): void {
  const schema = program
    .command("schema")
    .description("Draft or check the schema that turns a table into features")
    .addHelpText(
      "after",
      `
Examples:
    $ expunge schema infer people.csv --label churned --subject email --out schema.json
    $ expunge schema check people.csv --schema schema.json`,
    );
  schema
    .command("infer")
    .description("Draft a schema from a file, to be read and corrected by you")
    .argument("<file>", "CSV or Parquet")
    .requiredOption("--label <column>", "the column to predict")
    .option("--subject <column>", "the column that says whose row it is")
    .option(
      "--weight <column>",
      "the column of weights in (0, 1] by which rows count in training; no feature",
    )
    .addOption(
      new Option("--task <kind>", "default by the label column").choices([
        "binary",
        "multiclass",
        "regression",
      ]),
    )
    .option("--columns <names>", "column names of a file without a header, comma-separated", list)
    .option("--header", "the first line names the columns (default, unless it looks like a row)")
    .option(
      "--no-header",
      "it is a row; columns are called column1, column2, ... unless --columns names them",
    )
    .option(
      "--delimiter <char>",
      "what separates cells; \\t or tab for a tabulator (default: what cuts the first rows evenly, of , ; tab |)",
      delimiterChar,
    )
    .option(
      "--encoding <name>",
      "utf-8, utf-16le, windows-1252, ... (default: by the byte-order mark, else UTF-8, or UTF-16 where it looks like that)",
    )
    .option("--comment <prefix>", "lines that begin with this are left out")
    .option("--rows <n>", "draft from the first n rows (default 1000000)", positiveInteger)
    .option("--out <file>", "write the schema here (default: standard output)")
    .option("--force", "replace the file of --out if it is there")
    .option("--json", "print JSON: the schema and the notes")
    .addHelpText(
      "after",
      "\nExamples:\n    $ expunge schema infer people.csv --label churned --subject email --out schema.json\n    $ expunge schema infer no-header.csv --columns age,work,income --label income",
    )
    .action(async (file: string, options) => {
      const { label, subject, weight, task, columns, header, delimiter, encoding, comment, rows, out } =
        options;
      if (out !== undefined) await requireNewFile(out, options.force === true);
      const {
        schema: draft,
        notes,
        text,
      } = await inferSchema(file, {
        label,
        ...given({ subject, weight, task, columns, header, delimiter, encoding, comment, rows }),
      });
      const output = createOutput(options.json === true);
      if (out !== undefined) await writeInPlace(out, text);
      for (const note of notes) output.note(`note: ${note}`);
      output.result({ schema: draft, notes }, () => [
        out === undefined
          ? text.trimEnd()
          : good(`Wrote ${out}. Read it before you train: what it holds is public.`),
      ]);
    });
  schema
    .command("check")
    .description("Read a file with a schema and report what comes out")
    .argument("<file>", "CSV or Parquet")
    .requiredOption("--schema <file>", "schema file")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n    $ expunge schema check people.csv --schema schema.json")
    .action(async (file: string, options) => {
      const parsed = parseSchema(await readText(options.schema), options.schema);
      const oddCells = new OddCells();
      const dataset = await readTable(file, parsed, { oddCells });
      const notes = oddCells.notes();
      const summary = {
        rows: dataset.rowCount,
        features: dataset.featureCount,
        subjects: dataset.subjects === null ? null : new Set(dataset.subjects).size,
        labels: dataset.labelNames,
        weights: parsed.weight ?? null,
        digest: schemaDigest(parsed),
        notes,
      };
      const output = createOutput(options.json === true);
      for (const note of notes) output.note(`note: ${note}`);
      output.result(summary, () => [
        heading("The file fits the schema"),
        ...fields([
          ["rows", summary.rows],
          ["features", summary.features],
          ["subjects", summary.subjects],
          ["labels", summary.labels.join(", ") || null],
          ["weights from column", summary.weights],
          ["schema digest", summary.digest],
        ]),
      ]);
    });
}

/** A tabulator is hard to type as the character that it is. */
function delimiterChar(text: string): string {
  const char = text === "\\t" || text === "tab" ? "\t" : text;
  if (char.length !== 1) throw new InvalidArgumentError("Expected one character.");
  return char;
}

/** A schema that somebody has corrected must not be lost to a second draft. */
async function requireNewFile(path: string, isForced: boolean): Promise<void> {
  await requireWritableFile(path);
  if (isForced || !existsSync(path)) return;
  throw new ExpungeError(
    "E_OPTION",
    `${path} is there already; give another --out, or --force to replace it.`,
  );
}
