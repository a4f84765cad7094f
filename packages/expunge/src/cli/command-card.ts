import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import type { ReadModel } from "../store/read-model.js";
import { evaluateModel } from "../unlearner/metrics.js";
import { addScoreDataOptions, type DataOptions, loadDataFor } from "./load-data.js";
import { type ModelCard, modelCardOf } from "./model-card.js";
import { modelCardText } from "./model-card-text.js";
import { Notes } from "./notes.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { createOutput } from "./output.js";
import { formatOfName, requireWritableFile, writeOutput } from "./output-path.js";

const FORMATS = { markdown: [".md", ".markdown"], json: [".json"] } as const;

interface CardArguments extends Pick<DataOptions, "schema" | "labels"> {
  readonly data?: string;
  readonly name?: string;
  readonly out?: string;
  readonly publicKey?: string;
  readonly wait: number;
  readonly json?: true;
}

export function addCardCommand(program: Command): void {
  const command = program
    .command("card")
    .description("Write a model card: data, process, accuracy, requests served, and what is proved of them")
    .argument("<model>", "model directory")
    .option("--data <file>", "labelled rows to measure it on, as for expunge evaluate");
  addScoreDataOptions(command);
  command
    .option("--name <text>", "what the model is called (default: its directory's name)")
    .option("--out <file>", "write a .md or .json file (default: standard output)")
    .option("--public-key <key>", "the issuer's public key, as for expunge verify (default: this user's own)")
    .option("--json", "print JSON: the card, or with --out what was written");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

The newest certificate is verified first; a card repeats no claim that does not verify. What only you know is marked [More Information Needed].

Examples:
    $ expunge card model --data test.csv --out README.md
    $ expunge card model --json`,
    )
    .action(async (directory: string, options: CardArguments) => {
      const { out, name = basename(resolve(directory)) } = options;
      const format = out === undefined ? null : formatOfName("--out", out, FORMATS);
      if (out !== undefined) await requireWritableFile(out);
      const stored = await readModel(directory, options);
      const output = createOutput(options.json === true);
      const notes = new Notes(output);
      const evaluation = await evaluationOf(directory, stored, options, notes);
      const card = await modelCardOf(stored, { name, evaluation, publicKey: options.publicKey });
      if (out === undefined) {
        output.result(card, () => [modelCardText(card).trimEnd()]);
        return;
      }
      const text = format === "json" ? `${JSON.stringify(card, null, 2)}\n` : modelCardText(card);
      await writeOutput(out, (path) => writeFile(path, text));
      output.result({ file: out, digest: card.digest, notes: notes.texts }, () => [
        `Wrote the card of ${name} to ${out}.`,
      ]);
    });
}

async function evaluationOf(
  directory: string,
  { model }: ReadModel,
  options: CardArguments,
  notes: Notes,
): Promise<ModelCard["evaluation"]> {
  const { data } = options;
  if (data === undefined) return null;
  const rows = await loadDataFor(directory, model, data, options, { part: "test", notes });
  return { ...evaluateModel(model.state, rows, {}), rowsFrom: basename(data) };
}
