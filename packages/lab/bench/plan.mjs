import { parseArgs } from "node:util";

/** What `npm run bench:all` measures, in this order. */
const PARTS = ["nodes", "compare", "streaming", "hashed"];

const OPTIONS = {
  quick: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  nodes: { type: "string", default: "20,22,24" },
  parts: { type: "string", default: PARTS.join() },
};

/**
 * @param read reads arguments, as `parseArgs` does
 * @throws Error where options contradict each other or name what there is not
 */
export function readOptions(args, read = parseArgs) {
  const { values } = read({ args, options: OPTIONS });
  const { quick, write } = values;
  if (quick && write)
    throw new Error("Expected --quick or --write: figures of a quick run are not for pages.");
  const majors = values.nodes.split(",");
  if (majors.some((major) => !/^\d+$/.test(major)))
    throw new Error(`Expected --nodes ${values.nodes} to be major versions, as 20,22,24.`);
  const parts = values.parts.split(",");
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined)
    throw new Error(`Expected --parts ${values.parts} to be some of ${PARTS.join()}, found "${unknown}".`);
  return { quick, write, majors, parts };
}

/**
 * The commands of the parts asked for, in the order in which they are run.
 *
 * @param options what `readOptions` gave
 * @param here what this machine has: `programs`, Nodes by their major version, this one first; `hasTorch`, whether a Python imports
 *   it; `cache`, the folder where parts leave their figures for the pages; `hasStreaming`, whether one is there from before
 * @returns { part, node, args }: what is run, by which Node
 */
export function planOf(options, here) {
  const steps = { nodes: nodesSteps, compare: compareSteps, streaming: streamingSteps, hashed: hashedSteps };
  const chosen = PARTS.filter((part) => options.parts.includes(part));
  const measured = chosen.flatMap((part) => steps[part](options, here));
  // The page of comparisons has the figures of streaming, too.
  return [...measured, ...(options.write && chosen.includes("compare") ? [pageStep(options, here)] : [])];
}

function nodesSteps({ quick, write }, { programs: [[, own], ...others] }) {
  const small = quick ? ["--passes", "1", "--rounds", "1", "--rows", "1024"] : [];
  const nodes = others.flatMap(([, program]) => ["--node", program]);
  return [step("nodes", own, "nodes.mjs", [...nodes, ...small, ...(write ? ["--write"] : [])])];
}

/** Everything on this Node; on the others, what is judged against PyTorch, which takes too long for a quick run. */
function compareSteps({ quick }, { programs, hasTorch, cache }) {
  const small = quick ? ["--targets", "--only", "b=full", "--rounds", "1", "--rows", "1024"] : [];
  return comparedOn(programs, hasTorch && !quick).map(([major, node], i) => {
    const narrowed = i > 0 ? ["--targets"] : [];
    return step("compare", node, "compare.mjs", ["--json", compareFile(cache, major), ...narrowed, ...small]);
  });
}

function streamingSteps({ quick, write }, { programs: [[, own]], cache }) {
  const small = quick ? ["--gigabytes", "0.1", "--epochs", "1", "--largest", "10000"] : [];
  const file = streamingFile(cache);
  const kept = step("streaming", own, "nodes.mjs", ["--streaming", file]);
  return [step("streaming", own, "streaming.mjs", ["--json", file, ...small]), ...(write ? [kept] : [])];
}

function hashedSteps({ quick, write }, { programs: [[, own]] }) {
  const small = quick ? ["--bits", "12", "--rounds", "1"] : [];
  return [step("hashed", own, "hashed.mjs", [...small, ...(write ? ["--docs", "docs/data.md"] : [])])];
}

function pageStep({ parts }, { programs, hasTorch, cache, hasStreaming }) {
  const files = comparedOn(programs, hasTorch).map(([major]) => compareFile(cache, major));
  const streaming = hasStreaming || parts.includes("streaming") ? ["--streaming", streamingFile(cache)] : [];
  const args = [...files, ...streaming, "--out", "docs/performance-figures.md"];
  return step("compare", programs[0][1], "markdown.mjs", args);
}

const comparedOn = (programs, hasTorch) => (hasTorch ? programs : programs.slice(0, 1));
const compareFile = (cache, major) => `${cache}/compare-${major}.json`;
export const streamingFile = (cache) => `${cache}/streaming.json`;
const step = (part, node, file, args) => ({ part, node, args: [`packages/lab/bench/${file}`, ...args] });
