import { readFile, writeFile } from "node:fs/promises";
import { readArgs } from "../../../scripts/read-args.mjs";
import { TARGET_FEATURES } from "./report.mjs";

/**
 * Writes docs/performance-figures.md from the JSON of the benches, so that no figure is typed in by hand.
 *
 *   node packages/lab/bench/markdown.mjs COMPARE.json [COMPARE-OF-ANOTHER-NODE.json...] [--streaming STREAMING.json] --out FILE
 *
 * All tables but those by Node are of the first.
 */
const { values, positionals } = readArgs({
  allowPositionals: true,
  options: { streaming: { type: "string" }, out: { type: "string" } },
});
const read = async (path) => JSON.parse(await readFile(path, "utf8"));
const compared = await Promise.all(positionals.map(read));
const [compare] = compared;
const streaming = values.streaming === undefined ? undefined : await read(values.streaming);

const { machine } = compare;
const versions = machine.pythons.map(({ module, version }) => `${module} ${version}`).join(", ");
const lines = [
  "# Figures",
  "",
  "Comparisons with NumPy and PyTorch. Written by commands; [performance.md](performance.md) explains them",
  "and has figures of the kernels alone. To measure anew, as [performance.md](performance.md#figures) says:",
  "",
  "    npm run bench:all -- --write",
  "",
  `Measured on ${machine.startedAt.slice(0, 10)} on ${machine.cpu}, ${machine.cpuCount} cores, ${machine.platform},`,
  `with ${compared.map(nodeOf).join(", ")}; ${versions || "no Python with NumPy or PyTorch"}. Figures are medians over ${compare.rounds} rounds in which`,
  "the engines take turns. One thread, unless it says two. The load average was",
  `${compared.map(loadOf).join("; ")}.`,
  "",
  "PyTorch and NumPy clip per sample: a matrix of gradients, its row norms, a factor for each, the mean.",
  "How fast PyTorch is depends on how often glibc's malloc gives memory back to the system and takes it",
  'again. "As it comes" is without any setting. "Memory kept" is at its best, with `MALLOC_TRIM_THRESHOLD_`',
  "and `MALLOC_MMAP_THRESHOLD_` of 1000000000.",
  "",
  `## Targets, d = ${TARGET_FEATURES}, one thread`,
  "",
  "How many times faster than PyTorch in the same precision: than PyTorch as it comes / with its memory",
  'kept. "Met" is what both numbers reach.',
  "",
  ...targetTable(),
  "",
  `## Trials that share rows, ${compare.rowCount} x ${TARGET_FEATURES}, one thread`,
  "",
  "Milliseconds an epoch of full-batch steps without noise, for each trial. PyTorch's are batched by hand:",
  "two products of matrices a step, and derivatives clipped by limits that are computed once. Its memory is kept.",
  "",
  ...trialTable(),
  "",
  `## Milliseconds per epoch of ${compare.rowCount} rows, logistic, clipping on, ${nodeOf(compare)}`,
  "",
  '"Read only" is a loop that only reads as many bytes of float32.',
  "",
  ...compareTable(compare.groups),
  "",
  "## Normals, millions a second on one core",
  "",
  ...table(
    ["", "millions a second"],
    compare.normals.map(({ name, millionsPerSecond }) => [name, millionsPerSecond.toFixed(0)]),
  ),
  "",
  "## The accountant",
  "",
  ...table(
    ["", "median ms", "first call, ms", "target, ms"],
    compare.accountant.map(({ name, median, firstMs, targetMs }) => [
      name,
      median.toFixed(2),
      firstMs.toFixed(2),
      targetMs,
    ]),
  ),
  "",
  ...(streaming ? streamingLines(streaming) : []),
];
await writeFile(values.out, `${lines.join("\n").trimEnd()}\n`);

function nodeOf({ machine }) {
  return `Node ${machine.node.slice(1)}`;
}

function loadOf(one) {
  return `${one.loadAtStart.toFixed(2)} at the start and ${one.loadAtEnd.toFixed(2)} at the end with ${nodeOf(one)}`;
}

function compareTable(groups) {
  const names = groups[0].engines.map(({ name }) => name);
  const rows = groups.map(({ data, features, batch, noiseStd, engines, read }) => [
    data,
    features,
    batch,
    noiseStd > 0 ? "yes" : "no",
    ...names.map((name) => engines.find((engine) => engine.name === name)?.median.toFixed(2) ?? "-"),
    read.median.toFixed(2),
  ]);
  return table(["rows", "d", "b", "noise", ...names, "read only"], rows);
}

/** A line for each target, with a column for each Node. */
function targetTable() {
  const keyOf = ({ data, batch, noiseStd, precision }) => [data, batch, noiseStd, precision].join();
  const of = (targets, wanted, keepsMemory) =>
    targets.find((one) => keyOf(one) === keyOf(wanted) && one.keepsMemory === keepsMemory);
  const rows = compare.targets
    .filter(({ keepsMemory }) => !keepsMemory)
    .map((target) => [
      target.data,
      target.batch,
      target.noiseStd > 0 ? "yes" : "no",
      target.precision,
      target.target,
      ...compared.map(({ targets }) => verdict(of(targets, target, false), of(targets, target, true))),
    ]);
  if (rows.length === 0) return ["Not measured: no Python here has PyTorch."];
  return table(["rows", "b", "noise", "kernel", "aimed for", ...compared.map(nodeOf)], rows);
}

function verdict(asItComes, atItsBest) {
  const figures = `${asItComes.measured.toFixed(1)} / ${atItsBest.measured.toFixed(1)}`;
  if (asItComes.met && atItsBest.met) return `${figures}: met`;
  if (asItComes.met) return `${figures}: met as it comes`;
  return `${figures}: ${atItsBest.met ? "met with its memory kept" : "not met"}`;
}

/** Both precisions of a number of trials, Expunge on each Node beside PyTorch. */
function trialTable() {
  const rows = compare.trials.flatMap(({ data, trials }, i) =>
    ["float32", "float64"].map((precision) => {
      const ms = (one, isTorch) =>
        one.trials[i].engines
          .find(({ name, precision: own }) => own === precision && name.startsWith("PyTorch") === isTorch)
          ?.median.toFixed(2) ?? "-";
      return [data, trials, precision, ...compared.map((one) => ms(one, false)), ms(compare, true)];
    }),
  );
  const titles = compared.map((one) => `Expunge, ${nodeOf(one)}`);
  return table(["rows", "trials", "precision", ...titles, "PyTorch"], rows);
}

function streamingLines({ node, startedAt, load, streaming: trained, forgetting }) {
  const rate = (seconds) => (trained.bytes / 1e9 / seconds).toFixed(2);
  const read = [...trained.readSeconds].sort((a, b) => a - b)[1];
  return [
    "## Rows beyond memory",
    "",
    `With Node ${node.slice(1)} on ${startedAt.slice(0, 10)}; the load average was ${load.toFixed(2)} at the end.`,
    "",
    ...table(
      ["", ""],
      [
        ["rows", `${trained.rowCount} x 784, ${(trained.bytes / 1e9).toFixed(2)} GB`],
        ["peak memory of the process", `${trained.peakMib.toFixed(0)} MiB`],
        [
          "training",
          `${trained.secondsPerEpoch.toFixed(2)} s an epoch, ${rate(trained.secondsPerEpoch)} GB/s`,
        ],
        ["plain sequential read of the file", `${read.toFixed(2)} s, ${rate(read)} GB/s`],
        ["share of the plain read", percent(trained.share)],
        ["generating, sorting and writing the rows", `${trained.prepareSeconds.toFixed(1)} s`],
      ],
    ),
    "",
    "A durable forget of one row of the batch visited last, with 16 features, batches of 128, and noise",
    "for 32 steps:",
    "",
    ...table(
      ["rows", "median ms", "least", "most", "median steps", "opening the model, ms"],
      forgetting.map((row) => [
        row.rowCount,
        row.medianMs.toFixed(1),
        row.leastMs.toFixed(1),
        row.mostMs.toFixed(1),
        row.medianSteps,
        row.openMs.toFixed(0),
      ]),
    ),
  ];
}

function table(titles, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)];
}

function percent(share) {
  return `${(100 * share).toFixed(0)}%`;
}
