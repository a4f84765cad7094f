import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpungeError } from "expunge";
import { pngOf, writeWhole } from "expunge/internal";
import { computeCells } from "./cells.js";
import { chartSvg } from "./charts.js";
import { type ExperimentSet, loadSet, SET_NAMES, type SetName, setsIn } from "./data-sets.js";
import type { Experiment } from "./experiment.js";
import { fig3a } from "./fig3a.js";
import { fig3b } from "./fig3b.js";
import { fig3c, fig3d } from "./fig3cd.js";
import { toCsv } from "./file-formats.js";
import { frontier } from "./frontier.js";
import { living } from "./living.js";
import type { Outcome, TimedOutcome } from "./outcome.js";
import { NOTHING_PUBLISHED, type Published, readPublished } from "./published.js";
import { docsPictures, renderMarkdown, renderOutcomes } from "./render-outcomes.js";
import { tables } from "./tables.js";

export const EXPERIMENTS: readonly Experiment[] = [fig3a, fig3b, fig3c, fig3d, tables, frontier, living];

export interface ExperimentOptions {
  /** Folder with a folder for each data set. */
  readonly data: string;
  readonly names: readonly string[];
  /** Default: all that are there. */
  readonly sets?: readonly SetName[];
  readonly trials: number;
  readonly out: string;
  /** File with the published figures; default: the one that comes with the package. */
  readonly published?: string;
  readonly everyEpoch: boolean;
  /** Markdown with the tables, to be written here; parts of other outcomes that are there stay. */
  readonly docs?: string;
  readonly note: (text: string) => void;
  readonly onCell?: (cell: { readonly done: number; readonly total: number; readonly label: string }) => void;
  readonly signal?: AbortSignal;
}

/** Share of the weights' norm that steps left out may still be felt by. */
export const MEMORY = 0.01;

/**
 * Runs experiments on every data set they are for, and writes figures, numbers and one report of all outcomes in the folder.
 *
 * @returns the outcomes of this run
 * @throws ExpungeError E_DATA, E_OPTION, E_ABORTED, E_WORKER
 */
export async function runExperiments(options: ExperimentOptions): Promise<readonly TimedOutcome[]> {
  const chosen = options.names.includes("all")
    ? EXPERIMENTS
    : EXPERIMENTS.filter(({ name }) => options.names.includes(name));
  const wanted = options.sets ?? setsIn(options.data);
  const published = await readPublished(options.published);
  const done: TimedOutcome[] = [];
  for (const name of wanted) {
    const here = chosen.filter(({ sets }) => sets.includes(name));
    if (here.length === 0) continue;
    const set = await loadSet(options.data, name);
    options.note(`${set.title}: ${set.train.rowCount} rows of ${set.train.featureCount} features.`);
    for (const experiment of here) done.push(await runOne(experiment, set, published, options));
  }
  if (done.length === 0) {
    throw new ExpungeError(
      "E_DATA",
      `${options.data}: expected a data set of ${options.names.join(", ")} in it.`,
    );
  }
  await writeReports(options, await readOutcomes(options.out));
  return done;
}

async function runOne(
  experiment: Experiment,
  set: ExperimentSet,
  published: Published,
  options: ExperimentOptions,
): Promise<TimedOutcome> {
  const { trials, out, everyEpoch, signal, onCell } = options;
  const { name, title } = experiment;
  const plan = experiment.plan({
    set,
    trials,
    memory: everyEpoch ? 0 : MEMORY,
    published: set.name === "mnist" ? published : NOTHING_PUBLISHED,
  });
  const results = await computeCells(plan.cells, {
    folder: join(out, "cells", `${name}-${set.name}`),
    ...(signal ? { signal } : {}),
    onCell: (done, total) => onCell?.({ done, total, label: `${name}, ${set.name}` }),
  });
  const facts = {
    version: 1,
    experiment: name,
    set: set.name,
    title: `${title}, ${set.title}`,
    everyEpoch,
    trials,
  } as const;
  const timed = { outcome: { ...facts, ...plan.outcome(results) }, seconds: results.seconds };
  await writeOutcome(options, timed);
  return timed;
}

/** JSON, CSV, SVG and PNG of one outcome. Only the timing file differs between two runs of the same. */
async function writeOutcome(
  { out, note }: ExperimentOptions,
  { outcome, seconds }: TimedOutcome,
): Promise<void> {
  const folder = join(out, `${outcome.experiment}-${outcome.set}`);
  await mkdir(folder, { recursive: true });
  for (const table of outcome.tables) await replaceFile(join(folder, `${table.name}.csv`), toCsv(table));
  for (const chart of outcome.charts) {
    const svg = chartSvg(chart);
    await replaceFile(join(folder, `${chart.name}.svg`), `${svg}\n`);
    const png = await pngOf(svg);
    if (png === null) note("No PNG files: they need @resvg/resvg-js (npm install @resvg/resvg-js).");
    else await replaceFile(join(folder, `${chart.name}.png`), png);
  }
  await replaceFile(join(folder, "seconds.json"), `${JSON.stringify(seconds)}\n`);
  await replaceFile(join(folder, "outcome.json"), `${JSON.stringify(outcome, null, 1)}\n`);
}

/** Every outcome in a folder, in the experiments' order. */
export async function readOutcomes(out: string): Promise<readonly TimedOutcome[]> {
  const found: TimedOutcome[] = [];
  const folders = await readdir(out);
  for (const folder of folders.sort()) {
    const text = await readFile(join(out, folder, "outcome.json"), "utf8").catch(() => null);
    if (text === null) continue;
    const seconds = JSON.parse(await readFile(join(out, folder, "seconds.json"), "utf8")) as number;
    found.push({ outcome: JSON.parse(text) as Outcome, seconds });
  }
  const rank = ({ outcome }: TimedOutcome): number =>
    10 * EXPERIMENTS.findIndex(({ name }) => name === outcome.experiment) + SET_NAMES.indexOf(outcome.set);
  return found.sort((a, b) => rank(a) - rank(b));
}

async function writeReports(
  { out, docs }: ExperimentOptions,
  outcomes: readonly TimedOutcome[],
): Promise<void> {
  await replaceFile(join(out, "report.html"), renderOutcomes(outcomes));
  if (docs === undefined) return;
  await mkdir(dirname(docs), { recursive: true });
  const before = await readFile(docs, "utf8").catch(() => "");
  await replaceFile(docs, renderMarkdown(outcomes, before));
  for (const { path, chart } of outcomes.flatMap(docsPictures)) {
    const picture = join(dirname(docs), path);
    await mkdir(dirname(picture), { recursive: true });
    await replaceFile(picture, `${chartSvg(chart)}\n`);
  }
}

function replaceFile(path: string, data: string | Uint8Array): Promise<void> {
  return writeWhole(path, (temporary) => writeFile(temporary, data));
}
