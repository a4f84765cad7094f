/** Shares of the read bandwidth that were aimed for: dense rows, no noise, from b = 128 on. */
const TARGET_SHARES = { float32: 0.7, float64: 0.5 };
/** Of dense full-batch trials that share the rows, milliseconds each. */
const TARGET_TRIAL_MS = 0.3;
const TARGET_NORMALS = 250;
/** Of a plain read, training on rows beyond memory. */
const TARGET_STREAMING_SHARE = 0.8;

/** All passes of one Node as one. */
export function mergePasses(passes) {
  return passes.reduce(better);
}

/** Of each figure the lower time, the higher rate. */
function better(first, second) {
  const lowest = (ours, theirs) => ours.map((one, i) => lower(one, theirs[i]));
  return {
    ...first,
    read: lower(first.read, second.read),
    epochs: lowest(first.epochs, second.epochs),
    peaks: lowest(first.peaks, second.peaks),
    normals: first.normals.median >= second.normals.median ? first.normals : second.normals,
    sparse: { ...first.sparse, epochs: lowest(first.sparse.epochs, second.sparse.epochs) },
  };
}

const lower = (a, b) => (a.median <= b.median ? a : b);

/** The generated part of docs/performance.md. */
export function pageOf(machines) {
  return machines.flatMap(machineLines).join("\n");
}

function machineLines({ kind, loadAtStart, loadAtEnd, nodes, picture, streaming }) {
  const { machine, rowCount, featureCount, rounds } = nodes[0];
  const load = `${loadAtStart.toFixed(2)} at the start and ${loadAtEnd.toFixed(2)} at the end`;
  return [
    `### ${kind}`,
    "",
    `${machine.cpuCount} cores, ${machine.platform}, measured on ${machine.startedAt.slice(0, 10)}. The load average was ${load}.`,
    "",
    ...(picture ? [`![${pictureLabel({ kind, nodes })}](${picture})`, ""] : []),
    `Milliseconds an epoch of ${rowCount} x ${featureCount} on one thread, medians over ${rounds} rounds in which all settings take`,
    `turns. In brackets: the time of a loop that only reads as many bytes, as a share of this time.`,
    "",
    ...table(["rows", "b", "noise", "kernel", ...nodes.map(nodeTitle)], epochRows(nodes)),
    "",
    ...table(["", ...nodes.map(nodeTitle)], machineRows(nodes)),
    "",
    ...sparseLines(nodes),
    `Against what was aimed for (dense rows, no noise, b of at least 128: float32 ${percent(TARGET_SHARES.float32)} and float64`,
    `${percent(TARGET_SHARES.float64)} of the read bandwidth; ${TARGET_NORMALS} million normals a second; dense full-batch trials below ${TARGET_TRIAL_MS} ms each):`,
    "",
    ...table(["", ...nodes.map(nodeTitle)], targetRows(nodes)),
    "",
    ...(streaming ? streamingLines(streaming) : []),
  ];
}

const nodeTitle = ({ machine, build }) => `Node ${machine.node.slice(1)}, ${build}`;

function epochRows(nodes) {
  return nodes[0].epochs.map(({ what, data, batch, kernel, noiseStd, trials }, i) => [
    data,
    what === "trials" ? `full, ${trials} trials, each` : batch,
    noiseStd > 0 ? "yes" : "no",
    kernel,
    ...nodes.map(
      ({ epochs, read }) => `${epochs[i].median.toFixed(2)} (${percent(read.median / epochs[i].median)})`,
    ),
  ]);
}

/** None for figures from before sparse rows were measured here. */
function sparseLines(nodes) {
  if (nodes.some(({ sparse }) => sparse === undefined)) return [];
  const { rowCount, entries, batch, epochs } = nodes[0].sparse;
  return [
    `Sparse rows, float64, without noise: milliseconds an epoch of ${rowCount.toLocaleString("en-US")} rows with ${entries} numbers that are not 0, b =`,
    `${batch}. [data.md](data.md#sparse-rows) has more of them, on one Node.`,
    "",
    ...table(
      ["columns", ...nodes.map(nodeTitle)],
      epochs.map(({ bits }, i) => [
        `2^${bits}`,
        ...nodes.map(({ sparse }) => sparse.epochs[i].median.toFixed(2)),
      ]),
    ),
    "",
  ];
}

function machineRows(nodes) {
  const peak = (kernel) => nodes.map(({ peaks }) => peakOf(peaks, kernel).toFixed(0));
  return [
    ["reading alone, GB/s", ...nodes.map((node) => bandwidthOf(node).toFixed(1))],
    ["multiplications and additions on registers, float64, billions a second", ...peak("float64")],
    ["the same, float32", ...peak("float32")],
    ["normals, millions a second", ...nodes.map(({ normals }) => normals.median.toFixed(0))],
  ];
}

function targetRows(nodes) {
  const share = (kernel) =>
    nodes.map(({ epochs, read }) => {
      const aimed = epochs.filter(
        ({ what, data, batch, kernel: own, noiseStd }) =>
          what === "training" && data === "dense" && own === kernel && noiseStd === 0 && batch !== 32,
      );
      const shares = aimed.map(({ median }) => read.median / median);
      const range = `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`;
      return `${range}: ${met(Math.min(...shares) >= TARGET_SHARES[kernel])}`;
    });
  const trial = (kernel) =>
    nodes.map(({ epochs, peaks, rowCount, featureCount }) => {
      const { median } = epochs.find(
        (one) => one.what === "trials" && one.data === "dense" && one.kernel === kernel,
      );
      const least = (4 * rowCount * featureCount) / (peakOf(peaks, kernel) * 1e6);
      return `${median.toFixed(2)} ms, at least ${least.toFixed(2)}: ${met(median <= TARGET_TRIAL_MS)}`;
    });
  return [
    ["float32, share of reading", ...share("float32")],
    ["float64, share of reading", ...share("float64")],
    [
      "normals",
      ...nodes.map(({ normals }) => `${normals.median.toFixed(0)}: ${met(normals.median >= TARGET_NORMALS)}`),
    ],
    ["a trial in float32, and what its operations alone take at the peak", ...trial("float32")],
    ["a trial in float64", ...trial("float64")],
  ];
}

/** What bench:streaming found of rows that are read as they are visited. */
function streamingLines({ node, startedAt, load, streaming }) {
  const { bytes, rowCount, readSeconds, secondsPerEpoch, processorSecondsPerEpoch, peakMib, share } =
    streaming;
  const read = readSeconds.toSorted((a, b) => a - b)[1];
  const rate = (seconds) => `${seconds.toFixed(2)} s, ${(bytes / 1e9 / seconds).toFixed(2)} GB/s`;
  return [
    `Rows beyond memory, float64, batches of 512, two threads (Node ${node.slice(1)}, ${startedAt.slice(0, 10)}, load average ${load.toFixed(2)}):`,
    "",
    ...table(
      ["", ""],
      [
        ["rows", `${rowCount} x 784, ${(bytes / 1e9).toFixed(2)} GB`],
        ["peak memory of the process", `${peakMib.toFixed(0)} MiB`],
        ["an epoch", rate(secondsPerEpoch)],
        ["processor time of an epoch, both threads", `${processorSecondsPerEpoch.toFixed(2)} s`],
        ["a plain read of the file, one thread", rate(read)],
        [
          `share of the plain read (aimed for: ${percent(TARGET_STREAMING_SHARE)})`,
          `${percent(share)}: ${met(share >= TARGET_STREAMING_SHARE)}`,
        ],
      ],
    ),
    "",
  ];
}

/** Billions of bytes a second. */
function bandwidthOf({ read, rowCount, featureCount }) {
  return (4 * rowCount * featureCount) / read.median / 1e6;
}

/** Billions of operations a second. */
function peakOf(peaks, kernel) {
  const { operations, median } = peaks.find((one) => one.kernel === kernel);
  return operations / median / 1e6;
}

/** What the picture shows: the newest Node filled, the oldest hollow. */
export function pictureOf({ kind, nodes }) {
  const [oldest, newest] = [nodes[0], nodes.at(-1)];
  const shown = oldest === newest ? [newest] : [oldest, newest];
  return {
    title: `What a core can do, and what the kernels do: ${kind}`,
    subtitle: `Filled and solid: ${nodeTitle(newest)}. Hollow and dashed: ${nodeTitle(oldest)}. Dense rows.`,
    label: pictureLabel({ kind, nodes }),
    roofs: shown.flatMap((node) =>
      ["float32", "float64"].map((kernel) => ({
        kernel,
        isNewest: node === newest,
        name: node === newest ? `${kernel} at best` : "",
        peak: peakOf(node.peaks, kernel),
        bandwidth: bandwidthOf(node),
      })),
    ),
    points: shown.flatMap((node) => pointsOf(node, node === newest)),
  };
}

/** Two multiplications and two additions for each number of four bytes, and as many for each further trial that shares it. */
function pointsOf({ epochs, rowCount, featureCount }, isNewest) {
  const operations = 4 * rowCount * featureCount;
  return epochs
    .filter(
      ({ data, noiseStd, batch, what }) =>
        data === "dense" && noiseStd === 0 && (what === "trials" || batch !== 32),
    )
    .map(({ what, batch, kernel, trials = 1, median }) => ({
      kernel,
      isNewest,
      intensity: trials,
      rate: operations / median / 1e6,
      name:
        batch === "full" ? `${kernel}, ${what === "trials" ? `${trials} trials a pass` : "one model"}` : "",
    }));
}

function pictureLabel({ kind, nodes }) {
  const newest = nodes.at(-1);
  const rates = pointsOf(newest, true).map(({ rate }) => rate);
  return `Roofline of ${kind}, ${nodeTitle(newest)}: kernels do ${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)} billion operations a second, where registers allow ${peakOf(newest.peaks, "float32").toFixed(0)} in float32 and ${peakOf(newest.peaks, "float64").toFixed(0)} in float64, and reading ${bandwidthOf(newest).toFixed(0)} GB/s.`;
}

function table(titles, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)];
}

const percent = (share) => `${(100 * share).toFixed(0)}%`;
const met = (isMet) => (isMet ? "met" : "not met");
