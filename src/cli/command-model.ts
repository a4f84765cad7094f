import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { encodeOnnx } from "../export/onnx.js";
import { fromBase64 } from "../records/bytes.js";
import { loadModel, type StoredModel } from "../store/stored-model.js";
import { weightsFile } from "../unlearner/model-digest.js";
import { readText } from "./arguments.js";
import { addDataOptions, loadDataFor } from "./load-data.js";
import { createOutput, fields, figure, heading } from "./output.js";

/** Commands that only read a model: predict, evaluate, inspect, export. */
export function addModelCommands(program: Command): void {
  addPredict(program);
  addEvaluate(program);
  addInspect(program);
  addExport(program);
}

async function withModel<T>(directory: string, use: (stored: StoredModel) => Promise<T>): Promise<T> {
  const stored = await loadModel(directory);
  try {
    return await use(stored);
  } finally {
    await stored.close();
  }
}

function addPredict(program: Command): void {
  const command = program
    .command("predict")
    .description("Predict the labels of rows; CSV on standard output")
    .argument("<model>", "model directory")
    .argument("<data>", "rows, as for train")
    .option("--probability", "probabilities instead of labels")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n    $ expunge predict model new-people.csv > predictions.csv");
  addDataOptions(command);
  command.action((directory: string, data: string, options) =>
    withModel(directory, async (stored) => {
      const dataset = await loadDataFor(stored, data, options);
      const { model } = stored;
      const { labelNames, task } = model.description;
      const values = options.probability ? model.predictProbability(dataset) : model.predict(dataset);
      const width = values.length / dataset.rowCount;
      const nameOf = (value: number): string | number =>
        options.probability || task === "regression"
          ? value
          : (labelNames[task === "binary" ? (value > 0 ? 1 : 0) : value] ?? value);
      const rows = Array.from({ length: dataset.rowCount }, (_, i) =>
        [...values.subarray(i * width, (i + 1) * width)].map(nameOf),
      );
      const columns = options.probability
        ? width === 1
          ? [`p_${labelNames[1] ?? "positive"}`]
          : labelNames.map((name) => `p_${name}`)
        : ["label"];
      createOutput(options.json === true).result(
        rows.map((row) => (width === 1 ? row[0] : row)),
        () => [columns.join(","), ...rows.map((row) => row.join(","))],
      );
    }),
  );
}

function addEvaluate(program: Command): void {
  const command = program
    .command("evaluate")
    .description("Score a model on labelled rows")
    .argument("<model>", "model directory")
    .argument("<data>", "labelled rows, as for train")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n    $ expunge evaluate model test.csv");
  addDataOptions(command);
  command.action((directory: string, data: string, options) =>
    withModel(directory, async (stored) => {
      const dataset = await loadDataFor(stored, data, options);
      const summary = {
        rows: dataset.rowCount,
        score: stored.model.score(dataset),
        loss: stored.model.loss(dataset),
      };
      const name = dataset.task === "regression" ? "R squared" : "accuracy";
      createOutput(options.json === true).result(summary, () =>
        fields([
          ["rows", summary.rows],
          [name, summary.score],
          ["mean loss", summary.loss],
        ]),
      );
    }),
  );
}

function addInspect(program: Command): void {
  program
    .command("inspect")
    .description("Show what a model or a certificate says (without checking it: see verify)")
    .argument("<path>", "model directory or certificate file")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n    $ expunge inspect model\n    $ expunge inspect certificate.json --json",
    )
    .action(async (path: string, options) => {
      const output = createOutput(options.json === true);
      const isFile = await stat(path).then(
        (s) => s.isFile(),
        () => false,
      );
      if (isFile) {
        const statement = decodeCertificate(await readText(path));
        output.result(statement, () => [JSON.stringify(statement, null, 2)]);
        return;
      }
      await withModel(path, async (stored) => {
        const summary = summarize(stored);
        output.result(summary, () => describe(summary));
      });
    });
}

function decodeCertificate(text: string): unknown {
  const { payload } = JSON.parse(text) as { payload: string };
  return JSON.parse(new TextDecoder().decode(fromBase64(payload)));
}

function summarize({ model, directory, weightsPath }: StoredModel) {
  const { plan, timeline, description, state } = model;
  const { process } = plan;
  return {
    directory,
    weights: weightsPath,
    objective: plan.objective,
    rowsAtStart: description.rowCount,
    rowsNow: description.rowCount - state.forgotten.rows.size,
    subjectsNow: state.index.owners === null ? null : state.index.subjectCount,
    features: description.featureCount,
    labels: description.labelNames,
    schemaDigest: description.schemaDigest,
    sigma: plan.sigma,
    eta: process.eta,
    contraction: process.contraction,
    batchSize: process.batchSize,
    stepsPerEpoch: process.batchCount,
    deletion: process.deletion,
    target: plan.target,
    steps: timeline.steps,
    releases: timeline.releases,
    requests: timeline.requests,
    privacyEpsilon: model.privacy().epsilon,
    isCertifying: plan.seed === null,
  };
}

function describe(summary: ReturnType<typeof summarize>): string[] {
  return [
    heading(summary.directory),
    ...fields([
      ["objective", JSON.stringify(summary.objective)],
      ["rows", `${figure(summary.rowsNow)} of ${figure(summary.rowsAtStart)} at the start`],
      ["subjects", summary.subjectsNow],
      ["features", summary.features],
      ["sigma", summary.sigma],
      ["eta", summary.eta],
      ["contraction", summary.contraction],
      ["batch", `${summary.batchSize} rows, ${summary.stepsPerEpoch} steps an epoch`],
      ["deletion", summary.deletion],
      [
        "each request meets",
        `epsilon = ${figure(summary.target.epsilon)} at delta = ${figure(summary.target.delta)}`,
      ],
      ["steps run", summary.steps],
      ["privacy of a record in use", `epsilon = ${figure(summary.privacyEpsilon)}`],
      ["weights", summary.weights],
      ["seeded", summary.isCertifying ? null : "yes: certificates of this model do not certify"],
    ]),
    heading(`${summary.requests.length} request(s) served`),
    ...summary.requests.map(
      (r) => `  ${r.certificateId}  ${r.rowCount} row(s), steps ${r.stepsBefore} to ${r.stepsAfter}`,
    ),
  ];
}

function addExport(program: Command): void {
  program
    .command("export")
    .description("Write the weights for other software")
    .argument("<model>", "model directory")
    .requiredOption("--out <file>", "file to write")
    .addOption(
      new Option("--format <name>", "file format")
        .choices(["safetensors", "json", "onnx"])
        .default("safetensors"),
    )
    .option("--raw-rows", "onnx: accept rows before scaling (the graph scales them)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n    $ expunge export model --format onnx --out model.onnx")
    .action((directory: string, options) =>
      withModel(directory, async (stored) => {
        const bytes = encode(stored, options.format, options.rawRows === true);
        await mkdir(dirname(options.out), { recursive: true });
        await writeFile(options.out, bytes);
        const summary = {
          file: options.out,
          format: options.format,
          bytes: (await readFile(options.out)).length,
        };
        createOutput(options.json === true).result(summary, () => [
          `Wrote ${figure(summary.bytes)} bytes to ${summary.file}.`,
        ]);
      }),
    );
}

function encode({ model }: StoredModel, format: string, isRaw: boolean): Uint8Array {
  const { plan, description, state } = model;
  if (format === "safetensors") return weightsFile(state);
  if (format === "onnx") {
    return encodeOnnx({
      objective: plan.objective,
      weights: model.weights,
      featureCount: plan.featureCount,
      labelNames: description.labelNames,
      scaling: isRaw ? description.scaling : null,
    });
  }
  const { outputCount, featureCount } = plan;
  const weights = Array.from({ length: outputCount }, (_, j) => [
    ...model.weights.subarray(j * featureCount, (j + 1) * featureCount),
  ]);
  const record = {
    format: "expunge-weights",
    version: 1,
    objective: plan.objective,
    ...description,
    weights,
  };
  return new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);
}
