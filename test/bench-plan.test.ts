import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planOf, readOptions } from "../packages/lab/bench/plan.mjs";

const HERE = {
  programs: [
    ["20", "/node20"],
    ["24", "/node24"],
  ] as const,
  hasTorch: true,
  cache: "/cache",
  hasStreaming: false,
};

/** As "node20 compare.mjs", and with all arguments. */
function commandsOf(args: string[], here = HERE) {
  const steps = planOf(readOptions(args), here);
  const full = steps.map((step) => [step.node, ...step.args].join(" "));
  return {
    full,
    short: steps.map(({ node, args: [file] }) => `${node.slice(1)} ${file?.split("/").at(-1)}`),
  };
}

describe("all benches by one command", () => {
  it("measures each part, what has targets on each Node, and writes nothing unless it is asked to", () => {
    const { full, short } = commandsOf([]);
    expect(short).toEqual([
      "node20 nodes.mjs",
      "node20 compare.mjs",
      "node24 compare.mjs",
      "node20 streaming.mjs",
      "node20 hashed.mjs",
    ]);
    expect(full[0]).toContain("--node /node24");
    expect(full[2]).toContain("--json /cache/compare-24.json --targets");
    expect(full.join(" ")).not.toMatch(/--write|--docs|markdown/);
  });

  it("gives the pages what this run has measured, the page of comparisons last", () => {
    const { full, short } = commandsOf(["--write"]);
    expect(short.slice(3)).toEqual([
      "node20 streaming.mjs",
      "node20 nodes.mjs",
      "node20 hashed.mjs",
      "node20 markdown.mjs",
    ]);
    expect(full[0]).toContain("--write");
    expect(full[4]).toContain("--streaming /cache/streaming.json");
    expect(full[5]).toContain("--docs docs/data.md");
    expect(full[6]).toContain(
      "/cache/compare-20.json /cache/compare-24.json --streaming /cache/streaming.json --out docs/performance-figures.md",
    );
  });

  it("compares on one Node where PyTorch is missing, and leaves out the page's section of what was never measured", () => {
    const { full } = commandsOf(["--write", "--parts", "compare"], { ...HERE, hasTorch: false });
    expect(full).toEqual([
      "/node20 packages/lab/bench/compare.mjs --json /cache/compare-20.json",
      "/node20 packages/lab/bench/markdown.mjs /cache/compare-20.json --out docs/performance-figures.md",
    ]);
  });

  it("keeps quick figures off the pages, and refuses what it does not know", () => {
    expect(() => readOptions(["--quick", "--write"])).toThrow("--quick or --write");
    expect(() => readOptions(["--parts", "nodes,all"])).toThrow('found "all"');
    expect(() => readOptions(["--nodes", "twenty"])).toThrow("major versions");
  });
});

describe("a bench", () => {
  const folder = new URL("../packages/lab/bench/", import.meta.url);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [new URL("all.mjs", folder).pathname, ...args], { encoding: "utf8" });

  it("lists its options, and says in a line what it does not take", () => {
    const help = run("--help");
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(help.stdout).toMatch(/^ {2}--nodes VALUE \(default 20,22,24\)$/m);
    for (const args of [["--nonsense"], ["--quick", "--write"], ["--parts", "none"]]) {
      const { status, stdout, stderr } = run(...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^[^\n]+\. --help lists the options\.\n$/);
    }
  });

  it("reads its options so, each of them", () => {
    const programs = readdirSync(folder).filter((name) => name.endsWith(".mjs") && name !== "plan.mjs");
    const own = programs.filter((name) => readFileSync(new URL(name, folder), "utf8").includes("parseArgs"));
    expect(own).toEqual([]);
  });
});
