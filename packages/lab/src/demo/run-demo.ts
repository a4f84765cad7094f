import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import {
  ExpungeError,
  fit,
  loadModel,
  loadOrCreateSigner,
  type Progress,
  type RunOptions,
  type Signer,
  type StoredModel,
  saveModel,
} from "expunge";
import { type Dataset, selectRows } from "expunge/data";
import { publicKeyToPem, verify } from "expunge/verify";
import {
  type DemoReport,
  type DemoRequest,
  freezeDemoReport,
  renderHeroSvg,
  renderReport,
} from "../report/index.js";
import { type DemoDataSet, generatedDataSet, realDataSet } from "./demo-data-sets.js";
import { type DemoRequestInput, pickRequests } from "./pick-requests.js";

export interface DemoOptions {
  /** Folder for everything the demo writes. */
  readonly out: string;
  /** Folder with MNIST or Adult; the generated table where none is given. */
  readonly data?: string;
  readonly requests: number;
  /** Told what is being done. */
  readonly note: (text: string) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Called when the first training is over. */
  readonly onTrained?: () => void;
  readonly signal?: AbortSignal;
}

/** Trains, serves deletion requests, verifies every certificate, retrains beside it for comparison, writes the report. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { out, note } = options;
  const run: RunOptions = options.signal ? { signal: options.signal } : {};
  await makeRoom(out);
  const set = options.data === undefined ? await generatedDataSet(out) : await realDataSet(options.data);
  const inputs = pickRequests(set.train, options.requests);
  note(`${set.name}: ${set.train.rowCount} rows to train on, ${set.test.rowCount} to test on.`);
  const signer = await loadOrCreateSigner(join(out, "demo-key"));
  await writeFile(join(out, "public-key.pem"), publicKeyToPem(signer.publicKey));

  const start = performance.now();
  const model = await fit(set.train, {
    ...run,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const seconds = (performance.now() - start) / 1000;
  options.onTrained?.();
  const directory = join(out, "model");
  await saveModel(model, directory);
  model.dispose();
  const accuracy = model.score(set.test);
  note(
    `Trained in ${seconds.toFixed(2)} s: accuracy ${accuracy.toFixed(4)}. Serving ${options.requests} deletion requests.`,
  );

  const stored = await loadModel(directory);
  const { plan } = stored.model;
  const served: DemoRequest[] = [];
  try {
    for (const input of inputs)
      served.push(await serve(stored, input, served.length + 1, set, { ...run, signer }, out));
  } finally {
    await stored.close();
  }
  note("Retraining from scratch once per request, for comparison.");
  const retrained = await retrainPerRequest(set, inputs, run);

  const report = freezeDemoReport({
    title: `Expunge demo: ${set.name}`,
    dataset: {
      name: set.name,
      source: set.source,
      rowCount: set.train.rowCount,
      testRowCount: set.test.rowCount,
      featureCount: set.train.featureCount,
      subjectCount: set.train.subjects === null ? null : new Set(set.train.subjects).size,
    },
    plan: {
      objective: plan.objective,
      batchSize: plan.process.batchSize,
      epochs: plan.epochs,
      noise: plan.noise,
      eta: plan.process.eta,
      l2: plan.process.strongConvexity,
      contraction: plan.process.contraction,
      epsilon: plan.target.epsilon,
      delta: plan.target.delta,
      deletion: plan.process.deletion,
    },
    training: {
      seconds,
      accuracy,
      noiselessAccuracy: null,
      gradientEvaluations: plan.epochs * plan.process.batchCount * plan.process.batchSize,
    },
    requests: served,
    totals: {
      steps: sum(served.map((r) => r.steps)),
      gradientEvaluations: sum(served.map((r) => r.gradientEvaluations)),
      milliseconds: sum(served.map((r) => r.milliseconds)),
      paperSteps: null,
      retrainSteps: sum(served.map((r) => r.retrainSteps)),
      retrainMillisecondsMeasured: retrained,
    },
    commands: commandsFor(options, served[0]!),
  });
  await writeFile(join(out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(out, "report.html"), renderReport(report));
  await writeFile(join(out, "hero.svg"), renderHeroSvg(report));
  return report;
}

/** Empties what an earlier demo left; refuses a folder that holds anything else. */
async function makeRoom(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const marker = join(out, ".expunge-demo");
  const isOurs = await readFile(marker, "utf8").then(
    () => true,
    () => false,
  );
  if (!isOurs && (await readdir(out)).length > 0) {
    throw new ExpungeError(
      "E_OPTION",
      `${out} is not empty and was not made by the demo; give another folder with --out.`,
    );
  }
  for (const name of ["model", "certificates"]) await rm(join(out, name), { recursive: true, force: true });
  await mkdir(join(out, "certificates"));
  await writeFile(marker, "made by expunge demo\n");
}

async function serve(
  stored: StoredModel,
  { request, subjectCount }: DemoRequestInput,
  index: number,
  { test }: DemoDataSet,
  options: RunOptions & { readonly signer: Signer },
  out: string,
): Promise<DemoRequest> {
  const start = performance.now();
  const result = await stored.forget(request, options);
  const milliseconds = performance.now() - start;
  const id = result.certificateId as string;
  const file = join(out, "certificates", `${String(index).padStart(2, "0")}-${id}.json`);
  await cp(stored.certificatePath(id), file);
  const model = new Uint8Array(await readFile(stored.weightsPath));
  const checked = verify(await readFile(file, "utf8"), { publicKey: options.signer.publicKey, model });
  const { plan } = result.model;
  return {
    index,
    subjectCount,
    rowCount: result.rowCount,
    steps: result.steps,
    gradientEvaluations: result.gradientEvaluations,
    milliseconds,
    epsilon: checked.holds?.epsilon ?? Number.NaN,
    noise: result.noise,
    delta: plan.target.delta,
    accuracy: result.model.score(test),
    verified: checked.ok,
    paperSteps: null,
    retrainSteps: plan.epochs * plan.process.batchCount,
    certificateFile: relative(out, file),
  };
}

/** Milliseconds of training again on what is left, after each request. */
async function retrainPerRequest(
  { train }: DemoDataSet,
  inputs: readonly DemoRequestInput[],
  run: RunOptions,
): Promise<number> {
  const gone = new Set<number>();
  let milliseconds = 0;
  for (const { request } of inputs) {
    for (const row of rowsOf(train, request)) gone.add(row);
    const rest = selectRows(
      train,
      Array.from({ length: train.rowCount }, (_, row) => row).filter((row) => !gone.has(row)),
    );
    const start = performance.now();
    const retrained = await fit(rest, run);
    milliseconds += performance.now() - start;
    retrained.dispose();
  }
  return milliseconds;
}

function rowsOf({ subjects }: Dataset, request: DemoRequestInput["request"]): readonly number[] {
  if (request.rows) return request.rows;
  const named = new Set(request.subjects);
  return (subjects as readonly string[]).flatMap((subject, row) => (named.has(subject) ? [row] : []));
}

function commandsFor({ out, data }: DemoOptions, first: { readonly certificateFile: string }): string[] {
  const key = `--public-key ${join(out, "public-key.pem")}`;
  return [
    `npm run demo --${data === undefined ? "" : ` --data ${data}`} --out ${out}`,
    `npx expunge inspect ${join(out, "model")}`,
    `npx expunge verify ${join(out, first.certificateFile)} ${key}`,
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
