import { readFile } from "node:fs/promises";
import { TARGET_FEATURES, TARGETS } from "./report.mjs";

/**
 * Writes docs/performance-figures.md from the JSON of the benches, so that no figure is typed in by hand.
 *
 *   node packages/lab/bench/markdown.mjs COMPARE.json STREAMING.json > docs/performance-figures.md
 */
const [comparePath, streamingPath] = process.argv.slice(2);
const compare = JSON.parse(await readFile(comparePath, "utf8"));
const streaming = JSON.parse(await readFile(streamingPath, "utf8"));

const { machine } = compare;
const versions = machine.pythons.map(({ module, version }) => `${module} ${version}`).join(", ");
const lines = [
  "# Figures",
  "",
  "Comparisons with NumPy and PyTorch, on Node 20. Written by commands; [performance.md](performance.md)",
  "explains them, and has newer figures of the kernels alone. To measure anew:",
  "",
  "    npm run bench -- --json compare.json",
  "    npm run build && npm run bench:streaming -- --json streaming.json",
  "    node packages/lab/bench/markdown.mjs compare.json streaming.json",
  "",
  `Measured on ${machine.startedAt.slice(0, 10)} on ${machine.cpu}, ${machine.cpuCount} cores, ${machine.platform},`,
  `with Node ${machine.node}, ${versions}. Figures are medians over ${compare.rounds} rounds in which`,
  `the engines take turns. The load average was ${compare.loadAtStart.toFixed(2)} at the start and ${compare.loadAtEnd.toFixed(2)} at the end.`,
  "",
  `## Milliseconds per epoch of ${compare.rowCount} rows, logistic, noise and clipping on`,
  "",
  "Expunge SIMD and its threads are the float32 kernel. GB/s and share are those of one thread: the",
  "bytes of all rows over the time, and",
  "their ratio to the rate of a loop that only reads as many bytes.",
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
  "## Targets, d = 784, one core, noise included",
  "",
  ...targetTable(compare.groups),
  "",
  "## Rows beyond memory",
  "",
  ...streamingLines(streaming),
];
process.stdout.write(`${lines.join("\n")}\n`);

function compareTable(groups) {
  const names = groups[0].engines.map(({ name }) => name);
  const rows = groups.map(({ data, features, batch, engines, read }) => {
    const simd = engines.find(({ name }) => name === "Expunge SIMD");
    const times = names.map(
      (name) => engines.find((engine) => engine.name === name)?.median.toFixed(2) ?? "-",
    );
    return [
      data,
      features,
      batch,
      ...times,
      read.median.toFixed(2),
      `${simd.ratio?.toFixed(1) ?? "-"}`,
      simd.gigabytesPerSecond.toFixed(1),
      percent(simd.share),
    ];
  });
  return table(["rows", "d", "b", ...names, "read only", "SIMD : PyTorch", "GB/s", "share"], rows);
}

function targetTable(groups) {
  const rows = groups
    .filter(({ features }) => features === TARGET_FEATURES)
    .map(({ data, batch, engines }) => {
      const simd = engines.find(({ name }) => name === "Expunge SIMD");
      const { ratio, share } = TARGETS.find((target) => target.batch === batch);
      return [
        data,
        batch,
        `${simd.ratio?.toFixed(1)} (${ratio}): ${met(simd.ratio >= ratio)}`,
        share === undefined ? "" : `${percent(simd.share)} (${percent(share)}): ${met(simd.share >= share)}`,
      ];
    });
  return table(["rows", "b", "SIMD : PyTorch (target)", "share of read bandwidth (target)"], rows);
}

function streamingLines({ streaming: trained, forgetting }) {
  const rate = (seconds) => (trained.bytes / 1e9 / seconds).toFixed(2);
  const read = [...trained.readSeconds].sort((a, b) => a - b)[1];
  return [
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

function met(isMet) {
  return isMet ? "met" : "not met";
}
