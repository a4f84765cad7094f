import { type Command, Option } from "commander";
import { columnNamesOf } from "../data/encode-table.js";
import { ExpungeError } from "../errors.js";
import { encodeOnnx } from "../export/onnx.js";
import { encodeScikitLearn } from "../export/scikit-learn.js";
import { given } from "../given.js";
import type { Model } from "../unlearner/model.js";
import { modelDigest, weightsFile } from "../unlearner/model-digest.js";
import { exportFacts } from "./export-facts.js";
import { addWaitOption, READER_NOTE, readModel } from "./open-model.js";
import { createOutput, figure } from "./output.js";
import { requireWritableFile, writeInPlace } from "./output-path.js";

export function addExportCommand(program: Command): void {
  const command = program
    .command("export")
    .description("Write the weights for other software; a file of that name is replaced")
    .argument("<model>", "model directory")
    .requiredOption("--out <file>", "file to write")
    .addOption(
      new Option("--format <name>", "file format")
        .choices(["safetensors", "json", "onnx", "npz"])
        .default("safetensors"),
    )
    .option(
      "--raw-rows",
      "onnx: a graph that takes encoded features before scaling, without the constant feature, and scales them itself",
    )
    .option("--json", "print JSON");
  addWaitOption(command)
    .addHelpText(
      "after",
      `${READER_NOTE}

Examples:
    $ expunge export model --out model.safetensors
    $ expunge export model --format onnx --raw-rows --out model.onnx
    $ expunge export model --format json --out model.json
    $ expunge export model --format npz --out model.npz     (for NumPy and scikit-learn: docs/exports.md)`,
    )
    .action(async (directory: string, options) => {
      const isRaw = options.rawRows === true;
      if (isRaw && options.format !== "onnx")
        throw new ExpungeError(
          "E_OPTION",
          `--raw-rows is for --format onnx only; found --format ${options.format}.`,
        );
      await requireWritableFile(options.out);
      const { model } = await readModel(directory, options);
      const bytes = encode(model, options.format, isRaw);
      await writeInPlace(options.out, bytes);
      const summary = { file: options.out, format: options.format, bytes: bytes.length };
      createOutput(options.json === true).result(summary, () => [
        `Wrote ${figure(summary.bytes)} bytes to ${summary.file}.`,
      ]);
    });
}

function encode(model: Model, format: string, isRaw: boolean): Uint8Array {
  if (format === "safetensors") return weightsFile(model.state);
  if (format === "onnx") return encodeModelOnnx(model, isRaw);
  return format === "npz" ? encodeModelNpz(model) : encodeJson(model);
}

function encodeModelNpz(model: Model): Uint8Array {
  const { plan, description, weights } = model;
  if (plan.features)
    throw new ExpungeError(
      "E_OPTION",
      `--format npz is for models that are linear in the row; this one has features of kind ${plan.features.kind}. Use --format onnx.`,
    );
  const { labelNames, scaling, labelScaling } = description;
  return encodeScikitLearn({
    objective: plan.objective,
    weights,
    featureCount: plan.featureCount,
    ...{ labelNames, labelScaling, scaling },
    featureNames: columnNames(description, false),
    metadata: exportFacts("weights", model),
  });
}

function encodeModelOnnx(model: Model, isRaw: boolean): Uint8Array {
  const { plan, description, weights } = model;
  const { labelNames, scaling, labelScaling } = description;
  return encodeOnnx({
    ...given({ features: plan.features }),
    objective: plan.objective,
    weights,
    featureCount: plan.featureCount,
    labelNames,
    ...given({ labelScaling }),
    featureNames: columnNames(description, isRaw),
    scaling: isRaw ? scaling : null,
    metadata: exportFacts("weights", model),
  });
}

/** Names of the graph's input columns: the constant feature is one of them unless the graph adds it. */
function columnNames(
  { featureNames, scaling }: Model["description"],
  isRaw: boolean,
): readonly string[] | null {
  return featureNames && columnNamesOf(featureNames, !isRaw && scaling.intercept !== 0);
}

function encodeJson({ plan, description, weights, state, timeline }: Model): Uint8Array {
  const { outputCount, featureCount } = plan;
  const record = {
    format: "expunge-weights",
    version: 1,
    digest: modelDigest(state),
    certificateId: timeline.certificateId,
    objective: plan.objective,
    ...given({ features: plan.features }),
    ...description,
    weights: Array.from({ length: outputCount }, (_, j) => [
      ...weights.subarray(j * featureCount, (j + 1) * featureCount),
    ]),
  };
  return new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);
}
